"""Changing balances by hand: adjust, move, take back (CRD-6, CRD-9, LED-2 to LED-4). A hot path."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from psycopg import errors

from regulars.cards.errors import AboveLimit, CardNotActive, CardNotAssigned, DifferentBalance, SameCard
from regulars.kernel.amount import AMOUNT_MAX, AmountProblem, format_amount, parse_amount
from regulars.kernel.fields import check_external_id, check_text
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.errors import (
    AlreadyReversed,
    BalanceTooLarge,
    DuplicateExternalId,
    InsufficientBalance,
    NotReversible,
    UnknownBalanceType,
    ZeroAmount,
)
from regulars.ledger.queries.accounts import account_state, drawn_lots, lock_accounts
from regulars.ledger.rules.plan import AccountState, Plan, Short, TooLarge, plan_change, plan_return
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim, Present, StoredAnswer
from regulars.platform.database import RETRIES_MAX
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.platform.random_wait import wait_before_retry
from regulars.programs.errors import ProgramNotActive

P = ParamSpec("P")
T = TypeVar("T")

REASON_LENGTH_MAX: Final = 500
LOTS_AT_ONCE: Final = 8
"""How many lots a minus reads at first: nearly always enough, whatever a card has gathered over the years."""
REVERSIBLE: Final = frozenset({"issue", "adjust", "import", "transfer", "earn", "redeem"})


@dataclass(frozen=True, slots=True)
class AdjustCommand:
    """A change by hand: a signed amount with a reason."""

    card: str
    balance_type: str
    amount: str | int | Decimal
    reason: str
    location_id: UUID | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What was written, as the answer tells it; amounts in smallest units."""

    transaction_id: UUID
    kind: str
    source: str
    at: datetime
    card_id: UUID
    balance_type: str
    decimals: int
    amount: int
    balance_after: int
    reason: str
    staff_id: UUID | None = None
    location_id: UUID | None = None
    external_id: str | None = None
    reverses: UUID | None = None
    activates_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a change by hand depends on, read in one statement under the account's lock."""

    card_id: UUID
    status: str
    program_name: str
    program_state: str
    balance_type_id: UUID
    balance_type: str
    decimals: int
    account: AccountState
    adjust_limit: str | None
    is_blank: bool = False


def retry_lost_races(action: Callable[P, T]) -> Callable[P, T]:
    """Run a hot action again where it lost a race, a deadlock or a serialization; three times at most."""

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(RETRIES_MAX):
            try:
                return action(*args, **kwargs)
            except LostRace:
                if attempt == RETRIES_MAX - 1:
                    raise
            except Exception as problem:
                cause = problem.__cause__ or problem
                last = attempt == RETRIES_MAX - 1
                if last or not isinstance(cause, errors.DeadlockDetected | errors.SerializationFailure):
                    raise
            wait_before_retry(attempt)
        raise AssertionError("unreachable")

    return run


