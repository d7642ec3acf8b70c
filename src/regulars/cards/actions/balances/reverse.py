"""Taking a transaction back (LED-4)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.balances.change import (
    CardFacts,
    Posted,
    answer_of,
    plan_or_refuse,
    post_all,
    posted_of,
    refuse_bad_text,
    retry_lost_races,
)
from regulars.cards.errors import CardNotActive
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refusal, Refused
from regulars.ledger.actions.goals import goals
from regulars.ledger.errors import (
    AlreadyReversed,
    NotReversible,
)
from regulars.ledger.queries.accounts import drawn_lots, lock_accounts
from regulars.ledger.rules.plan import AccountState, Plan, plan_change, plan_return
from regulars.ledger.rules.posting import Leg, Posting, Taken, size_of
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim, Present, StoredAnswer
from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.programs.rules import read_refunds

REVERSIBLE: Final = frozenset({"issue", "adjust", "import", "transfer", "earn", "redeem", "top_up", "pay_out"})
PART_OF_MORE: Final = frozenset({"round", "catalogue"})
"""The sources of what is only a part: points alone are not taken back while a round goes on, or a bought reward stands."""


@retry_lost_races
def reverse_transaction(
    actor: Actor,
    transaction: str,
    *,
    reason: str,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
    is_whole: bool = False,
) -> Posted:
    """Take back a transaction in full by one that names it; nothing is edited (LED-4).

    `is_whole` says that the caller takes back what it is a part of as well. What came in is taken from its own lot first; what went out returns to the lots it came from. Refuses: Forbidden,
    NotFound, AlreadyReversed, NotReversible, InsufficientBalance where it has been spent, BalanceTooLarge,
    CardNotActive where one of its cards is deleted.
    """
    actor.require("balances:write")
    refuse_bad_text(reason, None)
    original_id = decode("txn", transaction)
    if original_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        legs = _original_legs(cursor, actor, original_id)
        states = lock_accounts(cursor, [leg["account_id"] for leg in legs], now=now)
        _refuse_twice(cursor, claim, original_id, legs, is_whole=is_whole)
        taken = _stamps_taken(legs)
        if taken:
            # Rounds that these stamps had begun come back first, so that the stamps are there to be taken.
            goals().take_back(cursor, actor, taken, now=now)
            states = lock_accounts(cursor, [leg["account_id"] for leg in legs], now=now)
        plans = [_plan_reverse(cursor, states[leg["account_id"]], leg, now=now) for leg in legs]
        amount = size_of(leg["amount"] for leg in legs)
        posting = Posting(
            kind="reverse",
            source=actor.through,
            at=now,
            legs=tuple(
                Leg(plan=plan, card_id=leg["card_id"], balance_type_id=leg["balance_type_id"])
                for plan, leg in zip(plans, legs, strict=True)
            ),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            reason=reason.strip(),
            taken=Taken(original_id=original_id, ordinal=1, amount=amount, left_after=0),
        )
        facts = _facts_of_leg(legs[0], states)
        posted = posted_of(posting, facts)
        post_all(cursor, actor, [posting], answer=answer_of(claim, present, posted))
    return posted


def _stamps_taken(legs: list[dict[str, Any]]) -> dict[UUID, int]:
    """What a reversal takes back of stamps that count towards goals, by account."""
    return {
        leg["account_id"]: leg["amount"]
        for leg in legs
        if leg["has_goals"] and leg["kind"] in ("earn", "adjust") and leg["amount"] > 0
    }


def _original_legs(cursor: HotCursor, actor: Actor, original_id: UUID) -> list[dict[str, Any]]:
    found = cursor.rows(
        "SELECT e.id, e.account_id, e.card_id, e.balance_type_id, e.amount, e.kind, b.external_id, b.decimals,"
        " (SELECT l.id FROM lots l WHERE l.account_id = e.account_id AND l.entry_id = e.id LIMIT 1), g.refunds::text,"
        " b.kind = 'stamps' AND EXISTS (SELECT FROM cards k JOIN card_types t ON t.id = k.card_type_id AND t.has_goals"
        " WHERE k.id = e.card_id),"
        " (SELECT t.source FROM transactions t WHERE t.id = e.transaction_id)"
        " FROM entries e JOIN balance_types b ON b.id = e.balance_type_id JOIN programs g ON g.id = b.program_id"
        " WHERE e.transaction_id = %(id)s AND e.chain_id = %(chain)s ORDER BY e.id",
        {"id": original_id, "chain": actor.chain_id},
    )
    if not found:
        raise Refused(NotFound())
    names = (
        "entry_id",
        "account_id",
        "card_id",
        "balance_type_id",
        "amount",
        "kind",
        "balance_type",
        "decimals",
        "lot",
        "refunds",
        "has_goals",
        "source",
    )
    return [dict(zip(names, values, strict=True)) for values in found]


def _refuse_twice(
    cursor: HotCursor, claim: Claim | None, original_id: UUID, legs: list[dict[str, Any]], *, is_whole: bool
) -> None:
    found = cursor.row(
        "SELECT EXISTS (SELECT FROM reversals WHERE original_id = %(id)s), i.body_hash, i.status, i.answer,"
        " (SELECT k.status FROM cards k WHERE k.id = ANY(%(cards)s::uuid[])"
        " AND k.status IN ('deleted', 'undone') LIMIT 1)"
        " FROM (SELECT 1) AS one LEFT JOIN idempotency_keys i"
        " ON i.holder_id = %(holder)s AND i.route = %(route)s AND i.key = %(key)s",
        {
            "id": original_id,
            "cards": [leg["card_id"] for leg in legs],
            "holder": claim.holder_id if claim else None,
            "route": claim.route if claim else None,
            "key": claim.key if claim else None,
        },
    )
    assert found is not None
    if claim and found[1] is not None:
        raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(found[1]), found[2], found[3]))
    refusal: Refusal | None = None
    if found[0]:
        refusal = AlreadyReversed()
    elif legs[0]["kind"] not in REVERSIBLE or (legs[0]["source"] in PART_OF_MORE and not is_whole):
        refusal = NotReversible(kind=legs[0]["kind"])
    elif found[4]:
        refusal = CardNotActive(status_of_card=found[4])
    if refusal:
        raise Refused(refusal)


def _plan_reverse(cursor: HotCursor, account: AccountState, leg: dict[str, Any], *, now: datetime) -> Plan:
    if leg["amount"] > 0:
        return plan_or_refuse(plan_change(account, -leg["amount"], now=now, first_lot=leg["lot"]), leg["decimals"])
    drawn = drawn_lots(cursor, leg["entry_id"])
    life = read_refunds(from_json(leg["refunds"])).returned_lot_life
    return plan_or_refuse(plan_return(account, -leg["amount"], drawn=drawn, now=now, life=life), leg["decimals"])


def _facts_of_leg(leg: dict[str, Any], states: dict[UUID, AccountState]) -> CardFacts:
    return CardFacts(
        card_id=leg["card_id"],
        status="active",
        program_name="",
        program_state="active",
        balance_type_id=leg["balance_type_id"],
        balance_type=leg["balance_type"],
        decimals=leg["decimals"],
        account=states[leg["account_id"]],
        adjust_limit=None,
    )
