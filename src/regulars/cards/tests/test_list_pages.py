"""The issued cards and the side panel, as a browser asks for them (CRD-4, CRD-5)."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.tests.counter import Counter, card_id, open_counter, type_id
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def rows_of(html: str) -> int:
    return html.count("data-row ")


def test_the_first_visit_leads_to_a_card_type_then_to_the_first_card(counter: Counter) -> None:
    client = counter.client()
    assert "Issue the first card" in client.get("/cards").content.decode()


def test_a_row_shows_number_holder_progress_and_type(counter: Counter) -> None:
    card = counter.card(counter.stamps, customer=counter.person("Jürgen Krause", "+4915199887766"))
    counter.adjust(card, "10")
    html = counter.client().get("/cards").content.decode()
    for text in (card.number, "Jürgen Krause", "+4915199887766", "10/8", "Coffee card", "1 card"):
        assert text in html
    assert re.search(r'<progress[^>]* max="8" value="8"', html), "the bar stops at its end"


def test_the_number_of_queries_does_not_grow_with_the_list(counter: Counter) -> None:
    client = counter.client()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/cards").status_code == 200
        return len(captured)

    counter.card(counter.stamps, customer=counter.person("First", "+4915110000000"))
    few = queries()
    for number in range(1, 30):
        counter.card(counter.points, customer=counter.person(f"Person {number}", f"+49151100000{number:02}"))
    assert queries() == few
    assert few < 25


def test_one_search_box_finds_a_card_by_whatever_one_knows(counter: Counter) -> None:
    card = counter.card(
        counter.stamps,
        customer=counter.person("Jürgen Krause", "+4915199887766", "j.krause@example.com"),
        number="NORD-77",
    )
    counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111", "anna@example.com"))
    client = counter.client()
    for text in (
        "jürgen kra", "KRAUSE", "0151 998-877 66", "+49 151 99887766", "887766", "j.krause@exam", "NORD-77", "nord77",
        card.short_number or "", card_id(card),
    ):  # fmt: skip
        html = client.get("/cards", {"q": text}).content.decode()
        assert rows_of(html) == 1, text
        assert card.number in html


def test_filters_and_their_chips(counter: Counter) -> None:
    anna = counter.person("Anna", "+4915111111111")
    counter.card(counter.stamps, customer=anna)
    counter.card(counter.points, customer=anna)
    counter.card(counter.stamps, phone="+4915122222222")
    client = counter.client()
    assert rows_of(client.get("/cards", {"type": type_id(counter.points)}).content.decode()) == 1
    unclaimed = client.get("/cards", {"holder": "unclaimed"}).content.decode()
    assert rows_of(unclaimed) == 1
    assert "Nobody yet: unclaimed" in unclaimed
    assert rows_of(client.get("/cards", {"customer": encode("cus", anna.id)}).content.decode()) == 2
    assert rows_of(client.get("/cards", {"status": "blocked"}).content.decode()) == 0
    assert "No card matches" in client.get("/cards", {"q": "nobody"}).content.decode()


HOSTILE = (
    "type=ctp_zzz",
    "type=%00",
    "customer=cus_00000000000000000000000000",
    "location=loc_1",
    "import=imp_x",
    "order=%27;drop",
    "order=-balance&after=AAAA",
    "after=%F0%9F%98%80",
    "before=x",
    "status=undone",
    "platform=fax",
    "holder=%3Cb%3E",
    "col=secret",
    "q=%25_%5C%27%22",
    "q=" + "9" * 5000,
    "q=%ED%A0%80",
    "view=vew_none",
)


def test_hostile_queries_never_break_the_list(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client = counter.client()
    for query in HOSTILE:
        for path in ("/cards", f"/cards/{card_id(card)}"):
            assert client.get(f"{path}?{query}").status_code in (200, 404, 422), query


def test_an_unknown_id_in_a_filter_matches_nothing(counter: Counter) -> None:
    other = open_counter(name="Another")
    counter.card(counter.stamps, phone="+4915122222222")
    for query in ({"type": type_id(other.stamps)}, {"type": "nonsense"}, {"import": "imp_0"}):
        assert rows_of(counter.client().get("/cards", query).content.decode()) == 0


def test_pages_forth_and_back_show_every_card_once(counter: Counter) -> None:
    for number in range(53):
        counter.card(counter.deposit, phone=f"+49151100000{number:02}", number=f"C{number:03}")
    client = counter.client()
    for order, first, last in (("number", "C000", "C049"), ("-issued", "C052", "C003"), ("-activity", "C052", "C003")):
        html = client.get("/cards", {"order": order}).content.decode()
        assert rows_of(html) == 50
        assert "1–50 of 53" in html
        assert first in html
        assert last in html
        second = client.get(link(html, "next")).content.decode()
        assert rows_of(second) == 3
        assert "51–53 of 53" in second
        back = client.get(link(second, "prev")).content.decode()
        assert "1–50 of 53" in back
        assert re.findall(r'dir="ltr">(C\d+)', back) == re.findall(r'dir="ltr">(C\d+)', html)


def link(html: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    assert found
    return found[1].replace("&amp;", "&")


def test_htmx_gets_the_panel_or_the_rows_alone(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client, url = counter.client(), f"/cards/{card_id(card)}"
    whole = client.get(url).content.decode()
    panel = client.get(url, headers=HTMX | {"HX-Target": "panel"}).content.decode()
    rows = client.get(url, headers=HTMX | {"HX-Target": "list"}).content.decode()
    assert "<html" in whole
    assert "data-row" in whole
    assert 'class="panel"' in whole
    assert "<html" not in panel
    assert "data-row" not in panel
    assert 'class="panel"' in panel
    assert "<html" not in rows
    assert 'class="panel"' not in rows


def test_the_panel_shows_what_belongs_to_a_card(counter: Counter) -> None:
    card = counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111", "anna@example.com"))
    counter.adjust(card, "10", reason="Ten coffees")
    html = counter.client().get(f"/cards/{card_id(card)}?q=anna").content.decode()
    for text in (
        card.number, card.short_number or "", "Anna Müller", "10/8 · 100%", "v1", "Ten coffees", "Anna Owner",
        "Take back", "Why?", card.link,
    ):  # fmt: skip
        assert text in html
    assert "/cards?q=anna" in html, "closing leads back to the same list"


def test_the_panel_costs_a_bounded_number_of_queries(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    for _ in range(12):
        counter.adjust(card, "1")
    client = counter.client()
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/cards/{card_id(card)}", headers=HTMX | {"HX-Target": "panel"})
    assert len(captured) < 16


def test_cards_of_another_chain_do_not_exist(counter: Counter) -> None:
    other = open_counter(name="Another")
    theirs = other.card(other.stamps, phone="+4915122222222")
    own = counter.card(counter.stamps, phone="+4915133333333")
    client = counter.client()
    identifier = card_id(theirs)
    for path in (
        "",
        "/history",
        "/adjust",
        "/move",
        "/block",
        "/replace",
        "/renew-link",
        "/delete",
        "/print",
        "/assign",
    ):
        assert client.get(f"/cards/{identifier}{path}").status_code == 404, path
    for path in ("/adjust", "/move", "/block", "/unblock", "/delete", "/restore", "/replace", "/renew-link", "/assign"):
        sent = {"reason": "x", "amount": "1", "to": own.number, "holder": "+4915144444444"}
        assert client.post(f"/cards/{identifier}{path}", sent).status_code == 404, path
    for nonsense in ("crd_x", "crd_" + "z" * 26, "x", "%00", "crd_" + "🙂" * 26):
        assert client.get(f"/cards/{nonsense}").status_code in (404, 422)
    assert other.now(theirs).status == "active"


def test_the_history_goes_on_page_by_page_and_shows_each_line_once(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    for number in range(60):
        counter.adjust(card, "1", reason=f"visit-{number:02}.")
    client = counter.client()
    html = client.get(f"/cards/{card_id(card)}/history").content.decode()
    older = re.search(r'href="([^"]+)">Earlier', html)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).content.decode()
    seen = re.findall(r"visit-(\d\d)\.", html) + re.findall(r"visit-(\d\d)\.", second)
    assert sorted(seen) == [f"{number:02}" for number in range(60)]
    assert "Issued" in second
    assert client.get(f"/cards/{card_id(card)}/history?from=rubbish").status_code == 200


def test_a_balance_is_explained_by_parts_that_add_up(counter: Counter) -> None:
    card = counter.card(counter.points, phone="+4915122222222")
    counter.adjust(card, "30", reason="Birthday")
    counter.adjust(card, "-8", reason="Tea")
    assert card.shown
    html = (
        counter.client()
        .get(f"/cards/{card_id(card)}/explain/{encode('bal', card.shown.balance_type_id)}")
        .content.decode()
    )
    assert "Why 72 Points?" in html
    parts = [int(text.replace("−", "-")) for text in re.findall(r"<dt><bdi[^>]*>([+−\d]+)</bdi>", html)]
    assert parts == [50, 30, -8]
    assert sum(parts) == counter.total(card, "points")
    assert counter.client().get(f"/cards/{card_id(card)}/explain/bal_x").status_code == 404


def test_staff_of_one_location_browse_its_cards_and_find_any_by_its_full_number(counter: Counter) -> None:
    altona = create_location(counter.shop.actor, LocationDraft(name="Altona", time_zone="Europe/Berlin"), now=now())
    elsewhere = counter.card(counter.stamps, phone="+4915122222222", number="FAR-1")
    cashier = hire(counter.shop, "cashier", locations=frozenset({altona.id}))
    client = sign_in_client(Client(), cashier)
    assert rows_of(client.get("/cards").content.decode()) == 0
    assert rows_of(client.get("/cards", {"q": "FAR"}).content.decode()) == 0
    assert rows_of(client.get("/cards", {"q": "far-1"}).content.decode()) == 1
    assert rows_of(client.get("/cards", {"q": "0151 22222222"}).content.decode()) == 1
    assert client.get(f"/cards/{card_id(elsewhere)}").status_code == 200


def test_in_a_location_the_list_holds_its_cards_and_the_search_any_by_its_full_number(counter: Counter) -> None:
    altona = create_location(counter.shop.actor, LocationDraft(name="Altona", time_zone="Europe/Berlin"), now=now())
    counter.card(counter.stamps, phone="+4915122222222", number="FAR-1")
    client = counter.client()
    assert rows_of(client.get("/cards", {"location": encode("loc", altona.id)}).content.decode()) == 0
    session = client.session
    session["location"] = str(altona.id)
    session.save()
    assert rows_of(client.get("/cards").content.decode()) == 0
    assert rows_of(client.get("/cards", {"q": "FAR"}).content.decode()) == 0
    assert rows_of(client.get("/cards", {"q": "far 1"}).content.decode()) == 1


def now() -> datetime:
    return timezone.now()


def test_an_analyst_sees_no_button_that_would_be_refused(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client = sign_in_client(Client(), hire(counter.shop, "analyst"))
    html = client.get(f"/cards/{card_id(card)}").content.decode()
    for path in ("adjust", "block", "delete", "replace", "renew-link"):
        assert f"/cards/{card_id(card)}/{path}" not in html
    assert "Issue card" not in html
    assert client.get(f"/cards/{card_id(card)}/adjust").status_code == 403
    assert client.post(f"/cards/{card_id(card)}/block", {"reason": "x"}).status_code == 403


def test_strangers_are_led_to_the_sign_in() -> None:
    assert Client().get("/cards").status_code == 302


def test_a_list_that_is_asked_for_as_a_panel_is_a_whole_page(counter: Counter) -> None:
    counter.card(counter.stamps, phone="+4915122222222")
    answer = counter.client().get("/cards", headers=HTMX | {"HX-Target": "panel"})
    assert answer.status_code == 200
    assert rows_of(answer.content.decode()) == 1


def test_nothing_can_be_posted_to_a_list(counter: Counter) -> None:
    assert counter.client().post("/cards").status_code == 405
