"""The pages of memberships: types, sale, one with its history, and what is done with it."""

from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import decode, encode
from regulars.memberships.queries.memberships import find_membership
from regulars.platform.database import row, unit_of_work
from tests.contract.chains import add_caller
from tests.ledger_kit import Counter, open_counter
from tests.membership_kit import BERLIN, Studio
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db
TYPE = {
    "name": "Ten visits",
    "visits": "10",
    "price": "90,00",
    "period": "30",
    "period_unit": "days",
    "begins": "sale",
    "freezes_max": "2",
}


def words_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def counter() -> Counter:
    return open_counter()


@pytest.fixture
def studio(counter: Counter) -> Studio:
    return Studio(add_caller(counter.chain_id))


@pytest.fixture
def owner(client: Client, counter: Counter) -> Client:
    return sign_in_client(client, counter.shop)


def newest(counter: Counter) -> str:
    with unit_of_work(counter.chain_id):
        found = row("SELECT id FROM memberships ORDER BY id DESC LIMIT 1")
    assert found
    return encode("mbr", found[0])


def remaining(counter: Counter, membership: str) -> int | None:
    from django.utils import timezone

    with unit_of_work(counter.chain_id):
        found = find_membership(counter.chain_id, membership, today=timezone.now().astimezone(BERLIN).date())
    assert found
    return found.now.remaining


def test_a_type_is_made_changed_put_away_and_taken_back(owner: Client) -> None:
    wrong = owner.post("/memberships/types/new", {"name": "X", "begins": "sale", "freezes_max": "0"})
    assert wrong.status_code == 422
    assert "Give a number of visits, a period, or both." in words_of(wrong)
    assert owner.post("/memberships/types/new", TYPE).status_code == 303
    page = words_of(owner.get("/memberships/types"))
    assert "10 visits · 30 days" in page
    assert "€90.00" in page
    address = page.partition('href="/memberships/types/mbt_')[2].partition('"')[0]
    address = f"/memberships/types/mbt_{address}"
    assert 'value="90.00"' in words_of(owner.get(address))
    changed = owner.post(
        address, {**TYPE, "name": "Ten", "categories": "Yoga\nBody", "notice_visits": "2", "version": "1"}
    )
    assert changed.status_code == 303
    old = owner.post(address, {**TYPE, "version": "1"})
    assert (old.status_code, "Somebody changed this meanwhile" in words_of(old)) == (422, True)
    assert owner.post(f"{address}/archive").status_code == 303
    assert "put away" in words_of(owner.get("/memberships/types"))
    assert owner.post(f"{address}/restore").status_code == 303
    too_dear = owner.post("/memberships/types/new", {**TYPE, "price": "1.2345"})
    assert (too_dear.status_code, "more decimals than the currency" in words_of(too_dear)) == (422, True)


def test_it_is_sold_from_the_page_of_a_customer_and_used_once_however_often_it_is_sent(
    owner: Client, counter: Counter, studio: Studio
) -> None:
    customer, kind = studio.customer(), studio.type()
    page = words_of(owner.get(f"/memberships/of/{customer}"))
    assert f"/memberships/sell?customer={customer}" in page
    dialog = words_of(owner.get(f"/memberships/sell?customer={customer}"))
    assert "Ten visits" in dialog
    assert "Mia" in dialog
    sale = {"type": kind, "customer": customer, "once": "one-sale"}
    assert owner.post("/memberships/sell", sale).status_code == 303
    membership = newest(counter)
    assert owner.post("/memberships/sell", sale).status_code == 303
    assert newest(counter) == membership
    address = f"/memberships/{membership}"
    shown = words_of(owner.get(address))
    assert "10 of 10 visits left" in shown
    assert "Not used yet." in shown
    used = owner.post(f"{address}/use", {"visits": "2", "once": "one-use"})
    assert (used.status_code, used["Location"]) == (303, address)
    owner.post(f"{address}/use", {"visits": "2", "once": "one-use"})
    assert remaining(counter, membership) == 8
    too_many = owner.post(f"{address}/use", {"visits": "9"})
    assert (too_many.status_code, "Only 8 visits are left" in words_of(too_many)) == (422, True)
    undo = words_of(owner.get(address)).partition(f'href="{address}/uses/')[2].partition('"')[0]
    assert owner.post(f"{address}/uses/{undo}").status_code == 303
    assert remaining(counter, membership) == 10
    assert owner.post(f"{address}/uses/{undo}", {"reason": "x"}).status_code == 422
    history = words_of(owner.get(address))
    assert "Use of a membership undone" in history
    assert "Taken by mistake" in history
    assert "Membership used" in words_of(owner.get(f"/customers/{customer}"))


