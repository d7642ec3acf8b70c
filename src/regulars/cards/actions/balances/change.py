"""What every change of a balance by hand shares: read under the lock, check, plan, write, tell. A hot path."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import errors

from regulars.cards.errors import AboveLimit, CardNotActive, CardNotAssigned
from regulars.kernel.amount import AMOUNT_MAX, AmountProblem, format_amount, parse_amount
from regulars.kernel.fields import check_external_id, check_text
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.actions.goals import goals
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.errors import (
    BalanceTooLarge,
    DuplicateExternalId,
    InsufficientBalance,
    UnknownBalanceType,
    ZeroAmount,
)
from regulars.ledger.queries.accounts import account_state, lock_accounts
from regulars.ledger.rules.plan import AccountState, Plan, Short, TooLarge, plan_change
from regulars.ledger.rules.posting import Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim, Present, StoredAnswer
from regulars.platform.database import RETRIES_MAX
from regulars.platform.hot import HotCursor
from regulars.platform.random_wait import wait_before_retry
from regulars.programs.errors import ProgramNotActive
from regulars.programs.rules.expiry import read_expiry
from regulars.programs.rules.lots import LotTerms, lot_times

P = ParamSpec("P")
T = TypeVar("T")

REASON_LENGTH_MAX: Final = 500


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
    promotion_id: UUID | None = None


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
    terms: tuple[LotTerms, ZoneInfo] | None = None
    has_goals: bool = False
    """Whether what is counted are stamps of a card whose goals bring rewards."""

    def lot_times(self, now: datetime) -> tuple[datetime, datetime | None]:
        """From when to when units can be spent that come in now and name no times of their own."""
        return (now, None) if self.terms is None else lot_times(self.terms[0], now, self.terms[1])


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


READ: Final = """
SELECT * FROM regulars_read_for_change(%(chain)s, %(card)s, %(balance_type)s, %(balance_type_id)s, %(staff)s,
%(holder)s, %(route)s, %(key)s, %(now)s, %(lots_max)s)
"""


def plan_with_enough_lots(
    cursor: HotCursor, facts: CardFacts, amount: int, *, now: datetime
) -> Plan | Short | TooLarge:
    """Plan a change with the lots that were read; where they do not suffice, read them all before refusing."""
    account = facts.account
    starts_at, ends_at = facts.lot_times(now) if amount > 0 else (None, None)
    plan = plan_change(account, amount, now=now, activates_at=starts_at, expires_at=ends_at)
    if isinstance(plan, Short) and not account.has_all_lots:
        return plan_change(lock_accounts(cursor, [account.id], now=now)[account.id], amount, now=now)
    return plan


def lock_and_read(
    cursor: HotCursor,
    actor: Actor,
    card_id: UUID,
    balance_type: str,
    claim: Claim | None,
    *,
    now: datetime,
    lots_max: int | None = None,
) -> CardFacts:
    """Lock one account of a card and read everything that a change depends on, in one round trip.

    Refuses: NotFound, UnknownBalanceType. Raises Answered where the key was used before.
    """
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
    return read_facts(answered[0] if answered else None, card_id, balance_type, claim, lots_max=lots_max)


def read_facts(
    found: tuple[Any, ...] | None, card_id: UUID, balance_type: str, claim: Claim | None, *, lots_max: int | None
) -> CardFacts:
    """What a change depends on out of the row that was read for it; None where there is no such card.

    Refuses: NotFound, UnknownBalanceType. Raises Answered where the key was used before.
    """
    if found is None or found[0] == "undone":
        raise Refused(NotFound())
    status, program_name, program_state, type_id, external_id, decimals, limit, body_hash, code, answer = found[:10]
    known, is_blank = found[10:12]
    if claim and body_hash is not None:
        raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(body_hash), code, answer))
    if type_id is None or found[16] is None:
        raise Refused(UnknownBalanceType(balance_type=balance_type, known=known or ""))
    return CardFacts(
        card_id=card_id,
        status=status,
        program_name=program_name,
        program_state=program_state,
        balance_type_id=type_id,
        balance_type=external_id,
        decimals=decimals,
        account=account_state(found[16:], lots_max=lots_max),
        adjust_limit=limit,
        is_blank=is_blank,
        terms=_terms(*found[12:15]) if found[12] is not None else None,
        has_goals=found[15],
    )


@lru_cache(maxsize=256)
def _terms(expiry: str, delay: int, time_zone: str) -> tuple[LotTerms, ZoneInfo]:
    return LotTerms(read_expiry(json.loads(expiry)), delay), ZoneInfo(time_zone)


def refuse_bad_text(reason: str, external_id: str | None) -> None:
    """Refuse a reason or an external id that cannot be kept. Refuses: Invalid."""
    problems = [
        *check_text(reason, "/reason", length_max=REASON_LENGTH_MAX),
        *check_external_id(external_id, "/external_id"),
    ]
    if not reason.strip():
        problems.append(FieldProblem("/reason", "required", "Say why the balance changes."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def read_amount(amount: str | int | Decimal, decimals: int) -> int:
    """A decimal amount in smallest units. Refuses: Invalid, ZeroAmount."""
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


def refuse_unfit(facts: CardFacts, amount: int) -> None:
    """Refuse a change that the card, its program or the staff login does not allow.

    Refuses: CardNotActive, CardNotAssigned, ProgramNotActive, AboveLimit.
    """
    if facts.status in ("deleted", "expired"):
        raise Refused(CardNotActive(status_of_card=facts.status))
    if facts.is_blank and amount < 0:
        raise Refused(CardNotAssigned())
    if facts.program_state == "archived":
        raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))
    if facts.adjust_limit is not None and abs(amount) > parse_amount(facts.adjust_limit, facts.decimals):
        raise Refused(AboveLimit(limit=facts.adjust_limit))


def plan_or_refuse(outcome: Plan | Short | TooLarge, decimals: int) -> Plan:
    """The plan, where there is one. Refuses: InsufficientBalance, BalanceTooLarge."""
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


def post_all(
    cursor: HotCursor,
    actor: Actor,
    postings: list[Posting],
    *,
    answer: StoredAnswer | None,
    and_commit: bool = False,
    has_goals: bool = False,
) -> None:
    """Write the postings with the answer to the key, and with `has_goals` what stamps among them lead to (RWD-1).

    Refuses: DuplicateExternalId, and what the last round of a card has no place for; raises LostRace.
    """
    if has_goals:
        postings = [*postings, *goals().meet(cursor, actor, postings, now=postings[0].at)]
    try:
        post(cursor, actor, postings, answers=[answer] if answer else (), and_commit=and_commit)
    except errors.UniqueViolation as problem:
        match problem.diag.constraint_name:
            case "reversals_pkey":
                raise LostRace from problem
            case "transaction_keys_pkey":
                raise Refused(DuplicateExternalId(external_id=postings[0].external_id or "")) from problem
        raise


def answer_of(claim: Claim | None, present: Present[Posted] | None, posted: Posted) -> StoredAnswer | None:
    """The answer that a key keeps for what was written; None without a key."""
    if claim is None or present is None:
        return None
    status, text = present(posted)
    return claim.answered(status=status, answer=text)


def posted_of(posting: Posting, facts: CardFacts, leg: int = 0) -> Posted:
    """What was written, as the answer tells it."""
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
        promotion_id=posting.promotion_id,
    )
