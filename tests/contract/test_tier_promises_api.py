"""Who would fall by a change of tiers is shown first, and they can keep what they have (ORD-13), over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import decode, encode
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.programs.actions.tiers import judge_tiers, recount_program_tiers
from tests.contract.chains import add_caller
from tests.ledger_kit import dispatcher
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


def levels(silver: str = "10", gold: str | None = "30", *, times: str = "2", **more: Any) -> list[dict[str, Any]]:
    tiers: list[dict[str, Any]] = [{"name": "Silver", "external_id": "silver", "threshold": silver}]
    if gold is not None:
        tiers.append({"name": "Gold", "external_id": "gold", "threshold": gold, "multiplier": times})
    return [{"name": "Levels", "external_id": "levels", "counts": "paid", "tiers": tiers, **more}]


@pytest.fixture
def shop(db: None) -> OrderShop:
    shop = open_order_shop()
    assert shop.caller.patch(path(shop), {"tier_groups": levels()}).status == 200
    return shop


def path(shop: OrderShop, rest: str = "") -> str:
    return f"/programs/{encode('prg', shop.counter.card_type.program.id)}{rest}"


def buyer(shop: OrderShop, name: str, phone: str, orders: int) -> str:
    customer: str = shop.caller.post("/customers", {"name": name, "phone": phone}).body["id"]
    shop.counter.issue(phone)
    for _ in range(orders):
        assert shop.record(shop.order(customer=customer)).status == 201
    return customer


def people(shop: OrderShop) -> tuple[str, str, str]:
    """Anna paid 36.00 and is in Gold, Ben 48.00 and in Gold, Carla 12.00 and in Silver."""
    found = (
        buyer(shop, "Anna", "+49 151 11111111", 3),
        buyer(shop, "Ben", "+49 151 22222222", 4),
        buyer(shop, "Carla", "+49 151 33333333", 1),
    )
    dispatcher().make_round()
    return found


def tier_of(shop: OrderShop, customer: str) -> str | None:
    with unit_of_work(shop.chain_id):
        found = row(
            "SELECT t.name FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL"
            " WHERE h.holder_id = %s",
            [decode("cus", customer)],
        )
    return found[0] if found else None


def recount(shop: OrderShop, now: datetime | None = None) -> None:
    recount_program_tiers(shop.chain_id, shop.counter.card_type.program.id, now=now or timezone.now())


def preview(shop: OrderShop, groups: list[dict[str, Any]]) -> list[tuple[str, str, str | None, int]]:
    reply = shop.caller.send("POST", path(shop, "/tiers-preview"), {"tier_groups": groups})
    assert reply.status == 200, reply.body
    return [(one["name"], one["when"], one["to"], one["people"]) for one in reply.body["losses"]]


def change(shop: OrderShop, groups: list[dict[str, Any]], **protection: Any) -> None:
    body = {"tier_groups": groups, **({"tier_protection": protection} if protection else {})}
    reply = shop.caller.patch(path(shop), body)
    assert reply.status == 200, reply.body
    recount(shop)


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def earned(shop: OrderShop, customer: str) -> list[str]:
    reply = shop.record(shop.order(customer=customer))
    assert reply.status == 201, reply.body
    return [one["amount"] for one in reply.body["earn"]]


def test_a_raised_threshold_counts_who_falls_and_lists_them(shop: OrderShop) -> None:
    anna, ben, _carla = people(shop)
    assert preview(shop, levels(gold="40")) == [("Gold", "now", "Silver", 1)]
    assert preview(shop, levels(gold="20")) == []
    assert preview(shop, levels(silver="20", gold="40")) == [("Gold", "now", "Silver", 1), ("Silver", "now", None, 1)]
    body = {"tier_groups": levels(gold="40"), "tier": "ext:gold"}
    listed = shop.caller.send("POST", path(shop, "/tiers-preview/people"), body)
    assert [(one["customer"], one["name"], one["counted"], one["text"]) for one in listed.body["items"]] == [
        (anna, "Anna", "36.00", "to Silver at once")
    ]
    change(shop, levels(gold="40"))
    assert (tier_of(shop, anna), tier_of(shop, ben)) == ("Silver", "Gold")


def test_whoever_is_in_a_tier_keeps_it_until_the_day(shop: OrderShop) -> None:
    anna, ben, carla = people(shop)
    change(shop, levels(gold="40"), protect="holders", until=in_days(30))
    assert (tier_of(shop, anna), tier_of(shop, ben)) == ("Gold", "Gold")
    # Who comes now needs the new threshold; the night before the day changes nothing, the one after it does.
    shop.record(shop.order(customer=carla))
    shop.record(shop.order(customer=carla))
    dispatcher().make_round()
    assert tier_of(shop, carla) == "Silver"
    judge_tiers(shop.chain_id, timezone.now() + timedelta(days=29))
    assert tier_of(shop, anna) == "Gold"
    judge_tiers(shop.chain_id, timezone.now() + timedelta(days=32))
    assert (tier_of(shop, anna), tier_of(shop, ben)) == ("Silver", "Gold")


def test_a_tier_that_goes_stays_for_those_who_are_in_it(shop: OrderShop) -> None:
    shop.run(back())
    anna, ben, carla = people(shop)
    assert preview(shop, levels(gold=None)) == [("Gold", "now", "Silver", 2)]
    change(shop, levels(gold=None), protect="holders", until=in_days(30))
    assert (tier_of(shop, anna), tier_of(shop, ben)) == ("Gold", "Gold")
    # Gold goes on multiplying, and nobody enters it any more.
    assert earned(shop, anna) == ["0.60", "0.60"]
    for _ in range(3):
        assert earned(shop, carla) == ["0.60"]
    dispatcher().make_round()
    assert tier_of(shop, carla) == "Silver"
    groups = shop.caller.get(path(shop)).body["tier_groups"]
    assert [one["name"] for one in groups[0]["tiers"]] == ["Silver"]
    assert [one["name"] for one in groups[0]["closing"]] == ["Gold"]
    judge_tiers(shop.chain_id, timezone.now() + timedelta(days=32))
    assert (tier_of(shop, anna), tier_of(shop, carla)) == ("Silver", "Silver")
    assert earned(shop, anna) == ["0.60"]
    with unit_of_work(shop.chain_id):
        assert rows("SELECT name FROM tiers WHERE archived_at IS NULL") == [("Silver",)]


def test_all_tiers_that_go_stay_for_those_who_are_in_them(shop: OrderShop) -> None:
    anna, _ben, carla = people(shop)
    assert preview(shop, []) == [("Gold", "now", None, 2), ("Silver", "now", None, 1)]
    change(shop, [], protect="holders", until=in_days(10))
    assert (tier_of(shop, anna), tier_of(shop, carla)) == ("Gold", "Silver")
    assert shop.caller.get(path(shop)).body["tier_groups"] == []
    judge_tiers(shop.chain_id, timezone.now() + timedelta(days=12))
    assert (tier_of(shop, anna), tier_of(shop, carla)) == (None, None)
    with unit_of_work(shop.chain_id):
        assert row("SELECT count(*) FROM tier_groups WHERE archived_at IS NULL") == (0,)


def test_a_lowered_multiplier_stays_for_those_who_are_in_the_tier(shop: OrderShop) -> None:
    shop.run(back())
    anna, _ben, carla = people(shop)
    assert preview(shop, levels(times="1")) == [("Gold", "less", "Gold", 2)]
    change(shop, levels(times="1"), protect="holders", until=in_days(30))
    assert earned(shop, anna) == ["0.60", "0.60"]
    for _ in range(2):
        shop.record(shop.order(customer=carla))
    dispatcher().make_round()
    assert tier_of(shop, carla) == "Gold"
    assert earned(shop, carla) == ["0.60"]
    with unit_of_work(shop.chain_id):
        execute("UPDATE holder_tiers SET kept_until = now() - interval '1 second' WHERE kept_until IS NOT NULL")
    assert earned(shop, anna) == ["0.60"]


def test_nobody_keeps_a_multiplier_unless_it_is_said(shop: OrderShop) -> None:
    shop.run(back())
    anna, _ben, _carla = people(shop)
    change(shop, levels(times="1.5"))
    assert earned(shop, anna) == ["0.60", "0.30"]


def test_over_a_year_they_fall_when_it_ends_and_may_keep_it_longer(shop: OrderShop) -> None:
    year: dict[str, Any] = {"period": "year", "grace_days": 10}
    change(shop, levels(**year))
    anna, ben, _carla = people(shop)
    assert preview(shop, levels(gold="40", **year)) == [("Gold", "period_end", "Silver", 1)]
    now = timezone.now()
    keep_to = datetime(now.year + 1, 3, 1, tzinfo=UTC).date().isoformat()
    change(shop, levels(gold="40", **year), protect="holders", until=keep_to)
    judge_tiers(shop.chain_id, datetime(now.year + 1, 2, 1, tzinfo=UTC))
    assert (tier_of(shop, anna), tier_of(shop, ben)) == ("Gold", "Gold")
    judge_tiers(shop.chain_id, datetime(now.year + 1, 3, 3, tzinfo=UTC))
    assert tier_of(shop, anna) != "Gold"


def test_until_the_end_of_each_ones_own_period(shop: OrderShop) -> None:
    year: dict[str, Any] = {"period": "year"}
    change(shop, levels(**year))
    anna, _ben, _carla = people(shop)
    change(shop, levels(gold=None, **year), protect="holders")
    assert tier_of(shop, anna) == "Gold"
    now = timezone.now()
    judge_tiers(shop.chain_id, datetime(now.year, 12, 30, tzinfo=UTC))
    assert tier_of(shop, anna) == "Gold"
    judge_tiers(shop.chain_id, datetime(now.year + 1, 1, 2, tzinfo=UTC))
    assert tier_of(shop, anna) == "Silver"


def test_the_journal_keeps_what_was_chosen_and_every_change_of_a_tier(shop: OrderShop) -> None:
    anna, _ben, _carla = people(shop)
    change(shop, levels(gold="40"), protect="holders", until=in_days(30))
    with unit_of_work(shop.chain_id):
        kept = row(
            "SELECT d.after ->> 'who', d.after ->> 'people' FROM audit_entries e"
            " JOIN audit_details d ON d.entry_id = e.id WHERE e.verb = 'program.tiers_kept'"
        )
        changes = rows(
            "SELECT d.before ->> 'tier', d.after ->> 'tier' FROM audit_entries e"
            " JOIN audit_details d ON d.entry_id = e.id WHERE e.verb = 'tier.changed' AND e.object_id = %s"
            " ORDER BY e.id",
            [decode("cus", anna)],
        )
    assert kept == ("holders", "2")
    assert changes == [(None, "Gold")]


def test_the_tier_that_asks_for_nothing_holds_from_the_first_order(shop: OrderShop) -> None:
    change(shop, levels(silver="0", gold="30"))
    shop.run(TEN_OFF | {"conditions": [{"kind": "in_tier", "tiers": ["ext:silver"]}]})
    card = shop.counter.issue("+49 151 44444444")
    # Nobody has reckoned anything yet.
    reply = shop.record(shop.order(card=encode("crd", card.id)))
    assert reply.body["discount_total"] == "1.20"
    (shown,) = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["tiers"]
    assert shown["tier"]["name"] == "Silver"
    for _ in range(2):
        shop.record(shop.order(card=encode("crd", card.id)))
    dispatcher().make_round()
    assert shop.record(shop.order(card=encode("crd", card.id))).body["discount_total"] == "0.00"


def test_without_a_card_of_the_program_nobody_is_in_its_tiers(shop: OrderShop) -> None:
    change(shop, levels(silver="0", gold="30"))
    shop.run(TEN_OFF | {"conditions": [{"kind": "in_tier", "tiers": ["ext:silver"]}]})
    customer = shop.caller.post("/customers", {"name": "Dora", "phone": "+49 151 55555555"}).body["id"]
    assert shop.record(shop.order(customer=customer)).body["discount_total"] == "0.00"


@pytest.mark.parametrize(
    ("protection", "pointer"),
    [
        ({"protect": "holders"}, "/tier_protection/until"),
        ({"protect": "holders", "until": "2001-01-01"}, "/tier_protection/until"),
        ({"protect": "friends"}, "/tier_protection/protect"),
    ],
)
def test_what_cannot_be_kept_is_refused(shop: OrderShop, protection: dict[str, Any], pointer: str) -> None:
    people(shop)
    reply = shop.caller.patch(path(shop), {"tier_groups": levels(gold="40"), "tier_protection": protection})
    assert reply.status == 422, reply.body
    assert pointer in reply.codes_at()
    assert shop.caller.get(path(shop)).body["tier_groups"][0]["tiers"][1]["threshold"] == "30.00"


def test_names_are_for_those_who_may_see_customers(shop: OrderShop) -> None:
    people(shop)
    caller = add_caller(shop.chain_id, scopes=frozenset({"programs:read"}))
    body = {"tier_groups": levels(gold="40")}
    assert caller.send("POST", path(shop, "/tiers-preview"), body).status == 200
    assert caller.send("POST", path(shop, "/tiers-preview/people"), body | {"tier": "ext:gold"}).status == 403
    missing = shop.caller.send("POST", path(shop, "/tiers-preview/people"), body | {"tier": "ext:none"})
    assert missing.status == 404