def test_whom_it_is_sold_to_is_said_and_not_guessed(owner: Client, counter: Counter, studio: Studio) -> None:
    customer, kind = studio.customer(name="Mia Weber"), studio.type()
    assert "Mia Weber" in words_of(owner.get("/memberships/people?holder=weber"))
    for typed, why in (("Weber", "Choose who is meant."), ("Nobody Known", "There is no such customer.")):
        answer = owner.post("/memberships/sell", {"type": kind, "holder": typed})
        assert (answer.status_code, why in words_of(answer)) == (422, True)
    nobody = owner.post("/memberships/sell", {"type": kind})
    assert (nobody.status_code, "Name a customer or a card" in words_of(nobody)) == (422, True)
    assert owner.post("/memberships/sell", {"type": kind, "holder": "mia weber"}).status_code == 303
    assert studio.read(newest(counter))["customer"] == customer
    guessed = owner.post("/memberships/sell", {"type": kind, "with_code": "on", "code": "SHORT"})
    assert (guessed.status_code, "could be guessed" in words_of(guessed)) == (422, True)


def test_it_rests_grows_and_is_taken_back(owner: Client, counter: Counter, studio: Studio) -> None:
    kind = studio.type(visits=None, period={"unit": "days", "value": 30}, freezes_max=1)
    address = f"/memberships/{studio.sell(kind, customer=studio.customer())['id']}"
    long = owner.post(f"{address}/freeze", {"days": "31"})
    assert (long.status_code, "30 days at most" in words_of(long)) == (422, True)
    assert owner.post(f"{address}/freeze", {"days": "7", "reason": "Holidays"}).status_code == 303
    page = words_of(owner.get(address))
    assert "frozen until" in page
    assert "Holidays" in page
    assert f"{address}/use" not in page
    refused = owner.post(f"{address}/use", {"visits": "1"})
    assert (refused.status_code, "Unfreeze it first" in words_of(refused)) == (422, True)
    assert owner.post(f"{address}/unfreeze").status_code == 303
    assert owner.post(f"{address}/unfreeze").status_code == 409
    assert owner.post(f"{address}/extend", {"days": "5"}).status_code == 422
    assert owner.post(f"{address}/extend", {"days": "5", "reason": "Gift"}).status_code == 303
    dear = owner.post(f"{address}/cancel", {"reason": "Moved", "refund": "100"})
    assert (dear.status_code, "Only 90.00 was paid" in words_of(dear)) == (422, True)
    assert owner.post(f"{address}/cancel", {"reason": "Moved", "refund": "45,50"}).status_code == 303
    assert "€45.50" in words_of(owner.get(address))


def test_a_use_too_soon_is_confirmed_in_the_dialog(owner: Client, counter: Counter, studio: Studio) -> None:
    membership = studio.sell(studio.type(every_hours=2), with_code=True)["id"]
    address = f"/memberships/{membership}/use"
    assert "It is used again so soon" not in words_of(owner.get(address))
    owner.post(address, {"visits": "1"})
    soon = owner.post(address, {"visits": "1"})
    assert soon.status_code == 422
    assert "less than 2 hours ago" in words_of(soon)
    assert "It is used again so soon" in words_of(soon)
    assert owner.post(address, {"visits": "1", "again": "on"}).status_code == 303
    assert remaining(counter, membership) == 8


