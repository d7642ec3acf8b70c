"""How much of a bill a gift card may pay (ORD-6, RWD-5)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from regulars.giftcards.errors import GiftCardExpired, GiftCardLimited, GiftCardNotHere, GiftCardShort
from regulars.giftcards.rules.payment import Bill, BillLine, most_of, payable_of, plan_payment
from regulars.giftcards.rules.states import STATES, TRANSITIONS
from regulars.giftcards.rules.values import GiftCardState, Limits, limits_of
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refusal

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
CARD = GiftCardState(
    id=new_id(),
    type_id=new_id(),
    state="active",
    balance=5000,
    is_single_use=False,
    limits=Limits(),
    location_ids=None,
    customer_id=None,
    expires_at=None,
    version=1,
    last_number=1,
)
BILL = Bill((BillLine(3000, "goods", "Hair"), BillLine(2000, "service", "Cut")), beside=500)


@pytest.mark.parametrize(
    ("stored", "most"),
    [
        ({}, 5500),
        ({"goods": "none"}, 2000),
        ({"services": "none"}, 3000),
        ({"services": ["Cut"], "goods": "none"}, 2000),
        ({"services": ["Massage"], "goods": "none"}, 0),
        ({"goods": ["Hair"]}, 5000),
    ],
)
def test_limits_on_goods_and_services(stored: dict[str, object], most: int) -> None:
    card = replace(CARD, limits=limits_of(stored))
    assert payable_of(card, BILL) == most
    assert most_of(card, BILL, now=NOW, location_id=None) == min(most, 5000)


def test_an_amount_is_paid_in_full_or_refused() -> None:
    card = replace(CARD, limits=limits_of({"services": "none"}))
    too_much = plan_payment(card, BILL, 3001, now=NOW, location_id=None, decimals=2)
    assert too_much == GiftCardLimited(max="30.00")
    short = plan_payment(replace(card, balance=100), BILL, 101, now=NOW, location_id=None, decimals=2)
    assert short == GiftCardShort(available="1.00", wanted="1.01")
    paid = plan_payment(card, BILL, None, now=NOW, location_id=None, decimals=2)
    assert paid is not None
    assert not isinstance(paid, Refusal)
    change, left = paid
    assert change.after.balance == 2000
    assert left == Bill((BillLine(0, "goods", "Hair"), BillLine(2000, "service", "Cut")), beside=500)
    assert plan_payment(card, left, None, now=NOW, location_id=None, decimals=2) is None


def test_where_and_until_when() -> None:
    place, other = new_id(), new_id()
    card = replace(CARD, location_ids=frozenset({place}), expires_at=NOW + timedelta(seconds=1))
    assert most_of(card, BILL, now=NOW, location_id=place) == 5000
    for unknown in (other, None):
        refused = plan_payment(card, BILL, 1, now=NOW, location_id=unknown, decimals=2)
        assert refused == GiftCardNotHere()
        assert most_of(card, BILL, now=NOW, location_id=unknown) == 0
    late = plan_payment(card, BILL, 1, now=NOW + timedelta(seconds=1), location_id=place, decimals=2)
    assert isinstance(late, GiftCardExpired)


LINES = st.builds(
    BillLine, st.integers(0, 50), st.sampled_from(["goods", "service"]), st.sampled_from(["", "Hair", "Cut"])
)
LIMITS = st.builds(
    limits_of,
    st.fixed_dictionaries(
        {
            "goods": st.sampled_from(["any", "none", ["Hair"], ["Hair", "Cut"]]),
            "services": st.sampled_from(["any", "none", ["Cut"]]),
        }
    ),
)


@given(
    lines=st.lists(LINES, max_size=5),
    beside=st.integers(0, 20),
    cards=st.lists(st.tuples(LIMITS, st.integers(1, 90), st.none() | st.integers(1, 90)), max_size=4),
)
def test_cards_one_after_another_never_pay_more_than_there_is(
    lines: list[BillLine], beside: int, cards: list[tuple[Limits, int, int | None]]
) -> None:
    bill = Bill(tuple(lines), beside)
    total, paid = bill.left, 0
    for limits, balance, wanted in cards:
        card = replace(CARD, id=new_id(), limits=limits, balance=balance)
        within = sum(one.left for one in bill.lines if limits.takes(one.kind, one.category))
        outcome = plan_payment(card, bill, wanted, now=NOW, location_id=None, decimals=2)
        if outcome is None or isinstance(outcome, Refusal):
            assert wanted is not None or payable_of(card, bill) == 0
            continue
        change, bill = outcome
        took = change.before.balance - change.after.balance
        assert took <= balance
        assert took <= (within if not limits.is_for_everything else total)
        paid += took
        assert min((one.left for one in bill.lines), default=0) >= 0
        assert bill.left == total - paid


def test_every_state_can_be_reached_and_cancelled_is_the_end() -> None:
    assert set(TRANSITIONS.values()) == set(STATES)
    assert not [state for state, _ in TRANSITIONS if state == "cancelled"]
