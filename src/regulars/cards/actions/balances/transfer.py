"""Moving a balance from one card to another (CRD-9)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from regulars.cards.actions.balances.change import (
    CardFacts,
    Posted,
    answer_of,
    lock_and_read,
    plan_or_refuse,
    post_all,
    posted_of,
    read_amount,
    refuse_bad_text,
    refuse_unfit,
    retry_lost_races,
)
from regulars.cards.errors import DifferentBalance, SameCard
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.errors import (
    UnknownBalanceType,
)
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import AccountState, Plan, plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present
from regulars.platform.hot import HotCursor, hot_unit_of_work


@dataclass(frozen=True, slots=True)
class TransferCommand:
    """Moving part of a balance to another card of the chain."""

    card: str
    to: str
    balance_type: str
    amount: str | int | Decimal
    reason: str
    location_id: UUID | None = None


@retry_lost_races
def transfer_balance(
    actor: Actor,
    command: TransferCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Move an amount between two cards, both sides in one transaction; what expires keeps its expiry (CRD-9).

    Refuses what adjust_balance refuses, and SameCard, DifferentBalance.
    """
    actor.require("balances:write")
    refuse_bad_text(command.reason, None)
    source_id, target_id = decode("crd", command.card), decode("crd", command.to)
    if source_id is None or target_id is None:
        raise Refused(NotFound())
    if source_id == target_id:
        raise Refused(SameCard())
    with hot_unit_of_work(actor.chain_id) as cursor:
        source, target = _lock_pair(cursor, actor, source_id, target_id, command.balance_type, claim, now=now)
        amount = read_amount(command.amount, source.decimals)
        if amount < 0:
            detail = "A positive amount: it leaves the first card."
            raise Refused(Invalid(errors=(FieldProblem("/amount", "out_of_range", detail),)))
        refuse_unfit(source, -amount)
        refuse_unfit(target, amount)
        minus = plan_or_refuse(plan_change(source.account, -amount, now=now), source.decimals)
        expires_at = _shared_expiry(source.account, minus)
        plus = plan_or_refuse(plan_change(target.account, amount, now=now, expires_at=expires_at), target.decimals)
        posting = Posting(
            kind="transfer",
            source=actor.through,
            at=now,
            legs=(
                Leg(plan=minus, card_id=source_id, balance_type_id=source.balance_type_id),
                Leg(plan=plus, card_id=target_id, balance_type_id=target.balance_type_id),
            ),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=command.location_id,
            reason=command.reason.strip(),
        )
        posted = posted_of(posting, source)
        post_all(cursor, actor, [posting], answer=answer_of(claim, present, posted))
    return posted


def _lock_pair(
    cursor: HotCursor,
    actor: Actor,
    source_id: UUID,
    target_id: UUID,
    balance_type: str,
    claim: Claim | None,
    *,
    now: datetime,
) -> tuple[CardFacts, CardFacts]:
    found = cursor.rows(
        "SELECT a.id FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id"
        " WHERE a.card_id = ANY(%(cards)s::uuid[]) AND (b.external_id = %(name)s OR b.id = %(id)s)",
        {
            "cards": [source_id, target_id],
            "name": balance_type.removeprefix("ext:"),
            "id": decode("bal", balance_type),
        },
    )
    # Both at once in the order of their ids: two opposite transfers wait for each other, never for ever.
    lock_accounts(cursor, [values[0] for values in found], now=now)
    source = lock_and_read(cursor, actor, source_id, balance_type, claim, now=now)
    try:
        target = lock_and_read(cursor, actor, target_id, balance_type, None, now=now)
    except Refused as refused:
        if isinstance(refused.refusal, UnknownBalanceType):
            raise Refused(DifferentBalance(balance_type=balance_type)) from refused
        raise
    return source, target


def _shared_expiry(account: AccountState, plan: Plan) -> datetime | None:
    # One lot arrives; it takes the soonest expiry among those it came from, so that moving never lengthens a life.
    drawn = {draw.lot_id for draw in plan.draws}
    ends = [lot.expires_at for lot in account.lots if lot.id in drawn and lot.expires_at is not None]
    return min(ends, default=None)