def test_the_list_is_searched_and_filtered(owner: Client, studio: Studio) -> None:
    assert "Visits paid in advance" in words_of(owner.get("/memberships"))
    kind = studio.type(period={"unit": "days", "value": 10})
    assert "No membership sold yet" in words_of(owner.get("/memberships"))
    studio.sell(kind, customer=studio.customer())
    used = studio.sell(studio.type(visits=1, name="One"), with_code=True)["id"]
    studio.use(used)
    page = words_of(owner.get("/memberships"))
    assert "1 in use" in page
    assert "Mia" in page
    assert "Whoever has the code" in page
    assert "Whoever has the code" not in words_of(owner.get("/memberships?q=mia"))
    assert "Mia" not in words_of(owner.get("/memberships?state=used_up"))
    assert "Mia" in words_of(owner.get("/memberships?ends=14"))
    assert "No membership matches" in words_of(owner.get("/memberships?ends=7"))
    assert owner.get("/memberships?after=nonsense&state=what&type=x&ends=9").status_code == 200


def test_a_code_leads_to_its_membership_and_a_wrong_one_nowhere(owner: Client, studio: Studio) -> None:
    sold = studio.sell(studio.type(), with_code=True)
    found = owner.post("/memberships/find", {"code": sold["code"].lower().replace("-", " ")})
    assert (found.status_code, found["Location"]) == (303, f"/memberships/{sold['id']}")
    wrong = owner.post("/memberships/find", {"code": "0000-0000-0000-0000"})
    assert (wrong.status_code, "There is no such code" in words_of(wrong)) == (422, True)


def test_the_card_and_its_web_page_say_what_is_left(owner: Client, counter: Counter, studio: Studio) -> None:
    card = counter.issue("+49 151 11111111")
    public = encode("crd", card.id)
    assert "/memberships/of-card" not in words_of(owner.get(f"/cards/{public}"))
    kind = studio.type(period={"unit": "days", "value": 30}, freezes_max=1, notice_visits=3)
    sold = studio.sell(kind, card=public)["id"]
    assert f"/memberships/of-card/{public}" in words_of(owner.get(f"/cards/{public}"))
    panel = words_of(owner.get(f"/memberships/of-card/{public}"))
    assert f"/memberships/{sold}" in panel
    assert "10 of 10 visits left" in panel
    assert f"/memberships/sell?card={public}" in panel
    link = studio.caller.get(f"/cards/{public}").body["link"]
    path = "/c/" + link.rpartition("/c/")[2]
    assert "10 of 10 visits left" in words_of(Client().get(path))
    studio.act(sold, "freeze", days=5)
    assert "frozen until" in words_of(Client().get(path))
    studio.act(sold, "unfreeze")
    studio.use(sold, visits=8)
    assert "2 visits left" in words_of(Client().get(path))
    studio.act(sold, "cancel", reason="x")
    assert "Ten visits" not in words_of(Client().get(path))


def test_staff_of_a_place_use_it_there(client: Client, counter: Counter, studio: Studio) -> None:
    other = studio.caller.post("/locations", {"name": "Nord"}).body["id"]
    membership = studio.sell(studio.type(locations=[other]), with_code=True)["id"]
    owner = sign_in_client(client, counter.shop)
    dialog = words_of(owner.get(f"/memberships/{membership}/use"))
    assert "Nord" in dialog
    wrong = owner.post(f"/memberships/{membership}/use", {"visits": "1"})
    assert (wrong.status_code, "It is valid at: Nord" in words_of(wrong)) == (422, True)
    assert owner.post(f"/memberships/{membership}/use", {"visits": "1", "location": other}).status_code == 303
    analyst = sign_in_client(Client(), hire(counter.shop, "analyst"))
    assert analyst.get(f"/memberships/{membership}").status_code == 200
    assert analyst.post(f"/memberships/{membership}/use", {"visits": "1"}).status_code == 403
    assert decode("mbr", membership)
