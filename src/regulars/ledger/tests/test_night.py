"""The night's work against the pure plans: what expired is posted off, what is held stays, a killed night goes on."""

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.cards.actions.holds import HoldCommand, capture_hold, make_hold, release_hold
from regulars.cards.queries.cards import CardView, find_card
from regulars.kernel.ids import encode
from regulars.ledger.actions.night import Share, announce_expiring, end_timed_out_holds, expire_due, expire_lots
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import plan_expire
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.hot import open_cursor
from regulars.programs.rules import BalanceTypeDraft
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.django_db

START = datetime(2027, 1, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TEN_DAYS = BalanceTypeDraft(
    name="Points", kind="points", external_id="points", expiry={"kind": "days", "value": 10}, notice_days=3
)
INACTIVE = BalanceTypeDraft(
    name="Points", kind="points", external_id="points", expiry={"kind": "inactive_months", "value": 12}, notice_days=30
)


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter(balance_types=(TEN_DAYS,))


def issue(counter: Counter, count: int = 1, *, now: datetime = START) -> list[CardView]:
    return [counter.issue(f"+49 151 111111{place:02}", now=now) for place in range(count)]


def look(counter: Counter, card: CardView, now: datetime) -> tuple[int, int, int]:
    """Total, available and held at a moment."""
    with unit_of_work(counter.chain_id):
        found = find_card(counter.chain_id, card.id, now=now)
    assert found
    return found.balances[0].total, found.balances[0].available, found.balances[0].held


def hold(counter: Counter, card: CardView, amount: int, *, seconds: int, now: datetime) -> str:
    command = HoldCommand(card=encode("crd", card.id), balance_type="points", amount=amount, seconds=seconds)
    return encode("hld", make_hold(counter.actor, command, now=now).id)


def events(counter: Counter, kind: str) -> list[tuple[Any, ...]]:
    return counter.read(
        "SELECT payload ->> 'amount', payload ->> 'expires_at', card_ids[1] FROM events WHERE kind = %s ORDER BY id",
        [kind],
    )


def test_the_night_does_what_the_plan_says_whatever_the_size_of_its_chunks(counter: Counter) -> None:
    cards = issue(counter, 7)
    for day in range(6):
        for place, card in enumerate(cards):
            if (place + day) % 3:
                counter.adjust(card, str(3 + day), now=START + day * DAY)
    counter.adjust(cards[0], "-4", now=START + 6 * DAY)
    night = START + 13 * DAY
    with unit_of_work(counter.chain_id):
        accounts = [found[0] for found in rows("SELECT id FROM accounts ORDER BY id")]
        states = lock_accounts(open_cursor(), accounts, now=night)
    plans = {account: plan_expire(state, now=night) for account, state in states.items()}
    due = {account: plan for account, plan in plans.items() if plan}
    done = expire_lots(counter.chain_id, night, limit=2)
    assert done.accounts == len(due)
    assert done.lots == sum(len(plan.draws) for plan in due.values()) > done.accounts
    balances = dict(counter.read("SELECT id, balance FROM accounts"))
    assert all(balances[account] == plan.balance_after for account, plan in due.items())
    drawn = counter.read(
        "SELECT e.account_id, d.lot_id, d.amount FROM lot_draws d JOIN entries e ON e.id = d.entry_id"
        " WHERE e.kind = 'expire'"
    )
    assert set(drawn) == {(account, draw.lot_id, draw.amount) for account, plan in due.items() for draw in plan.draws}
    assert expire_lots(counter.chain_id, night).lots == 0


def test_two_who_work_at_the_same_time_share_the_accounts(counter: Counter) -> None:
    for card in issue(counter, 9):
        counter.adjust(card, "5", now=START)
    night = START + 12 * DAY
    first = expire_lots(counter.chain_id, night, share=Share(0, 2), limit=3)
    second = expire_lots(counter.chain_id, night, share=Share(1, 2), limit=3)
    assert first.accounts + second.accounts == 9
    assert counter.read("SELECT count(*) FROM accounts WHERE balance <> 0") == [(0,)]


def test_a_night_that_is_killed_goes_on_where_it_stood(counter: Counter) -> None:
    for card in issue(counter, 6):
        counter.adjust(card, "5", now=START)
    night = START + 12 * DAY

    def kill() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expire_lots(counter.chain_id, night, limit=2, after_chunk=kill)
    assert counter.read("SELECT count(*) FROM accounts WHERE balance = 0") == [(2,)]
    assert expire_due(counter.chain_id, night).accounts == 4
    assert expire_due(counter.chain_id, night).is_nothing
    assert counter.read("SELECT count(*) FROM audit_entries WHERE verb = 'balances.expired'") == [(1,)]


def test_what_expired_cannot_be_spent_before_anybody_has_booked_it(counter: Counter) -> None:
    (card,) = issue(counter)
    counter.adjust(card, "5", now=START)
    evening = datetime(2027, 1, 20, 22, 59, tzinfo=UTC)
    assert look(counter, card, evening) == (5, 5, 0)
    assert look(counter, card, evening + timedelta(minutes=1)) == (5, 0, 0)
    assert expire_due(counter.chain_id, evening).is_nothing
    assert expire_due(counter.chain_id, evening + timedelta(minutes=1)).lots == 1
    assert look(counter, card, evening + timedelta(minutes=1)) == (0, 0, 0)


def test_what_a_hold_has_set_aside_expires_when_the_hold_ends(counter: Counter) -> None:
    (card,) = issue(counter)
    counter.adjust(card, "10", now=START)
    night = START + 12 * DAY
    captured = hold(counter, card, 3, seconds=30 * 24 * 3600, now=START)
    released = hold(counter, card, 4, seconds=30 * 24 * 3600, now=START)
    assert expire_due(counter.chain_id, night).lots == 1
    assert look(counter, card, night) == (7, 0, 7)
    assert capture_hold(counter.actor, captured, now=night).captured == 3
    assert look(counter, card, night) == (4, 0, 4)
    release_hold(counter.actor, released, now=night)
    assert look(counter, card, night) == (4, 0, 0)
    assert expire_due(counter.chain_id, night).lots == 1
    assert look(counter, card, night) == (0, 0, 0)


def test_holds_whose_time_is_over_are_booked_and_told(counter: Counter) -> None:
    for card in issue(counter, 3):
        counter.adjust(card, "10", now=START)
        hold(counter, card, 4, seconds=60, now=START)
        assert look(counter, card, START + timedelta(seconds=59)) == (10, 6, 4)
        assert look(counter, card, START + timedelta(seconds=60)) == (10, 10, 0)
    assert end_timed_out_holds(counter.chain_id, START) == 0
    assert end_timed_out_holds(counter.chain_id, START + timedelta(seconds=60)) == 3
    assert counter.read("SELECT DISTINCT held FROM accounts") == [(0,)]
    assert counter.read("SELECT DISTINCT held FROM lots") == [(0,)]
    assert len(events(counter, "hold.expired")) == 3


def test_a_notice_is_told_once_and_not_for_what_was_spent(counter: Counter) -> None:
    anna, boris = issue(counter, 2)
    for card in (anna, boris):
        counter.adjust(card, "10", now=START)
    counter.adjust(anna, "2", now=START + DAY)
    counter.adjust(boris, "-10", now=START + DAY)
    assert announce_expiring(counter.chain_id, START + 7 * DAY) == 0
    assert announce_expiring(counter.chain_id, START + 8 * DAY, limit=1) == 1
    assert announce_expiring(counter.chain_id, START + 8 * DAY) == 0
    assert announce_expiring(counter.chain_id, START + 9 * DAY) == 1
    told = events(counter, "points.expiring")
    assert told == [("10", "2027-01-20T23:00:00Z", anna.id), ("2", "2027-01-21T23:00:00Z", anna.id)]


def test_a_whole_balance_lapses_without_orders_and_an_order_keeps_it(db: None) -> None:
    counter = open_counter(balance_types=(INACTIVE,))
    quiet, loyal, late = issue(counter, 3)
    for card in (quiet, loyal):
        counter.adjust(card, "10", now=START)
    with unit_of_work(counter.chain_id):
        execute("UPDATE accounts SET last_order_at = %s WHERE card_id = %s", [START + 40 * DAY, loyal.id])
    counter.adjust(late, "7", now=START + 300 * DAY)
    year = datetime(2028, 1, 10, 23, tzinfo=UTC)
    with unit_of_work(counter.chain_id):
        found = find_card(counter.chain_id, quiet.id, now=START)
    assert found
    assert (found.balances[0].expires_at, found.balances[0].expires_amount) == (year, 10)
    assert announce_expiring(counter.chain_id, year - 31 * DAY) == 0
    assert announce_expiring(counter.chain_id, year - 30 * DAY) == 1
    assert announce_expiring(counter.chain_id, year - 29 * DAY) == 0
    assert events(counter, "points.expiring") == [("10", "2028-01-10T23:00:00Z", quiet.id)]
    assert expire_due(counter.chain_id, year - timedelta(seconds=1)).is_nothing
    assert expire_due(counter.chain_id, year).accounts == 1
    assert expire_due(counter.chain_id, year).is_nothing
    totals = Tally({card.number: look(counter, card, year)[0] for card in (quiet, loyal, late)})
    assert totals == {quiet.number: 0, loyal.number: 10, late.number: 7}
    assert counter.read(
        "SELECT source, amount FROM entries JOIN transactions t ON t.id = transaction_id WHERE entries.kind = 'expire'"
    ) == [("inactivity", -10)]