@retry_lost_races
def adjust_balance(
    actor: Actor,
    command: AdjustCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Change a balance by hand and say why, in two round trips.

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, UnknownBalanceType, InsufficientBalance, BalanceTooLarge,
    AboveLimit, CardNotActive, CardNotAssigned, ProgramNotActive, DuplicateExternalId. Raises Answered where the key was used before.
    """
    actor.require("balances:write")
    _refuse_bad_text(command.reason, command.external_id)
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        lots_max = LOTS_AT_ONCE if str(command.amount).strip().startswith("-") else 0
        facts = _lock_and_read(cursor, actor, card_id, command.balance_type, claim, now=now, lots_max=lots_max)
        amount = _read_amount(command.amount, facts.decimals)
        _refuse_unfit(facts, amount)
        plan = _must(plan_with_enough_lots(cursor, facts.account, amount, now=now), facts.decimals)
        posting = Posting(
            kind="adjust",
            source=actor.through,
            at=now,
            legs=(Leg(plan=plan, card_id=card_id, balance_type_id=facts.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=command.location_id,
            external_id=command.external_id,
            reason=command.reason.strip(),
        )
        posted = _posted(posting, facts)
        _post(cursor, actor, [posting], answer=_answer(claim, present, posted), and_commit=True)
    return posted


READ: Final = """
SELECT * FROM regulars_read_for_change(%(chain)s, %(card)s, %(balance_type)s, %(balance_type_id)s, %(staff)s,
%(holder)s, %(route)s, %(key)s, %(now)s, %(lots_max)s)
"""


def plan_with_enough_lots(
    cursor: HotCursor, account: AccountState, amount: int, *, now: datetime
) -> Plan | Short | TooLarge:
    """Plan a change with the lots that were read; where they do not suffice, read them all before refusing."""
    plan = plan_change(account, amount, now=now)
    if isinstance(plan, Short) and not account.has_all_lots:
        return plan_change(lock_accounts(cursor, [account.id])[account.id], amount, now=now)
    return plan


def _lock_and_read(
    cursor: HotCursor,
    actor: Actor,
    card_id: UUID,
    balance_type: str,
    claim: Claim | None,
    *,
    now: datetime,
    lots_max: int | None = None,
) -> CardFacts:
    answered = cursor.call(
        READ,
        {
            "chain": actor.chain_id,
            "card": card_id,
            "balance_type": balance_type.removeprefix("ext:"),
            "balance_type_id": decode("bal", balance_type),
            "staff": actor.staff_id,
            "holder": claim.holder_id if claim else None,
            "route": claim.route if claim else None,
            "key": claim.key if claim else None,
            "now": now,
            "lots_max": lots_max,
        },
    )
    found = answered[0] if answered else None
    if found is None or found[0] == "undone":
        raise Refused(NotFound())
    status, program_name, program_state, type_id, external_id, decimals, limit, body_hash, code, answer = found[:10]
    known, is_blank = found[10:12]
    if claim and body_hash is not None:
        raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(body_hash), code, answer))
    if type_id is None or found[12] is None:
        raise Refused(UnknownBalanceType(balance_type=balance_type, known=known or ""))
    return CardFacts(
        card_id=card_id,
        status=status,
        program_name=program_name,
        program_state=program_state,
        balance_type_id=type_id,
        balance_type=external_id,
        decimals=decimals,
        account=account_state(found[12:], lots_max=lots_max),
        adjust_limit=limit,
        is_blank=is_blank,
    )


def _refuse_bad_text(reason: str, external_id: str | None) -> None:
    problems = [
        *check_text(reason, "/reason", length_max=REASON_LENGTH_MAX),
        *check_external_id(external_id, "/external_id"),
    ]
    if not reason.strip():
        problems.append(FieldProblem("/reason", "required", "Say why the balance changes."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def _read_amount(amount: str | int | Decimal, decimals: int) -> int:
    try:
        units = parse_amount(amount, decimals)
    except AmountProblem as problem:
        details = {
            "too_many_decimals": f"This balance has {decimals} decimals.",
            "out_of_range": f"At most {format_amount(AMOUNT_MAX, decimals)}.",
        }
        detail = details.get(problem.code, "A decimal number like 12.50 or -3.")
        raise Refused(Invalid(errors=(FieldProblem("/amount", problem.code, detail),))) from problem
    if units == 0:
        raise Refused(ZeroAmount())
    return units


def _refuse_unfit(facts: CardFacts, amount: int) -> None:
    if facts.status in ("deleted", "expired"):
        raise Refused(CardNotActive(status_of_card=facts.status))
    if facts.is_blank and amount < 0:
        raise Refused(CardNotAssigned())
    if facts.program_state == "archived":
        raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))
    if facts.adjust_limit is not None and abs(amount) > parse_amount(facts.adjust_limit, facts.decimals):
        raise Refused(AboveLimit(limit=facts.adjust_limit))


def _must(outcome: Plan | Short | TooLarge, decimals: int) -> Plan:
    match outcome:
        case Plan():
            return outcome
        case Short(available=available, wanted=wanted):
            raise Refused(
                InsufficientBalance(
                    available=format_amount(available, decimals), wanted=format_amount(wanted, decimals)
                )
            )
        case TooLarge():
            raise Refused(BalanceTooLarge(largest=format_amount(AMOUNT_MAX, decimals)))


def _post(
    cursor: HotCursor,
    actor: Actor,
    postings: list[Posting],
    *,
    answer: StoredAnswer | None,
    and_commit: bool = False,
) -> None:
    try:
        post(cursor, actor, postings, answer=answer, and_commit=and_commit)
    except errors.UniqueViolation as problem:
        match problem.diag.constraint_name:
            case "reversals_pkey":
                raise LostRace from problem
            case "transaction_keys_pkey":
                raise Refused(DuplicateExternalId(external_id=postings[0].external_id or "")) from problem
        raise


def _answer(claim: Claim | None, present: Present[Posted] | None, posted: Posted) -> StoredAnswer | None:
    if claim is None or present is None:
        return None
    status, text = present(posted)
    return claim.answered(status=status, answer=text)


def _posted(posting: Posting, facts: CardFacts, leg: int = 0) -> Posted:
    plan = posting.legs[leg].plan
    return Posted(
        transaction_id=posting.id,
        kind=posting.kind,
        source=posting.source,
        at=posting.at,
        card_id=posting.legs[leg].card_id,
        balance_type=facts.balance_type,
        decimals=facts.decimals,
        amount=plan.amount,
        balance_after=plan.balance_after,
        reason=posting.reason,
        staff_id=posting.staff_id,
        location_id=posting.location_id,
        external_id=posting.external_id,
        reverses=posting.taken.original_id if posting.taken else None,
        activates_at=plan.new_lot.activates_at if plan.new_lot else None,
        expires_at=plan.new_lot.expires_at if plan.new_lot else None,
    )


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
    _refuse_bad_text(command.reason, None)
    source_id, target_id = decode("crd", command.card), decode("crd", command.to)
    if source_id is None or target_id is None:
        raise Refused(NotFound())
    if source_id == target_id:
        raise Refused(SameCard())
    with hot_unit_of_work(actor.chain_id) as cursor:
        source, target = _lock_pair(cursor, actor, source_id, target_id, command.balance_type, claim, now=now)
        amount = _read_amount(command.amount, source.decimals)
        if amount < 0:
            detail = "A positive amount: it leaves the first card."
            raise Refused(Invalid(errors=(FieldProblem("/amount", "out_of_range", detail),)))
        _refuse_unfit(source, -amount)
        _refuse_unfit(target, amount)
        minus = _must(plan_change(source.account, -amount, now=now), source.decimals)
        expires_at = _shared_expiry(source.account, minus)
        plus = _must(plan_change(target.account, amount, now=now, expires_at=expires_at), target.decimals)
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
        posted = _posted(posting, source)
        _post(cursor, actor, [posting], answer=_answer(claim, present, posted))
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
    lock_accounts(cursor, [values[0] for values in found])
    source = _lock_and_read(cursor, actor, source_id, balance_type, claim, now=now)
    try:
        target = _lock_and_read(cursor, actor, target_id, balance_type, None, now=now)
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


@retry_lost_races
def reverse_transaction(
    actor: Actor,
    transaction: str,
    *,
    reason: str,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Take back a transaction in full by one that names it; nothing is edited (LED-4).

    What came in is taken from its own lot first; what went out returns to the lots it came from. Refuses: Forbidden,
    NotFound, AlreadyReversed, NotReversible, InsufficientBalance where it has been spent, BalanceTooLarge,
    CardNotActive where one of its cards is deleted.
    """
    actor.require("balances:write")
    _refuse_bad_text(reason, None)
    original_id = decode("txn", transaction)
    if original_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        legs = _original_legs(cursor, actor, original_id)
        states = lock_accounts(cursor, [leg["account_id"] for leg in legs])
        _refuse_twice(cursor, claim, original_id, legs)
        plans = [_plan_reverse(cursor, states[leg["account_id"]], leg, now=now) for leg in legs]
        amount = abs(legs[0]["amount"])
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
        posted = _posted(posting, facts)
        _post(cursor, actor, [posting], answer=_answer(claim, present, posted))
    return posted


def _original_legs(cursor: HotCursor, actor: Actor, original_id: UUID) -> list[dict[str, Any]]:
    found = cursor.rows(
        "SELECT e.id, e.account_id, e.card_id, e.balance_type_id, e.amount, e.kind, b.external_id, b.decimals,"
        " (SELECT l.id FROM lots l WHERE l.account_id = e.account_id AND l.entry_id = e.id LIMIT 1)"
        " FROM entries e JOIN balance_types b ON b.id = e.balance_type_id"
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
    )
    return [dict(zip(names, values, strict=True)) for values in found]


def _refuse_twice(cursor: HotCursor, claim: Claim | None, original_id: UUID, legs: list[dict[str, Any]]) -> None:
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
    elif legs[0]["kind"] not in REVERSIBLE:
        refusal = NotReversible(kind=legs[0]["kind"])
    elif found[4]:
        refusal = CardNotActive(status_of_card=found[4])
    if refusal:
        raise Refused(refusal)


def _plan_reverse(cursor: HotCursor, account: AccountState, leg: dict[str, Any], *, now: datetime) -> Plan:
    if leg["amount"] > 0:
        return _must(plan_change(account, -leg["amount"], now=now, first_lot=leg["lot"]), leg["decimals"])
    drawn = drawn_lots(cursor, leg["entry_id"])
    return _must(plan_return(account, -leg["amount"], drawn=drawn, now=now), leg["decimals"])


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
