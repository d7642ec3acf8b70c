"""Invitations in orders: who invited the buyer, and what that brings the inviter or costs them again (RWD-7).

The bonus follows the order, as statistics do: no order waits for another customer's card. Each is decided once, and what
comes back of the order takes its part of the bonus back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from regulars.customers.actions.referrals import claim_referral, find_inviter
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.ledger.rules.take_back import plan_take_back
from regulars.orders.actions.refund_rows import allow_debt
from regulars.orders.actions.statistics import orders_named
from regulars.orders.events import ORDER_KINDS
from regulars.orders.rules.referral import bonus_kept
from regulars.platform.actor import system_actor
from regulars.platform.database import execute, from_json, row, rows
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.platform.hot import HotCursor, open_cursor
from regulars.programs.rules import read_refunds
from regulars.promotions.actions.triggers import give_for
from regulars.promotions.queries.running import RunningPromotion, running_of
from regulars.promotions.rules.outcome import Reason
from regulars.rewards.actions.meeting import take_goals_back

REFERRAL_KINDS: Final = ORDER_KINDS
PAID: Final = ("paid", "completed", "partly_refunded")

# An order of before the invitation, or of an imported history, is none that it brought; what came back whole was none.
BROUGHT: Final = """
SELECT o.id, o.customer_id, r.inviter_id, o.state, o.total, o.refunded,
    NOT EXISTS (SELECT FROM orders e WHERE e.customer_id = o.customer_id AND e.id <> o.id
        AND e.state IN ('paid', 'completed', 'partly_refunded') AND (e.at, e.id) < (o.at, o.id))
FROM orders o JOIN referrals r ON r.customer_id = o.customer_id AND r.chain_id = o.chain_id
WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[]) AND o.import_id IS NULL AND o.state <> 'open'
ORDER BY o.at, o.id
"""
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('regulars.referral ' || %(promotion)s::text || %(invited)s::text, 0))"
HAD: Final = """
SELECT 1 FROM referral_bonuses
WHERE promotion_id = %(promotion)s AND invited_id = %(invited)s AND occasion = %(occasion)s
"""
WRITE: Final = """
INSERT INTO referral_bonuses (promotion_id, invited_id, occasion, chain_id, order_id, inviter_id, card_id, balance_type_id,
    transaction_id, amount, taken_back, not_recovered, reason, at)
VALUES (%(promotion)s, %(invited)s, %(occasion)s, %(chain)s, %(order)s, %(inviter)s, %(card)s, %(balance_type)s,
    %(transaction)s, %(amount)s, 0, 0, %(reason)s, %(now)s)
"""
GIVEN: Final = """
SELECT b.promotion_id, b.invited_id, b.occasion, b.card_id, b.balance_type_id, b.transaction_id, b.amount, b.taken_back,
    b.not_recovered, o.state, o.total, o.refunded, g.refunds::text, a.id,
    (SELECT l.id FROM entries e JOIN lots l ON l.account_id = e.account_id AND l.entry_id = e.id
        WHERE e.transaction_id = b.transaction_id AND l.remaining > 0 LIMIT 1),
    coalesce((SELECT max(v.ordinal) FROM reversals v WHERE v.original_id = b.transaction_id), 0),
    coalesce((SELECT min(v.left_after) FROM reversals v WHERE v.original_id = b.transaction_id), b.amount),
    coalesce((SELECT sum(d.amount) FROM entries e JOIN lots l ON l.account_id = e.account_id AND l.entry_id = e.id
        JOIN lot_draws d ON d.lot_id = l.id JOIN entries x ON x.id = d.entry_id AND x.kind = 'expire'
        WHERE e.transaction_id = b.transaction_id), 0)::bigint,
    k.status IN ('deleted', 'undone')
FROM referral_bonuses b JOIN orders o ON o.id = b.order_id JOIN balance_types t ON t.id = b.balance_type_id
JOIN programs g ON g.id = t.program_id
JOIN cards k ON k.id = b.card_id
JOIN accounts a ON a.card_id = b.card_id AND a.balance_type_id = b.balance_type_id
WHERE b.chain_id = %(chain)s AND b.order_id = ANY(%(orders)s::uuid[]) AND b.transaction_id IS NOT NULL
    AND b.taken_back + b.not_recovered < b.amount
    AND (o.refunded > 0 OR o.state IN ('cancelled', 'refunded'))
