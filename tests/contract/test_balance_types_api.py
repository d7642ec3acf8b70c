"""Balance types over HTTP: value, delay, expiry, notice; what a new policy means for what is there (PRG-2, PRG-3, ORD-13)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from regulars.ledger.actions.night import announce_expiring, expire_due
from regulars.ledger.actions.policy import apply_policy
from regulars.platform.database import rows, unit_of_work
from tests.contract.cards_kit import PHONE, adjust, issue
from tests.contract.chains import Caller

BERLIN = ZoneInfo("Europe/Berlin")
DEFAULTS = {
    "not_recovered": "debt",
    "spent_points": "pro_rata",
    "earned_points": "recompute",
    "returned_lot_days": 30,
    "redeemed_rewards": "keep",
}


def open_shop(caller: Caller, **points: object) -> Caller:
    balance_types = [
        {"external_id": "points", "name": "Points", "kind": "points", **points},
        {"external_id": "deposit", "name": "Deposit", "kind": "deposit"},
    ]
    made = caller.post("/programs", {"name": "Coffee club", "state": "active", "balance_types": balance_types})
    assert made.status == 201, made.body
    caller.post("/card-types", {"name": "Coffee card", "program": "ext:coffee-club", "external_id": "coffee"})
    return caller


def end_of_day(days: int) -> datetime:
    """When the day so many days from today is over in Berlin."""
    day = datetime.now(BERLIN).date() + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)


def when(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)


def test_a_balance_type_says_what_it_is_worth_and_how_long_it_lives(caller: Caller) -> None:
    shop = open_shop(
        caller,
        money_per_unit="0.01",
        units_per_money="5",
        activation_delay_days=14,
        expiry={"kind": "year_end", "value": 1},
        notice_days=30,
    )
    made = shop.get("/balance-types/ext:points").body
    assert made["money_per_unit"] == "0.01"
    assert made["units_per_money"] == "5"
    assert made["expiry"] == {"kind": "year_end", "value": 1}
    assert (made["activation_delay_days"], made["notice_days"], made["rounding"]) == (14, 30, "down")
    assert shop.get("/balance-types/ext:deposit").body["expiry"] == {"kind": "never", "value": None}
    changed = shop.patch(
        "/balance-types/ext:points",
        {
            "expiry": {"kind": "never"},
            "notice_days": None,
            "money_per_unit": None,
            "rounding": "half_up",
            "name": "Beans",
        },
    )
    assert changed.status == 200, changed.body
    assert changed.body["expiry"] == {"kind": "never", "value": None}
    assert (changed.body["notice_days"], changed.body["money_per_unit"], changed.body["name"]) == (None, None, "Beans")
    assert (changed.body["units_per_money"], changed.body["version"]) == ("5", 2)
    assert shop.get("/programs/ext:coffee-club").body["balance_types"][0] == changed.body
    stale = shop.patch("/balance-types/ext:points", {"name": "x"}, HTTP_IF_MATCH='"1"')
    assert stale.status == 412


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"expiry": {"kind": "weeks"}}, "/expiry/kind"),
        ({"expiry": {"kind": "days"}}, "/expiry/value"),
        ({"expiry": {"kind": "months", "value": 121}}, "/expiry/value"),
        ({"expiry": {"kind": "days", "value": -1}}, "/expiry/value"),
        ({"expiry": {"kind": "days", "value": 10**9}}, "/expiry/value"),
        ({"notice_days": 0}, "/notice_days"),
        ({"activation_delay_days": -1}, "/activation_delay_days"),
        ({"money_per_unit": "0"}, "/money_per_unit"),
        ({"initial_balance": "-1"}, "/initial_balance"),
        ({"initial_balance": "0.5"}, "/initial_balance"),
        ({"expiry": {"kind": "inactive_months", "value": 12}, "existing": "keep"}, "/existing"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_change_is_told_to_the_field(caller: Caller, body: dict[str, object], pointer: str) -> None:
    shop = open_shop(caller)
    refused = shop.patch("/balance-types/ext:points", body)
    assert (refused.status, list(refused.codes_at())) == (422, [pointer])


@pytest.mark.parametrize(
    "body",
    [
        {"expiry": {"kind": "days", "value": 3}},
        {"activation_delay_days": 2},
        {"initial_balance": "5"},
        {"money_per_unit": "2"},
    ],
)
def test_a_deposit_is_money_and_nothing_else(caller: Caller, body: dict[str, object]) -> None:
    refused = open_shop(caller).patch("/balance-types/ext:deposit", body)
    assert "not_for_deposit" in refused.codes_at().values()


def test_another_chain_sees_none_of_it(caller: Caller, stranger: Caller) -> None:
    identifier = open_shop(caller).get("/balance-types/ext:points").body["id"]
    assert stranger.get(f"/balance-types/{identifier}").code == "not_found"
    assert stranger.patch(f"/balance-types/{identifier}", {"name": "x"}).code == "not_found"
    preview = {"expiry": {"kind": "never"}}
    assert stranger.post(f"/balance-types/{identifier}/expiry-preview", preview).code == "not_found"


def test_what_refunds_take_back_is_a_setting_with_defaults(caller: Caller) -> None:
    shop = open_shop(caller)
    assert shop.get("/programs/ext:coffee-club").body["refunds"] == DEFAULTS
    changed = shop.patch("/programs/ext:coffee-club", {"refunds": {"not_recovered": "cap", "returned_lot_days": 7}})
    assert changed.body["refunds"] == DEFAULTS | {"not_recovered": "cap", "returned_lot_days": 7}
    kept = shop.patch("/programs/ext:coffee-club", {"refunds": {"spent_points": "only_when_full"}})
    assert kept.body["refunds"]["not_recovered"] == "cap"
    refused = shop.patch("/programs/ext:coffee-club", {"refunds": {"not_recovered": "forgive"}})
    assert list(refused.codes_at()) == ["/refunds/not_recovered"]
    assert shop.patch("/programs/ext:coffee-club", {"refunds": {"returned_lot_days": 0}}).status == 422


def test_new_units_wait_and_live_as_their_balance_type_says(caller: Caller) -> None:
    shop = open_shop(caller, activation_delay_days=3, expiry={"kind": "days", "value": 30}, initial_balance="5")
    card = issue(shop)
    given = adjust(shop, card["id"], "10").body
    assert when(given["activates_at"]) == end_of_day(2)
    assert when(given["expires_at"]) == end_of_day(33)
    balance = shop.get(f"/cards/{card['id']}").body["balances"][0]
    assert (balance["total"], balance["available"], balance["pending"]) == ("15", "0", "15")
    assert balance["expires_next"]["amount"] == "15"
    assert adjust(shop, card["id"], "-1").code == "insufficient_balance"
    # What was given by mistake is taken back although nobody could spend it yet.
    assert shop.post(f"/transactions/{given['id']}/reverse", {"reason": "typo"}).status == 201
    assert shop.get(f"/cards/{card['id']}").body["balances"][0]["pending"] == "5"
    expiring = shop.get(f"/cards/{card['id']}/expiring").body["items"]
    assert [(line["amount"], when(line["expires_at"])) for line in expiring] == [("5", end_of_day(33))]


def test_a_policy_is_shown_before_it_is_switched_on_and_protects_or_not(caller: Caller) -> None:
    shop = open_shop(caller)
    first, second = issue(shop)["id"], issue(shop, "+4915123456780")["id"]
    adjust(shop, first, "10")
    adjust(shop, second, "20")
    policy = {"kind": "days", "value": 30}

    def preview(existing: str) -> dict[str, object]:
        return dict(
            shop.post("/balance-types/ext:points/expiry-preview", {"expiry": policy, "existing": existing}).body
        )

    assert preview("keep")["balances"] == 0
    effect = preview("from_now")
    assert (effect["balances"], effect["amount"], effect["balances_at_once"]) == (2, "30", 0)
    assert when(effect["first_end"]) == end_of_day(30)
    # Those holding now are protected; what comes in later lives 30 days.
    assert shop.patch("/balance-types/ext:points", {"expiry": policy}).status == 200
    adjust(shop, first, "1")
    with unit_of_work(shop.chain_id):
        assert rows("SELECT amount FROM lots WHERE expires_at IS NOT NULL") == [(1,)]


def test_units_that_are_there_get_their_end_in_the_background(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_shop(caller)
    card = issue(shop)["id"]
    adjust(shop, card, "10")
    works = []
    monkeypatch.setattr(
        "regulars.programs.api.balance_types.defer_apply_policy", lambda chain_id, work: works.append(work)
    )
    policy = {"kind": "days", "value": 30}
    assert shop.patch("/balance-types/ext:points", {"expiry": policy, "existing": "from_start"}).status == 200
    assert apply_policy(shop.chain_id, works[0], limit=1) == 1
    assert apply_policy(shop.chain_id, works[0]) == 0
    assert when(shop.get(f"/cards/{card}/expiring").body["items"][0]["expires_at"]) == end_of_day(30)
    # Back to for ever: ends that the policy gave go, what had one of its own keeps it.
    shop.patch("/balance-types/ext:points", {"expiry": {"kind": "never"}, "existing": "from_start"})
    assert apply_policy(shop.chain_id, works[1]) == 1
    assert shop.get(f"/cards/{card}/expiring").body["items"] == []


def test_what_ends_is_told_once_shown_as_gone_and_posted_off(caller: Caller) -> None:
    shop = open_shop(caller, expiry={"kind": "days", "value": 5}, decimals=2)
    card = issue(shop, PHONE)["id"]
    adjust(shop, card, "12.50")
    now = datetime.now(UTC)
    assert announce_expiring(shop.chain_id, now) == 1
    assert announce_expiring(shop.chain_id, now) == 0
    with unit_of_work(shop.chain_id):
        payload = rows(
            "SELECT payload ->> 'amount', payload ->> 'balance_type' FROM events WHERE kind = 'points.expiring'"
        )
    assert payload == [("12.50", "points")]
    between = shop.get(f"/balances/expiring?to={end_of_day(6).isoformat().replace('+00:00', 'Z')}").body["items"]
    assert [(line["card"], line["amount"]) for line in between] == [(card, "12.50")]
    done = expire_due(shop.chain_id, end_of_day(5))
    assert (done.lots, done.accounts) == (1, 1)
    assert expire_due(shop.chain_id, end_of_day(5)).is_nothing
    assert shop.get(f"/cards/{card}").body["balances"][0]["total"] == "0.00"
    line = shop.get(f"/cards/{card}/transactions?kind=expire").body["items"][0]
    assert (line["amount"], line["source"], line["balance_after"]) == ("-12.50", "expiry", "0.00")
    told = shop.get(f"/cards/{card}/explain?balance_type=points").body["sentences"]
    assert [part["amount"] for part in told] == ["12.50", "-12.50"]
