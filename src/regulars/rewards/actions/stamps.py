"""Stamping a card: a number of stamps, or as many as a purchase is worth (RWD-1, TIL-3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from regulars.cards.actions.balances.change import (
    Posted,
    lock_and_read,
    plan_or_refuse,
    post_all,
    posted_of,
    refuse_unfit,
    retry_lost_races,
)
from regulars.cards.errors import CardNotActive, NotValidHere
from regulars.cards.queries.types import find_valid_places
from regulars.chains.queries import get_chain
from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.rules.plan import plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.database import row, unit_of_work
from regulars.platform.hot import open_cursor
from regulars.programs.errors import ProgramNotActive
from regulars.rewards.actions.giving import GivenView
from regulars.rewards.actions.meeting import full, meet_goals
from regulars.rewards.errors import NoStamps, StampedRecently
from regulars.rewards.queries.milestones import PAUSE_SECONDS
from regulars.rewards.queries.standings import FIRST_STAMPS, read_stamp_accounts
from regulars.rewards.rules.milestones import room_for

COUNT_MAX: Final = 100
"""As many stamps one scan gives: more is a slip of the finger."""
StampSource = Literal["staff", "kiosk", "autopilot", "receipt", "insert", "pos", "api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StampCommand:
    """Stamps for a card: so many, or what a purchase of so much money is worth. `again` is another visit, said on purpose."""

    card: str
    count: int | None = None
    amount: str | int | Decimal | None = None
    location_id: UUID | None = None
    source: StampSource | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stamped:
    """What became of it: the transaction, how many stamps had no place in the last round, and the rewards they brought."""

    posted: Posted
    given: int
    refused: int
    rewards: tuple[GivenView, ...]


RULE: Final = f"""
SELECT {FIRST_STAMPS}, s.money_per_stamp, coalesce(s.pause_seconds, {PAUSE_SECONDS}), t.id, t.location_ids
FROM cards k JOIN card_types t ON t.id = k.card_type_id LEFT JOIN stamp_rules s ON s.card_type_id = t.id
WHERE k.chain_id = %s AND k.id = %s AND k.status <> 'undone'
"""
STAMPED: Final = """
INSERT INTO card_rounds (account_id, chain_id, card_id, round, settled, stamped_at) VALUES (%s, %s, %s, 0, 0, %s)
ON CONFLICT (account_id) DO UPDATE SET stamped_at = excluded.stamped_at
"""


@retry_lost_races
def stamp_card(actor: Actor, command: StampCommand, *, now: datetime) -> Stamped:
    """Give a card stamps, with what they lead to. Where the last round has no place for all of them, as many as fit are given.

    Refuses: Forbidden, NotFound, Invalid, NoStamps, NotValidHere, StampedRecently, CardFull, CardNotActive, ProgramNotActive, AboveLimit,
    BalanceTooLarge.
    """
    actor.require("balances:write")
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with unit_of_work(actor.chain_id):
        found = row(RULE, [actor.chain_id, card_id])
        if found is None:
            raise Refused(NotFound())
        type_id, money_per_stamp, pause, card_type_id, places = found
        if type_id is None:
            raise Refused(NoStamps())
        if command.location_id is not None and places is not None and command.location_id not in places:
            valid = find_valid_places(actor.chain_id, card_type_id) or {}
            raise Refused(NotValidHere(places=", ".join(sorted(valid.values()))))
        count = _count(actor, command, money_per_stamp)
        cursor = open_cursor()
        facts = lock_and_read(cursor, actor, card_id, encode("bal", type_id), None, now=now, lots_max=0)
        refuse_unfit(facts, count)
        if facts.status != "active":
            raise Refused(CardNotActive(status_of_card=facts.status))
        if facts.program_state != "active":
            raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))
        _refuse_recent(facts.account.id, pause, again=command.again, now=now)
        given = count
        if facts.has_goals:
            account = read_stamp_accounts(cursor, [facts.account.id]).get(facts.account.id)
            room = room_for(account.milestones, account.standing) if account else None
            given = count if room is None else min(room, count)
            if account and not given:
                raise Refused(full(account))
        starts_at, ends_at = facts.lot_times(now)
        plan = plan_or_refuse(
            plan_change(facts.account, given, now=now, activates_at=starts_at, expires_at=ends_at), facts.decimals
        )
        posting = Posting(
            kind="earn",
            source=command.source or actor.through,
            at=now,
            legs=(Leg(plan=plan, card_id=card_id, balance_type_id=facts.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=command.location_id,
        )
        met = meet_goals(cursor, actor, [posting], now=now)
        post_all(cursor, actor, [posting, *met.postings], answer=None)
        row(STAMPED + " RETURNING 1", [facts.account.id, actor.chain_id, card_id, now])
        return Stamped(posted_of(posting, facts), given, count - given, tuple(met.rewards))


def _count(actor: Actor, command: StampCommand, money_per_stamp: int | None) -> int:
    """How many stamps are asked for. Refuses: Invalid."""
    if (command.count is None) == (command.amount is None):
        raise _invalid("/count", "required", "Say how many stamps, or what the purchase cost: one of the two.")
    if command.count is not None:
        if not 1 <= command.count <= COUNT_MAX:
            raise _invalid("/count", "out_of_range", f"1 to {COUNT_MAX} stamps at a time.")
        return command.count
    if money_per_stamp is None:
        raise _invalid("/amount", "no_money_per_stamp", "The card type does not say what a stamp is given for.")
    assert command.amount is not None
    try:
        money = parse_amount(command.amount, get_chain(actor.chain_id).currency_decimals)
    except AmountProblem as problem:
        raise _invalid("/amount", problem.code, "An amount of money like 12.50.") from problem
    count = money // money_per_stamp
    if count < 1:
        raise _invalid("/amount", "out_of_range", "This is not enough for a stamp.")
    if count > COUNT_MAX:
        raise _invalid("/amount", "out_of_range", f"This is worth {count} stamps; at most {COUNT_MAX} at a time.")
    return count


def _invalid(pointer: str, code: str, detail: str) -> Refused:
    return Refused(Invalid(errors=(FieldProblem(pointer, code, detail),)))


LAST_STANDING: Final = """
SELECT max(e.at) FROM entries e JOIN transactions t ON t.id = e.transaction_id
WHERE e.account_id = %(account)s AND e.kind = 'earn' AND e.at > %(since)s AND t.order_id IS NULL
    AND t.promotion_id IS NULL
    AND NOT EXISTS (SELECT FROM entries b JOIN transactions r ON r.id = b.transaction_id
        WHERE b.account_id = e.account_id AND b.at >= e.at AND r.reverses = t.id)
"""


def _refuse_recent(account_id: UUID, pause: int, *, again: bool, now: datetime) -> None:
    """Refuse the same visit twice. What was taken back since was none. Refuses: StampedRecently."""
    found = row("SELECT stamped_at FROM card_rounds WHERE account_id = %s", [account_id])
    at = found[0] if found else None
    since = now - timedelta(seconds=pause)
    if at is None or again or at <= since:
        return
    (standing,) = row(LAST_STANDING, {"account": account_id, "since": since}) or (None,)
    if standing is not None:
        raise Refused(StampedRecently(at=standing, seconds=pause))
