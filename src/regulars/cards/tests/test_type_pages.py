"""Card types on their pages (TYP-1, TYP-2, PRG-1)."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import open_shop, sign_in_client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def types_of(counter: Counter) -> list[CardTypeView]:
    with unit_of_work(counter.shop.chain_id):
        return list_card_types(counter.shop.actor)


def main_of(client: Client, path: str) -> str:
    return client.get(path).content.decode().partition("<main")[2].partition("</main>")[0]


def test_the_first_card_type_takes_three_fields_and_says_nothing_of_programs() -> None:
    shop = open_shop()
    client = sign_in_client(Client(), shop)
    assert "Program" not in main_of(client, "/cards/types/new")
    assert client.post("/cards/types/new", {"name": "Tea card", "counts": "stamps", "goal": "6"}).status_code == 303
    with unit_of_work(shop.chain_id):
        made = list_card_types(shop.actor)
    assert [(one.name, one.goal, one.program.state, one.balance_types[0].kind) for one in made] == [
        ("Tea card", 6, "active", "stamps")
    ]
    assert "Program" not in main_of(client, "/cards/types")
    assert "Program" in main_of(client, "/cards/types/new")


def test_a_deposit_has_the_decimals_of_the_money_and_points_may_come_with_a_gift(counter: Counter) -> None:
    client = counter.client()
    assert client.post("/cards/types/new", {"name": "Money", "counts": "deposit"}).status_code == 303
    sent = {"name": "Gift", "counts": "points", "initial_balance": "1,000", "look": "plum", "icon": "star"}
    assert client.post("/cards/types/new", sent).status_code == 303
    money, gift = types_of(counter)[-2:]
    assert (money.balance_types[0].kind, money.balance_types[0].decimals) == ("deposit", 2)
    assert gift.balance_types[0].initial_balance == 1000
    assert (gift.background, gift.icon, gift.goal) == ("#4a2354", "star", None)


def test_a_second_type_may_share_the_balances_of_a_program(counter: Counter) -> None:
    sent = {"name": "Coffee for staff", "program": encode("prg", counter.stamps.program.id), "goal": "5"}
    assert counter.client().post("/cards/types/new", sent).status_code == 303
    assert types_of(counter)[-1].program.id == counter.stamps.program.id


def test_what_is_wrong_comes_back_at_its_field(counter: Counter) -> None:
    client = counter.client()
    for sent in (
        {"name": "", "counts": "points"},
        {"name": "x" * 121, "counts": "points"},
        {"name": "A", "counts": "stamps", "goal": ""},
        {"name": "A", "counts": "stamps", "goal": "0"},
        {"name": "A", "counts": "stamps", "goal": "101"},
        {"name": "A", "counts": "stamps", "goal": "9" * 400},
        {"name": "A", "counts": "gold"},
        {"name": "A", "counts": "points", "initial_balance": "-5"},
        {"name": "A", "counts": "points", "initial_balance": "1.5"},
        {"name": "A", "counts": "points", "number_format": "##"},
        {"name": "A", "counts": "points", "valid_days": "0"},
        {"name": "A", "counts": "points", "look": "url(x)"},
        {"name": "A", "counts": "points", "icon": "../x"},
        {"name": "A", "counts": "points", "automatic_issue": "locations"},
        {"name": "A", "program": "prg_x"},
    ):
        answer = client.post("/cards/types/new", sent)
        assert answer.status_code == 422, sent
        assert "<title>Error:" in re.sub(r"\s+", " ", answer.content.decode()), sent
    assert len(types_of(counter)) == 3


def test_an_edit_makes_the_next_version_and_no_edit_makes_none(counter: Counter) -> None:
    client, url = counter.client(), f"/cards/types/{type_id(counter.stamps)}"
    sent = {"name": "Coffee card", "goal": "10", "automatic_issue": "everywhere", "look": "ocean", "icon": "heart"}
    assert client.post(url, sent | {"version": "1"}).status_code == 303
    changed = types_of(counter)[0]
    assert (changed.version, changed.goal, changed.automatic_issue, changed.icon) == (2, 10, "everywhere", "heart")
    assert client.post(url, sent | {"version": "2"}).status_code == 303
    assert types_of(counter)[0].version == 2
    late = client.post(url, sent | {"version": "1", "goal": "12"})
    assert late.status_code == 422
    assert "Somebody changed this meanwhile" in late.content.decode()


def shown(counter: Counter, card: CardView) -> str:
    balance = counter.now(card).shown
    assert balance
    return balance.name


def test_a_type_says_which_balance_stands_for_its_cards(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client, url = counter.client(), f"/cards/types/{type_id(counter.stamps)}"
    bonus = next(one for one in counter.stamps.balance_types if one.kind == "points")
    assert shown(counter, card) == "Stamps"
    sent = {"name": "Coffee card", "goal": "8", "version": "1"}
    assert client.post(url, sent | {"shown_balance": "nothing"}).status_code == 422
    assert client.post(url, sent | {"shown_balance": bonus.external_id}).status_code == 303
    assert shown(counter, card) == "Bonus"
    assert re.search(rf'<option value="{bonus.external_id}"[^>]* selected', client.get(url).content.decode())
    single = f"/cards/types/{type_id(counter.deposit)}"
    assert "Stands for a card in lists" not in client.get(single).content.decode()


def test_archive_with_undo_and_nothing_is_issued_meanwhile(counter: Counter) -> None:
    client, url = counter.client(), f"/cards/types/{type_id(counter.stamps)}/state"
    assert client.post(url, {"state": "archived"}).status_code == 303
    page = client.get("/cards/types").content.decode()
    assert f'action="{url}?state=active"' in page
    assert type_id(counter.stamps) not in client.get("/cards/issue").content.decode()
    assert client.post(f"{url}?state=active").status_code == 303
    assert types_of(counter)[0].state == "active"
    assert client.post(url, {"state": "gone"}).status_code == 422


def test_a_program_is_paused_archived_and_taken_out_again(counter: Counter) -> None:
    client = counter.client()
    url = f"/cards/programs/{encode('prg', counter.points.program.id)}/state"
    for state, code in (
        ("paused", 303),
        ("active", 303),
        ("archived", 303),
        ("active", 409),
        ("paused", 303),
        ("x", 422),
    ):
        assert client.post(url, {"state": state}).status_code == code, state
    assert types_of(counter)[1].program.state == "paused"


def test_places_are_asked_for_only_where_there_are_several(counter: Counter) -> None:
    client = counter.client()
    assert 'name="locations"' not in client.get("/cards/types/new").content.decode()
    made = create_location(
        counter.shop.actor, LocationDraft(name="Altona", time_zone="Europe/Berlin"), now=timezone.now()
    )
    assert 'name="locations"' in client.get("/cards/types/new").content.decode()
    sent = {"name": "Here only", "counts": "points", "locations": encode("loc", made.id)}
    assert client.post("/cards/types/new", sent).status_code == 303
    assert types_of(counter)[-1].location_ids == (made.id,)
    assert client.post("/cards/types/new", sent | {"locations": "loc_x"}).status_code == 422


def test_the_preview_draws_whatever_is_typed(counter: Counter) -> None:
    client = counter.client()
    for query in (
        "",
        "name=A&goal=8&counts=stamps&look=plum",
        "goal=999999",
        "look=own&own_background=red;}",
        "icon=<b>",
    ):
        answer = client.get(f"/cards/types/preview?{query}", headers=HTMX | {"HX-Target": "preview"})
        assert answer.status_code == 200
        assert 'class="card' in answer.content.decode()
    assert client.get("/cards/types/preview").status_code == 404


def test_types_of_another_chain_do_not_exist(counter: Counter) -> None:
    other = open_counter(name="Another")
    client = counter.client()
    for identifier in (type_id(other.stamps), "ctp_x", "ext:none", "💥"):
        assert client.get(f"/cards/types/{identifier}").status_code == 404
        assert client.post(f"/cards/types/{identifier}", {"name": "Mine"}).status_code == 404
        assert client.post(f"/cards/types/{identifier}/state", {"state": "archived"}).status_code == 404
