"""Pages that say who loses something by a change of tiers or of an expiry, and ask whether they keep it (ORD-13)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from regulars.kernel.ids import encode
from regulars.platform.database import execute, row, unit_of_work
from regulars.programs.actions.tiers import recount_program_tiers
from regulars.programs.queries.tiers import TierGroupView, list_tier_groups
from tests.order_kit import OrderShop, open_order_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Levels",
    "counts": "paid",
    "period": "lifetime",
    "name_0": "Silver",
    "threshold_0": "10",
    "name_1": "Gold",
    "threshold_1": "30",
    "multiplier_1": "2",
    "own_colour_1": "on",
    "background_1": "#C8A24A",
}


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def browser(client: Client, shop: OrderShop) -> Client:
    return sign_in_client(client, shop.counter.shop)


def at(shop: OrderShop, rest: str = "") -> str:
    return f"/programs/{encode('prg', shop.counter.card_type.program.id)}{rest}"


def recount(shop: OrderShop) -> None:
    recount_program_tiers(shop.chain_id, shop.counter.card_type.program.id, now=timezone.now())


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def group_of(shop: OrderShop) -> TierGroupView:
    with unit_of_work(shop.chain_id):
        (group,) = list_tier_groups(shop.chain_id)
    return group


def with_anna_in_gold(shop: OrderShop, browser: Client) -> tuple[str, dict[str, str]]:
    """The address of the tiers, and what stands in their form; Anna is in Gold."""
    assert browser.post(at(shop, "/tiers/new"), TYPED).status_code == 303
    anna = shop.caller.post("/customers", {"name": "Anna Koch", "phone": "+49 151 11111111"}).body["id"]
    shop.counter.issue("+49 151 11111111")
    for _ in range(3):
        assert shop.record(shop.order(customer=anna)).status == 201
    recount(shop)
    group = group_of(shop)
    keys = {f"key_{place}": one.external_id for place, one in enumerate(group.tiers)}
    return at(shop, f"/tiers/{encode('tgr', group.id)}"), TYPED | keys


def who_url(page: str, rest: str) -> str:
    start = page.index(f'href="{escape(rest)}')
    return page[start + 6 : page.index('"', start + 6)].replace("&amp;", "&")


def test_a_colour_is_chosen_for_a_tier_and_taken_away(shop: OrderShop, browser: Client) -> None:
    edit, typed = with_anna_in_gold(shop, browser)
    assert [one.background for one in group_of(shop).tiers] == ["", "#c8a24a"]
    assert 'value="#c8a24a"' in text_of(browser.get(edit))
    plain = {name: value for name, value in typed.items() if name != "own_colour_1"}
    assert browser.post(edit, plain).status_code == 303
    assert [one.background for one in group_of(shop).tiers] == ["", ""]
    wrong = browser.post(edit, typed | {"background_1": "gold"})
    assert (wrong.status_code, "A colour like #7a4f2d." in text_of(wrong)) == (422, True)


def test_a_raised_threshold_is_asked_about_first_and_then_kept(shop: OrderShop, browser: Client) -> None:
    edit, typed = with_anna_in_gold(shop, browser)
    harder = typed | {"threshold_1": "100"}
    asked = browser.post(edit, harder)
    page = text_of(asked)
    assert asked.status_code == 422
    assert "1 falls from “Gold” to “Silver” at once." in page
    assert group_of(shop).tiers[1].threshold == 3_000
    listed = text_of(browser.get(who_url(page, f"{edit}/losers")))
    assert "Anna Koch" in listed
    assert "to Silver at once" in listed
    missing = browser.post(edit, harder | {"keep-who": "holders"})
    assert "Say until which day." in text_of(missing)
    past = browser.post(edit, harder | {"keep-who": "holders", "keep-until": "2001-01-01"})
    assert (past.status_code, "A day from today on" in text_of(past)) == (422, True)
    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    assert browser.post(edit, harder | {"keep-who": "holders", "keep-until": until}).status_code == 303
    recount(shop)
    assert group_of(shop).tiers[1].threshold == 10_000
    with unit_of_work(shop.chain_id):
        assert row("SELECT t.name FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id") == ("Gold",)


def test_tiers_that_go_are_asked_about_and_can_come_back(shop: OrderShop, browser: Client) -> None:
    edit, _typed = with_anna_in_gold(shop, browser)
    asked = browser.post(f"{edit}/remove")
    page = text_of(asked)
    assert asked.status_code == 422
    assert "1 leaves “Gold” at once and is in no tier." in page
    assert "Anna Koch" in text_of(browser.get(who_url(page, f"{edit}/losers")))
    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    gone = text_of(browser.post(f"{edit}/remove", {"keep-who": "holders", "keep-until": until}, follow=True))
    assert "keeps them for a time" in unquote(gone)
    recount(shop)
    assert "nobody enters it any more; kept until" in text_of(browser.get(at(shop)))
    with unit_of_work(shop.chain_id):
        assert row("SELECT t.name FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id") == ("Gold",)
        assert list_tier_groups(shop.chain_id) == []
    browser.post(f"{edit}/restore")
    assert [one.name for one in group_of(shop).tiers] == ["Silver", "Gold"]


def test_what_takes_nothing_is_saved_at_once(shop: OrderShop, browser: Client) -> None:
    edit, typed = with_anna_in_gold(shop, browser)
    assert browser.post(edit, typed | {"threshold_1": "25"}).status_code == 303
    nobody = browser.post(edit, typed | {"threshold_1": "100", "keep-who": "nobody"})
    assert nobody.status_code == 303
    recount(shop)
    with unit_of_work(shop.chain_id):
        assert row("SELECT t.name FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id") == ("Silver",)


def test_another_tier_stands_in_the_time_line_of_its_holder_and_of_the_card(shop: OrderShop, browser: Client) -> None:
    with_anna_in_gold(shop, browser)
    with unit_of_work(shop.chain_id):
        found = row("SELECT k.id, k.customer_id FROM cards k")
    assert found is not None
    card, customer = found
    for address in (f"/cards/{encode('crd', card)}", f"/customers/{encode('cus', customer)}"):
        page = text_of(browser.get(address, follow=True))
        assert "Another tier" in page, address
        assert "– → Gold" in page, address


def test_a_shorter_life_of_points_says_whose_and_lists_them(shop: OrderShop, browser: Client) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "30", balance_type="bonus")
    bonus = next(one for one in shop.counter.card_type.program.balance_types if one.external_id == "bonus")
    address = f"/balances/{encode('bal', bonus.id)}"
    typed = {
        "name": "Bonus",
        "money_per_unit": "1",
        "rounding": "down",
        "initial_balance": "0",
        "expiry": "days",
        "value": "30",
        "existing": "from_now",
        "version": "1",
    }
    page = text_of(browser.get(address, typed, headers={"HX-Request": "true", "HX-Target": "policy-effect"}))
    assert "Of 1 balance 30.00 ends sooner than it would have." in page
    listed = text_of(browser.get(who_url(page, f"{address}/who")))
    assert card.number in listed
    assert "30.00" in listed
    kept = text_of(browser.get(f"{address}/who", typed | {"existing": "keep"}))
    assert "Nothing ends before it would have." in kept
    assert browser.get(f"{address}/who", {"expiry": "nonsense"}).status_code == 404
    preview = {"expiry": {"kind": "days", "value": 30}, "existing": "from_now"}
    body = shop.caller.send("POST", "/balance-types/ext:bonus/expiry-preview", preview).body
    assert (body["balances_sooner"], body["amount_sooner"]) == (1, "30.00")
    people = shop.caller.send("POST", "/balance-types/ext:bonus/expiry-preview/people", preview).body["items"]
    assert [(one["card"], one["amount"]) for one in people] == [(encode("crd", card.id), "30.00")]
    # A longer life takes nothing from anybody.
    with unit_of_work(shop.chain_id):
        execute('UPDATE balance_types SET expiry = \'{"kind": "days", "value": 10}\'')
        execute("UPDATE lots SET expires_at = date_trunc('day', now()) + interval '11 days'")
    body = shop.caller.send("POST", "/balance-types/ext:bonus/expiry-preview", preview).body
    assert (body["balances_sooner"], body["amount_sooner"]) == (0, "0.00")


def test_names_are_for_those_who_may_see_everybody(shop: OrderShop, browser: Client) -> None:
    edit, typed = with_anna_in_gold(shop, browser)
    page = text_of(browser.post(edit, typed | {"threshold_1": "100"}))
    url = who_url(page, f"{edit}/losers")
    place = shop.counter.shop.location_id
    of_one_place = hire(shop.counter.shop, "manager", locations=frozenset({place}))
    assert sign_in_client(Client(), of_one_place).get(url).status_code == 403
    assert browser.get(at(shop, "/tiers/tgr_nothing/losers")).status_code == 404
