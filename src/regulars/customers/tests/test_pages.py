"""Pages of customers over the real database."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.models import Card
from regulars.customers.actions import add_custom_field, archive_custom_field
from regulars.customers.models import Consent, Customer, CustomerNote
from regulars.customers.queries import list_field_views
from regulars.customers.tests.people import address, enter, issue, stamp_card, text_of
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db
HOSTILE = [
    "\x00",
    "😀🎉",
    "שלום עולם",
    "x" * 10_000,
    "'; DROP TABLE customers; --",
    "<script>alert(1)</script>",
    "%",
    "\u202eabc",
]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def browser(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_a_stranger_is_led_to_the_sign_in(client: Client) -> None:
    assert client.get("/customers")["Location"].startswith("/sign-in")


def test_an_empty_list_says_how_to_begin(browser: Client) -> None:
    assert "Here come your customers" in text_of(browser.get("/customers"))


def test_the_list_shows_people_with_their_cards(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna Müller", phone="0151 23450001", tags=("VIP",))
    issue(shop, stamp_card(shop), anna)
    page = text_of(browser.get("/customers"))
    assert "Anna Müller" in page
    assert "0/8" in page
    assert "1 customer" in page
    assert "No customer matches" in text_of(browser.get("/customers?q=nobody"))


def test_a_panel_has_its_own_address(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna Müller", phone="0151 23450001")
    whole = text_of(browser.get(f"/customers?q=anna&open={encode('cus', anna.id)}"))
    assert 'aria-current="true"' in whole
    assert 'id="panel-title"' in whole
    part = text_of(
        browser.get(f"/customers?open={encode('cus', anna.id)}", headers={"HX-Request": "true", "HX-Target": "panel"})
    )
    assert "panel-title" in part
    assert "<html" not in part


def test_queries_do_not_grow_with_the_list(browser: Client, shop: Shop) -> None:
    card_type = stamp_card(shop)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert browser.get("/customers").status_code == 200
        return len(seen)

    issue(shop, card_type, enter(shop, "First", email="f@example.com"))
    few = count()
    for number in range(30):
        issue(shop, card_type, enter(shop, f"Person {number}", email=f"p{number}@example.com"))
    assert count() == few
    assert few <= 22


def test_a_customer_page_shows_everything(browser: Client, shop: Shop) -> None:
    add_custom_field(shop.actor, name="Drink", kind="choice", choices=["Tea"], now=timezone.now())
    anna = enter(shop, "Anna Müller", phone="0151 23450001", custom={"drink": "Tea"}, comment="Window table")
    card = issue(shop, stamp_card(shop), anna)
    browser.post(address(anna.id, "/notes"), {"text": "Likes cake"})
    page = text_of(browser.get(address(anna.id)))
    for expected in (
        "Anna Müller",
        "+49 1512 3450001",
        "Tea",
        "Window table",
        card.number,
        "Likes cake",
        "Card issued",
    ):
        assert expected in page
    assert "/c/" in page


@pytest.mark.parametrize("rest", ["", "/edit", "/delete", "/notes", "/consents", "/timeline"])
def test_another_chains_customer_is_not_there(browser: Client, rest: str) -> None:
    stranger = enter(open_shop(), "Foreign Person")
    assert browser.get(address(stranger.id, rest)).status_code == 404
    if rest not in ("", "/timeline"):
        assert browser.post(address(stranger.id, rest), {"text": "x", "name": "y"}).status_code == 404
    assert "Foreign Person" not in text_of(browser.get(f"/customers?open={encode('cus', stranger.id)}"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_breaks_a_page(browser: Client, shop: Shop, text: str) -> None:
    enter(shop, "Anna Müller", phone="0151 23450001")
    for parameter in ("q", "tag", "type", "import", "order", "after", "before", "col", "view", "open"):
        response = browser.get("/customers", {parameter: text})
        assert response.status_code in (200, 400, 422), parameter
        assert "<script>alert(1)" not in text_of(response)
    for path in (f"/customers/{text[:200]}", f"/customers/{text[:200]}/edit"):
        assert browser.get(path.replace("<", "%3C").replace("%", "%25")).status_code in (400, 404)
    for field in ("name", "phone_0", "email", "birthday", "language", "tags", "comment", "version"):
        response = browser.post("/customers/new", {"email": "a@example.com", field: text})
        assert response.status_code in (200, 303, 422), field
        assert "<script>alert(1)" not in text_of(response)


def test_a_customer_is_entered_with_several_phones(browser: Client, shop: Shop) -> None:
    response = browser.post(
        "/customers/new",
        {
            "name": "  Zoë   Saldaña ",
            "phone_0": "0151 2345 0001",
            "phone_1": "+7 (912) 345-67-01",
            "birthday": "2000-02-29",
            "tags": 'VIP, "a, b", VIP',
            "language": "ru",
        },
    )
    assert response.status_code == 303
    with unit_of_work(shop.chain_id):
        made = Customer.objects.get(name="Zoë Saldaña")
    assert (made.tags, made.language, str(made.birthday)) == (["VIP", "a, b"], "ru", "2000-02-29")
    page = text_of(browser.get(response["Location"]))
    assert "+7 912 345-67-01" in page
    assert "29 Feb 2000" in page


def test_neither_phone_nor_email_is_refused_and_typed_values_stay(browser: Client) -> None:
    response = browser.post("/customers/new", {"name": "Only A Name", "comment": "kept"})
    assert response.status_code == 422
    page = text_of(response)
    assert "<title>Error:" in page
    assert "Give a phone, an e-mail or both." in page
    assert 'value="Only A Name"' in page
    assert "kept" in page


def test_a_taken_phone_names_its_holder_with_a_link(browser: Client, shop: Shop) -> None:
    holder = enter(shop, "Anna Müller", phone="0151 23450001")
    response = browser.post(
        "/customers/new", {"name": "Twin", "phone_0": "0170 1112223", "phone_1": "+49 151 23450001"}
    )
    assert response.status_code == 422
    page = text_of(response)
    assert f'href="{address(holder.id)}"' in page
    assert re.search(r'id="id_phone_1_error".*belongs to', page)


def test_waiting_cards_become_theirs_and_the_toast_says_so(browser: Client, shop: Shop) -> None:
    issue(shop, stamp_card(shop), phone="0151 23450009")
    made = browser.post("/customers/new", {"name": "Late Comer", "phone_0": "0151 23450009"}, follow=True)
    assert "1 waiting card of this phone is theirs now" in text_of(made)
    assert "A waiting card became theirs" in text_of(made)


def test_a_second_phone_claims_as_well(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna", phone="0151 23450001")
    issue(shop, stamp_card(shop), phone="0151 23450009")
    form = {"name": "Anna", "phone_0": "+49 1512 3450001", "phone_1": "0151 23450009", "version": "1"}
    saved = browser.post(address(anna.id, "/edit"), form, follow=True)
    assert "1 waiting card of this phone is theirs now" in text_of(saved)


def test_after_a_claim_the_page_offers_to_move_the_balance(browser: Client, shop: Shop) -> None:
    card_type = stamp_card(shop)
    waiting = issue(shop, card_type, phone="0151 23450009")
    anna = enter(shop, "Anna", email="a@example.com")
    newer = issue(shop, card_type, anna)
    command = AdjustCommand(card=encode("crd", waiting.id), balance_type="stamps", amount="3", reason="Before")
    adjust_balance(shop.actor, command, now=timezone.now())
    form = {"name": "Anna", "email": "a@example.com", "phone_0": "0151 23450009", "version": "1"}
    page = text_of(browser.post(address(anna.id, "/edit"), form, follow=True))
    assert f"Move the balance of {waiting.number} to {newer.number}" in page
    moving = re.search(r'href="([^"]+/move[^"]*)"', page)
    assert moving
    assert browser.get(moving[1]).status_code == 200


def test_two_people_editing_do_not_overwrite_each_other(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna", email="a@example.com")
    assert (
        browser.post(
            address(anna.id, "/edit"), {"name": "Anna B", "email": "a@example.com", "version": "1"}
        ).status_code
        == 303
    )
    late = browser.post(address(anna.id, "/edit"), {"name": "Anna C", "email": "a@example.com", "version": "1"})
    assert late.status_code == 422
    assert "Somebody changed this meanwhile" in text_of(late)
    assert 'value="Anna C"' in text_of(late)


def test_own_fields_of_every_kind_are_kept_and_an_archived_one_is_not_lost(browser: Client, shop: Shop) -> None:
    now = timezone.now()
    for kind, choices in (("text", ()), ("number", ()), ("date", ()), ("choice", ("Tea", "Latte")), ("yes_no", ())):
        add_custom_field(shop.actor, name=f"F {kind}", kind=kind, choices=choices, now=now)
    form = {
        "name": "Anna",
        "email": "a@example.com",
        "custom_f-text": "hello",
        "custom_f-number": "1,5",
        "custom_f-date": "2026-01-31",
        "custom_f-choice": "Tea",
        "custom_f-yes-no": "no",
    }
    response = browser.post("/customers/new", form)
    assert response.status_code == 303, text_of(response)
    with unit_of_work(shop.chain_id):
        made = Customer.objects.get(name="Anna")
        fields = {one.key: one for one in list_field_views(shop.chain_id)}
    kept = {"f-text": "hello", "f-number": "1.5", "f-date": "2026-01-31", "f-choice": "Tea", "f-yes-no": False}
    assert made.custom == kept
    archive_custom_field(shop.actor, fields["f-choice"].id, now=now)
    form = {
        "name": "Anna B",
        "email": "a@example.com",
        "custom_f-text": "bye",
        "custom_f-number": "1.5",
        "version": "1",
    }
    assert browser.post(address(made.id, "/edit"), form).status_code == 303
    with unit_of_work(shop.chain_id):
        made.refresh_from_db()
    assert made.custom == {"f-text": "bye", "f-number": "1.5", "f-choice": "Tea"}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("custom_n", "abc"),
        ("custom_n", "1e999999"),
        ("birthday", "1999-02-29"),
        ("birthday", "2999-01-01"),
        ("phone_0", "12"),
        ("email", "no address"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser: Client, shop: Shop, field: str, text: str) -> None:
    add_custom_field(shop.actor, name="N", kind="number", now=timezone.now())
    response = browser.post("/customers/new", {"name": "Anna", "email": "a@example.com", field: text})
    if text == "1e999999":
        assert response.status_code in (303, 422)
        return
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text_of(response)


def test_a_customer_is_deleted_with_empty_cards_and_with_a_balance_only_where_it_is_given_up(
    browser: Client, shop: Shop
) -> None:
    anna, ben = enter(shop, "Anna"), enter(shop, "Ben")
    card_type = stamp_card(shop)
    empty, full = issue(shop, card_type, anna), issue(shop, card_type, ben)
    command = AdjustCommand(card=encode("crd", full.id), balance_type="stamps", amount="3", reason="Before")
    adjust_balance(shop.actor, command, now=timezone.now())
    assert "Delete Anna?" in text_of(browser.get(address(anna.id, "/delete")))
    assert browser.post(address(anna.id, "/delete")).status_code == 303
    assert browser.get(address(anna.id)).status_code == 404
    refused = browser.post(address(ben.id, "/delete"))
    assert refused.status_code == 422
    assert 'name="write_off"' in text_of(refused)
    assert browser.get(address(ben.id)).status_code == 200
    assert browser.post(address(ben.id, "/delete"), {"write_off": "yes"}).status_code == 303
    assert browser.get(address(ben.id)).status_code == 404
    with unit_of_work(shop.chain_id):
        statuses = Card.objects.filter(id__in=[empty.id, full.id]).values_list("status", flat=True)
        assert list(statuses) == ["deleted", "deleted"]


def test_a_consent_is_given_and_withdrawn_with_its_source(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna")
    given = {"purpose": "marketing_email", "given": "yes", "source": "Sign-up sheet", "text_version": "2026-01"}
    assert browser.post(address(anna.id, "/consents"), given).status_code == 303
    page = text_of(browser.get(address(anna.id)))
    assert "Sign-up sheet" in page
    assert "2026-01" in page
    assert browser.post(address(anna.id, "/consents"), given | {"given": "no", "source": "By phone"}).status_code == 303
    with unit_of_work(shop.chain_id):
        assert list(Consent.objects.order_by("id").values_list("given", flat=True)) == [True, False]
    page = text_of(browser.get(address(anna.id)))
    assert "withdrawn" in page
    assert "Withdrew" in page


def test_a_note_is_kept_and_undone(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna")
    assert browser.post(address(anna.id, "/notes"), {"text": "  "}).status_code == 422
    kept = browser.post(address(anna.id, "/notes"), {"text": "Likes cake\nmuch"}, follow=True)
    undo = re.search(r'action="([^"]+/remove)"', text_of(kept))
    assert undo
    assert browser.post(undo[1]).status_code == 303
    with unit_of_work(shop.chain_id):
        assert CustomerNote.objects.count() == 0
    assert browser.post(undo[1]).status_code == 404


def test_an_analyst_looks_and_changes_nothing(client: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna")
    sign_in_client(client, hire(shop, "analyst"))
    page = text_of(client.get(address(anna.id)))
    assert "/edit" not in page
    assert client.get("/customers/new").status_code == 403
    assert client.post(address(anna.id, "/delete")).status_code == 403
    assert client.post("/customers/fields/new", {"name": "x", "kind": "text"}).status_code == 403


def test_the_time_line_is_walked_to_its_end(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Anna")
    for number in range(70):
        browser.post(address(anna.id, "/notes"), {"text": f"Note number {number} ."})
    seen: list[str] = []
    url = address(anna.id)
    for _step in range(5):
        page = text_of(browser.get(url))
        seen += re.findall(r"Note number (\d+) \.", page)
        more = re.search(r'href="([^"]*timeline\?from=[^"]+)"', page)
        if not more:
            break
        url = more[1]
    assert seen == [str(number) for number in reversed(range(70))]


def test_nothing_can_be_posted_to_the_list(browser: Client) -> None:
    assert browser.post("/customers").status_code == 405
