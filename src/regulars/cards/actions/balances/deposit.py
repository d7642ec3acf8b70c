"""Money that somebody pays in beforehand, and what is handed back of it: a deposit is topped up and paid out (RWD-5)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from regulars.cards.actions.balances.change import (
    Posted,
    answer_of,
    lock_and_read,
    plan_or_refuse,
    plan_with_enough_lots,
    post_all,
    posted_of,
    read_amount,
    refuse_unfit,
    retry_lost_races,
)
from regulars.cards.errors import NoDeposit
from regulars.kernel.fields import check_external_id, check_text
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.errors import UnknownBalanceType
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present
from regulars.platform.hot import HotCursor, hot_unit_of_work

DepositKind = Literal["top_up", "pay_out"]
REASON_LENGTH_MAX: Final = 500

_DEPOSITS: Final = """
SELECT b.id, b.external_id FROM cards c JOIN card_types t ON t.id = c.card_type_id
LEFT JOIN balance_types b ON b.program_id = t.program_id AND b.kind = 'deposit'
WHERE c.chain_id = %(chain)s::uuid AND c.id = %(card)s::uuid ORDER BY b.id
"""


@dataclass(frozen=True, slots=True)
class DepositCommand:
    """So much money, above zero, on to or out of a deposit; the card's only one where none is named."""

    card: str
    amount: str | int | Decimal
    balance_type: str = ""
    reason: str = ""
    location_id: UUID | None = None
    external_id: str | None = None


def top_up_deposit(
    actor: Actor,
    command: DepositCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Take money for a deposit. It earns nothing and no promotion touches it: what is bought with it later does.

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, NoDeposit, UnknownBalanceType, BalanceTooLarge, AboveLimit,
    CardNotActive, ProgramNotActive, DuplicateExternalId. Raises Answered where the key was used before.
    """
    return _post(actor, command, "top_up", now=now, claim=claim, present=present)


def pay_out_deposit(
    actor: Actor,
    command: DepositCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Hand money of a deposit back to the customer, so that its card may be deleted (CRD-3).

    Refuses: as `top_up_deposit`, and InsufficientBalance, CardNotAssigned.
    """
    return _post(actor, command, "pay_out", now=now, claim=claim, present=present)


@retry_lost_races
def _post(
    actor: Actor,
    command: DepositCommand,
    kind: DepositKind,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[Posted] | None,
) -> Posted:
    actor.require("balances:write")
    _refuse_bad_text(command)
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        deposit = _deposit(cursor, actor, card_id, command.balance_type)
        facts = lock_and_read(cursor, actor, card_id, deposit, claim, now=now)
        amount = read_amount(command.amount, facts.decimals)
        if amount < 0:
            raise Refused(Invalid(errors=(FieldProblem("/amount", "out_of_range", "A positive amount."),)))
        signed = amount if kind == "top_up" else -amount
        refuse_unfit(facts, signed)
        plan = plan_or_refuse(plan_with_enough_lots(cursor, facts, signed, now=now), facts.decimals)
        posting = Posting(
            kind=kind,
            source=actor.through,
            at=now,
            legs=(Leg(plan=plan, card_id=card_id, balance_type_id=facts.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=command.location_id,
            external_id=command.external_id,
            reason=command.reason.strip(),
        )
        posted = posted_of(posting, facts)
        post_all(cursor, actor, [posting], answer=answer_of(claim, present, posted), and_commit=True)
    return posted


def _refuse_bad_text(command: DepositCommand) -> None:
    problems = [
        *check_text(command.reason, "/reason", length_max=REASON_LENGTH_MAX),
        *check_external_id(command.external_id, "/external_id"),
    ]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def _deposit(cursor: HotCursor, actor: Actor, card_id: UUID, named: str) -> str:
    """The deposit that is meant, by its id. Refuses: NotFound, NoDeposit, UnknownBalanceType."""
    found = cursor.call(_DEPOSITS, {"chain": actor.chain_id, "card": card_id})
    if not found:
        raise Refused(NotFound())
    known = [one for one in found if one[0] is not None]
    if not known:
        raise Refused(NoDeposit())
    if not named:
        if len(known) == 1:
            return encode("bal", known[0][0])
        raise Refused(UnknownBalanceType(balance_type="", known=", ".join(one[1] for one in known)))
    for type_id, external_id in known:
        if named in (encode("bal", type_id), external_id, f"ext:{external_id}"):
            return encode("bal", type_id)
    raise Refused(NoDeposit())