ORDER BY b.at, b.promotion_id FOR NO KEY UPDATE OF b
"""
TAKEN: Final = """
UPDATE referral_bonuses SET taken_back = taken_back + %(taken)s, not_recovered = not_recovered + %(lost)s
WHERE promotion_id = %(promotion)s AND invited_id = %(invited)s AND occasion = %(occasion)s
"""


def invite_buyer(
    cursor: HotCursor, chain_id: UUID, named: str | None, customer_id: UUID | None, *, now: datetime
) -> UUID | None:
    """Note who invited the buyer of an order, where it says so. Refuses: Invalid, ReferralRefused."""
    if named is None:
        return None
    if find_inviter(cursor.rows, chain_id, named) is None:
        detail = "There is no such customer, nor such a code."
        raise Refused(Invalid(errors=(FieldProblem("/referred_by", "unknown_customer", detail),)))
    if customer_id is None:
        detail = "Say who buys: only a customer can have been invited."
        raise Refused(Invalid(errors=(FieldProblem("/referred_by", "customer_required", detail),)))
    return claim_referral(cursor.rows, chain_id, customer_id, named, now=now)


@dataclass(frozen=True, slots=True)
class _Brought:
    """An order of somebody who was invited."""

    order_id: UUID
    invited_id: UUID
    inviter_id: UUID
    state: str
    total: int
    refunded: int
    is_first: bool


def reward_inviters(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Give inviters what the orders of these events bring, and take back what they do not any more."""
    orders = sorted({order for event in events if event.kind in ORDER_KINDS for order in orders_named(event)})
    if not orders:
        return
    asked = {"chain": chain_id, "orders": orders}
    now = events[-1].at
    promotions = [
        one
        for one in running_of(None, chain_id).triggers.values()
        if one.trigger and one.trigger.event == "invited_order"
    ]
    if promotions:
        for values in rows(BROUGHT, asked):
            brought = _Brought(*values)
            for promotion in promotions:
                _reward(chain_id, promotion, brought, now=now)
    for values in rows(GIVEN, asked):
        _take_back(chain_id, values, now=now)


def _reward(chain_id: UUID, promotion: RunningPromotion, one: _Brought, *, now: datetime) -> None:
    """Decide once what an order brings the inviter, and keep why where it is nothing."""
    trigger = promotion.trigger
    assert trigger is not None
    if one.state not in PAID or not (trigger.is_every or one.is_first):
        return
    asked: dict[str, Any] = {
        "promotion": promotion.id,
        "invited": one.invited_id,
        "occasion": str(one.order_id) if trigger.is_every else "first",
    }
    rows(LOCK, asked)
    if row(HAD, asked) is not None:
        return
    given = give_for(chain_id, promotion, one.inviter_id, now=now)
    outcome: dict[str, Any] = (
        {
            "card": None,
            "transaction": None,
            "amount": 0,
            "reason": Jsonb({"code": given.code, "values": dict(given.values)}),
        }
        if isinstance(given, Reason)
        else {"card": given.card_id, "transaction": given.transaction_id, "amount": given.amount, "reason": None}
    )
    kept = {"chain": chain_id, "order": one.order_id, "inviter": one.inviter_id, "now": now}
    execute(WRITE, asked | kept | outcome | {"balance_type": UUID(trigger.balance_type)})


def _take_back(chain_id: UUID, values: Sequence[Any], *, now: datetime) -> None:
    """Take back what an order that came back does not deserve any more; what is spent is owed, or left, as the program says."""
    (promotion_id, invited_id, occasion, card_id, balance_type_id, transaction_id, amount, taken_back, not_recovered,
     state, total, refunded, refunds, account_id, lot_id, ordinal, remaining, expired, is_closed) = values  # fmt: skip
    rules = read_refunds(from_json(refunds))
    kept = bonus_kept(amount, state=state, total=total, refunded=refunded, rules=rules)
    wanted = amount - kept - taken_back - not_recovered
    if wanted <= 0:
        return
    cursor = open_cursor()
    account = lock_accounts(cursor, [account_id], now=now)[account_id]
    if not is_closed:
        # A bonus of stamps may have begun a round, which comes back first.
        take_goals_back(cursor, system_actor(chain_id, through="scenario"), {account_id: wanted}, now=now)
        account = lock_accounts(cursor, [account_id], now=now)[account_id]
    # What expired unused is gone already, and what staff took back by hand is not taken back again.
    left = 0 if is_closed else min(wanted, remaining, max(0, amount - taken_back - not_recovered - expired))
    may_owe = rules.not_recovered == "debt"
    taken = plan_take_back(account, left, first_lot=lot_id, now=now, may_owe=may_owe) if left else None
    possible = taken.taken if taken else 0
    if taken and taken.plan is not None:
        if taken.owed:
            allow_debt(cursor, [account_id])
        actor = system_actor(chain_id, through="scenario")
        leg = Leg(plan=taken.plan, card_id=card_id, balance_type_id=balance_type_id)
        posting = Posting(
            kind="reverse",
            source=actor.through,
            at=now,
            legs=(leg,),
            promotion_id=promotion_id,
            taken=Taken(
                original_id=transaction_id, ordinal=ordinal + 1, amount=possible, left_after=remaining - possible
            ),
        )
        post(cursor, actor, [posting])
    execute(
        TAKEN,
        {
            "promotion": promotion_id,
            "invited": invited_id,
            "occasion": occasion,
            "taken": possible,
            "lost": wanted - possible,
        },
    )
