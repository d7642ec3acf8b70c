"""Who enters and leaves which tier (PRG-6), over the real database and the product's dispatcher."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.customers.tests.people import enter
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import row, rows, unit_of_work
from regulars.programs.actions import create_program
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.actions.tiers import judge_tiers, recount_program_tiers
from regulars.programs.queries.tiers import Holder, TierShown, list_tier_changes, show_tiers, tiers_of
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft
from tests.ledger_kit import POINTS, Counter, dispatcher, open_counter
from tests.order_rows import change_order, put_order

STATUS = BalanceTypeDraft(name="Status", kind="status", external_id="status")
LEVELS = (TierDraft("Silver", "100", key="silver"), TierDraft("Gold", "200", key="gold"))


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter(balance_types=(POINTS, STATUS))


def group(counts: str = "status", **more: Any) -> TierGroupDraft:
    given = {"key": "levels", "tiers": LEVELS} | more
    return TierGroupDraft(name="Levels", counts=counts, balance_type="status" if counts == "status" else None, **given)


def define(counter: Counter, *drafts: TierGroupDraft) -> list[tuple[UUID, UUID]]:
    asked: list[tuple[UUID, UUID]] = []
    program = encode("prg", counter.card_type.program.id)
    set_tier_groups(
        counter.actor,
        program,
        drafts,
        currency_decimals=2,
        now=timezone.now(),
        defer=lambda chain, program: asked.append((chain, program)),
    )
    return asked


def tier_name(counter: Counter, holder: UUID) -> str | None:
    with unit_of_work(counter.chain_id):
        held = tiers_of(counter.chain_id, [holder]).get(holder, frozenset())
        found = row("SELECT string_agg(name, '+' ORDER BY name) FROM tiers WHERE id = ANY(%s)", [list(held)])
    return found[0] if found else None


def shown(counter: Counter, holder: Holder, now: datetime | None = None) -> TierShown:
    with unit_of_work(counter.chain_id):
        found = show_tiers(
            counter.chain_id, {holder: frozenset({counter.card_type.program.id})}, now=now or timezone.now()
        )
    (one,) = found[holder.id]
    return one


def events(counter: Counter) -> Sequence[tuple[str, int, int]]:
    with unit_of_work(counter.chain_id):
        return rows(
            "SELECT kind, jsonb_array_length(payload -> 'customers'), jsonb_array_length(payload -> 'cards')"
            " FROM events WHERE kind LIKE 'tier.%%' ORDER BY id"
        )


def test_status_of_all_cards_of_a_customer_counts_together(counter: Counter) -> None:
    define(counter, group())
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    first = counter.issue("0151 23450001")
    counter.adjust(first, "150", balance_type="status")
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Silver"
    one = shown(counter, Holder(anna, True))
    assert (one.counted, one.next and one.next.name, one.missing) == (150, "Gold", 50)
    counter.adjust(first, "50", balance_type="status")
    counter.adjust(first, "500")
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Gold"
    assert events(counter) == [("tier.entered", 1, 0), ("tier.left", 1, 0), ("tier.entered", 1, 0)]
    with unit_of_work(counter.chain_id):
        history = list_tier_changes(counter.chain_id, [anna])
    assert [(one.left, one.entered, one.went_up) for one in history] == [
        ("Silver", "Gold", True),
        (None, "Silver", True),
    ]


def test_an_unclaimed_card_has_its_own_tier_and_brings_it_along(counter: Counter) -> None:
    define(counter, group())
    card = counter.issue("0151 23450001")
    counter.adjust(card, "220", balance_type="status")
    dispatcher().make_round()
    assert tier_name(counter, card.id) == "Gold"
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Gold"
    assert tier_name(counter, card.id) is None
    assert events(counter) == [("tier.entered", 0, 1)]


def test_orders_count_over_the_year_up_at_once_and_down_when_it_ends(counter: Counter) -> None:
    define(counter, group("paid", period="year", grace_days=30))
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    counter.issue("0151 23450001")
    now = timezone.now()
    year = now.year
    put_order(counter.chain_id, at=now, sold=25_000, customer=anna)
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Gold"
    # The year that reached it keeps it for the next.
    assert judge_tiers(counter.chain_id, datetime(year + 1, 1, 15, tzinfo=UTC)) == 0
    assert judge_tiers(counter.chain_id, datetime(year + 1, 2, 15, tzinfo=UTC)) == 1
    assert tier_name(counter, anna) == "Gold"
    put_order(counter.chain_id, at=datetime(year + 1, 5, 1, tzinfo=UTC), sold=12_000, customer=anna)
    assert judge_tiers(counter.chain_id, datetime(year + 2, 1, 20, tzinfo=UTC)) == 0
    assert judge_tiers(counter.chain_id, datetime(year + 2, 2, 20, tzinfo=UTC)) == 1
    assert tier_name(counter, anna) == "Silver"
    assert judge_tiers(counter.chain_id, datetime(year + 2, 2, 20, tzinfo=UTC)) == 0


def test_a_clock_that_leaps_ends_where_the_nights_would_have_ended(counter: Counter) -> None:
    define(counter, group("visits", period="months", months=3, tiers=(TierDraft("Regular", "2"),)))
    people = [enter(counter.shop, f"Number {n}", phone=f"0151 2345000{n}").id for n in (1, 2)]
    start = timezone.now() - timedelta(days=1)
    for number, one in enumerate(people, start=1):
        counter.issue(f"0151 2345000{number}")
        for _ in range(2):
            put_order(counter.chain_id, at=start, sold=100, customer=one)
    dispatcher().make_round()
    for days in (40, 70, 130, 150):
        put_order(counter.chain_id, at=start + timedelta(days=days), sold=100, customer=people[0], kind="order.noted")
    # The first came often enough in two periods of three; the second never again.
    far = start + timedelta(days=200)
    judge_tiers(counter.chain_id, far)
    assert tier_name(counter, people[0]) == "Regular"
    assert tier_name(counter, people[1]) is None
    with unit_of_work(counter.chain_id):
        assert len(list_tier_changes(counter.chain_id, [people[1]])) == 2
    judge_tiers(counter.chain_id, start + timedelta(days=900))
    assert tier_name(counter, people[0]) is None


def test_a_refund_lowers_a_lifetime_and_leaves_a_year_alone(counter: Counter) -> None:
    define(
        counter,
        group("sold"),
        TierGroupDraft("Of the year", "sold", (TierDraft("Friend", "100"),), period="year"),
    )
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    counter.issue("0151 23450001")
    order = put_order(counter.chain_id, at=timezone.now(), sold=20_000, customer=anna)
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Friend+Gold"
    change_order(counter.chain_id, order, "order.refunded", state="refunded", refunded=20_000)
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Friend"


def test_who_holds_no_card_of_the_program_is_in_no_tier(counter: Counter) -> None:
    define(counter, group("paid"))
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    put_order(counter.chain_id, at=timezone.now(), sold=90_000, customer=anna)
    dispatcher().make_round()
    assert tier_name(counter, anna) is None
    counter.issue("0151 23450001")
    dispatcher().make_round()
    assert tier_name(counter, anna) == "Gold"


def test_changed_thresholds_are_counted_for_everybody(counter: Counter) -> None:
    assert define(counter, group()) == [(counter.chain_id, counter.card_type.program.id)]
    cards: list[CardView] = [counter.issue(f"0151 2345000{number}") for number in range(3)]
    for place, card in enumerate(cards, start=1):
        counter.adjust(card, str(60 * place), balance_type="status")
    dispatcher().make_round()
    assert [tier_name(counter, card.id) for card in cards] == [None, "Silver", "Silver"]
    define(counter, group(tiers=(TierDraft("Silver", "50", key="silver"), TierDraft("Platinum", "180"))))
    assert recount_program_tiers(counter.chain_id, counter.card_type.program.id, now=timezone.now()) == 3
    assert [tier_name(counter, card.id) for card in cards] == ["Silver", "Silver", "Platinum"]
    define(counter)
    assert [tier_name(counter, card.id) for card in cards] == [None, None, None]


def test_tiers_move_the_stamp_of_what_orders_are_priced_by(counter: Counter) -> None:
    before = counter.read("SELECT stamp FROM rules_stamps")
    define(counter, group())
    assert counter.read("SELECT stamp FROM rules_stamps") > before


@pytest.mark.parametrize(
    ("draft", "pointer", "code"),
    [
        (group("points"), "/tier_groups/0/counts", "unknown_value"),
        (group("paid", tiers=()), "/tier_groups/0/tiers", "required"),
        (group("paid", tiers=(LEVELS[1], LEVELS[0])), "/tier_groups/0/tiers/1/threshold", "not_above"),
        (group("paid", tiers=(TierDraft("A", "1.001"),)), "/tier_groups/0/tiers/0/threshold", "too_many_decimals"),
        (group("visits", tiers=(TierDraft("A", "1.5"),)), "/tier_groups/0/tiers/0/threshold", "too_many_decimals"),
        (group("paid", tiers=(TierDraft("A", "-1"),)), "/tier_groups/0/tiers/0/threshold", "out_of_range"),
        (group("paid", period="months"), "/tier_groups/0/months", "out_of_range"),
        (group("paid", months=3), "/tier_groups/0/months", "not_counted"),
        (group("paid", grace_days=3), "/tier_groups/0/grace_days", "not_counted"),
        (TierGroupDraft("L", "status", LEVELS), "/tier_groups/0/balance_type", "required"),
        (TierGroupDraft("L", "status", LEVELS, balance_type="points"), "/tier_groups/0/balance_type", "not_status"),
        (TierGroupDraft("L", "status", LEVELS, balance_type="none"), "/tier_groups/0/balance_type", "not_found"),
        (TierGroupDraft("L", "paid", LEVELS, balance_type="status"), "/tier_groups/0/balance_type", "not_counted"),
        (group("paid", tiers=(LEVELS[0], LEVELS[0])), "/tier_groups", "duplicate"),
        (group("paid", tiers=(TierDraft("A", "1", background="red"),)), "/tier_groups/0/tiers/0/background", "invalid_colour"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    counter: Counter, draft: TierGroupDraft, pointer: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        define(counter, draft)
    refusal = refused.value.refusal
    assert isinstance(refusal, Invalid)
    assert (pointer, code) in [(one.pointer, one.code) for one in refusal.errors]


def test_an_id_of_another_program_is_not_taken_over(counter: Counter) -> None:
    define(counter, group("paid"))
    other = create_program(counter.actor, ProgramDraft(name="Other"), currency_decimals=2, now=timezone.now())
    with pytest.raises(Refused) as refused:
        set_tier_groups(
            counter.actor,
            encode("prg", other.id),
            [TierGroupDraft("Other", "paid", (TierDraft("X", "1", key="silver"),))],
            currency_decimals=2,
            now=timezone.now(),
            defer=lambda _chain, _program: None,
        )
    assert isinstance(refused.value.refusal, Invalid)
    assert refused.value.refusal.errors[0].code == "external_id_taken"


def test_another_chain_sees_nothing_of_it(counter: Counter) -> None:
    define(counter, group())
    card = counter.issue("0151 23450001")
    counter.adjust(card, "220", balance_type="status")
    dispatcher().make_round()
    other = open_counter(name="Salon Fremd")
    assert tier_name(other, card.id) is None
    assert other.read("SELECT count(*) FROM tiers") == [(0,)]
