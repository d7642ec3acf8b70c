"""Issuing vouchers by hand, to a card, a customer or nobody in particular (RWD-3, CRD-5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from regulars.cards.errors import AboveLimit, CardNotActive
from regulars.cards.queries.cards import access_card
from regulars.chains.queries import get_chain
from regulars.codes.rules.space import CODE_LETTERS_MAX, check_chosen
from regulars.customers.queries import access_customer
from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row, unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.programs.rules.validity import check_validity, read_validity
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.models import VoucherBatch
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.rules.benefits import check_benefit, plain_benefit
from regulars.vouchers.rules.vouchers import AT_ONCE_MAX, VoucherDraft, check_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueByHand:
    """Vouchers as somebody asks for them; `validity` and `benefit` as they were written, ids as they were sent."""

    title: str
    description: str = ""
    card: str | None = None
    customer: str | None = None
    code: str = ""
    validity: Any = None
    starts_at: datetime | None = None
    benefit: Mapping[str, Any] | None = None
    location_ids: tuple[UUID, ...] | None = None
    customer_may_redeem: bool = False
    count: int = 1


def issue_by_hand(actor: Actor, command: IssueByHand, *, now: datetime) -> list[VoucherView]:
    """Issue one voucher, or several that are alike, each with a code of its own.

    Refuses: Forbidden, NotFound for a card or customer, Invalid, CardNotActive, CodeTaken, CodeTooShort, AboveLimit.
    """
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        card_id = _card(actor, command.card, now=now) if command.card else None
        customer_id = access_customer(actor, command.customer).id if command.customer else None
        draft = VoucherDraft(title=command.title, card_id=card_id, customer_id=customer_id)
        draft, problems = read_draft(actor, command, draft, count=command.count, now=now)
        problems += _check_count(command)
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        if command.count > 1:
            draft = replace(draft, batch_id=note_batch(actor, draft, count=command.count, now=now))
        return issue_vouchers(actor, [draft] * command.count, now=now)


def read_draft(
    actor: Actor, command: IssueByHand, draft: VoucherDraft, *, count: int, now: datetime
) -> tuple[VoucherDraft, list[FieldProblem]]:
    """What a command says of each of `count` vouchers, in a draft that knows whose it is, and what is wrong with it.

    Refuses: Forbidden, AboveLimit for what the actor may not give away; CodeTooShort.
    """
    chain = get_chain(actor.chain_id)
    problems = _check(command, chain, now)
    if command.benefit and not problems:
        _refuse_generosity(actor, plain_benefit(command.benefit), count)
    draft = replace(
        draft,
        title=command.title,
        description=command.description,
        starts_at=command.starts_at,
        benefit=plain_benefit(command.benefit) if command.benefit and not problems else None,
        code=command.code.strip() or None,
        location_ids=command.location_ids,
        customer_may_redeem=command.customer_may_redeem,
    )
    problems += check_draft(draft)
    if problems or not command.validity:
        return draft, problems
    return replace(draft, validity=read_validity(command.validity)), problems


def note_batch(actor: Actor, draft: VoucherDraft, *, count: int, now: datetime) -> UUID:
    """Note that so many vouchers are issued together at once; the id of their batch."""
    made = VoucherBatch.objects.create(
        chain_id=actor.chain_id,
        title=draft.title.strip(),
        state="done",
        total=count,
        done=count,
        issued=count,
        staff_id=actor.staff_id,
        key_id=actor.key_id,
        through=actor.through,
        created_at=now,
        finished_at=now,
    )
    return made.id


def gift_limit(actor: Actor) -> str | None:
    """The most that this actor may give away by hand without `promotions:write`; None for nothing at all.

    What a staff login may adjust by hand is what it may give; one without a limit is not trusted with more than the
    voucher that staff hand over themselves.
    """
    found = row("SELECT adjust_limit FROM staff WHERE chain_id = %s AND id = %s", [actor.chain_id, actor.staff_id])
    return found[0] if found else None


def _refuse_generosity(actor: Actor, benefit: Mapping[str, str], count: int) -> None:
    if actor.may("promotions:write"):
        return
    limit = gift_limit(actor)
    # What a share, a product or a promotion is worth, nobody knows before the order.
    if limit is None or "amount" not in benefit:
        raise Refused(Forbidden(needs="promotions:write"))
    if Decimal(benefit["amount"]) * count > Decimal(limit):
        raise Refused(AboveLimit(limit=limit))


def _card(actor: Actor, card: str, *, now: datetime) -> UUID:
    found = access_card(actor, card, now=now)
    if found.status not in ("active", "blocked"):
        raise Refused(CardNotActive(status_of_card=found.status))
    return found.id


def _check(command: IssueByHand, chain: ChainSettings, now: datetime) -> list[FieldProblem]:
    problems = []
    starts_at = max(command.starts_at or now, now)
    if command.validity is not None:
        first_day = starts_at.astimezone(chain.zone).date()
        problems += check_validity(command.validity, "/validity", first_day=first_day)
    problems += check_benefit(command.benefit, "/benefit", decimals=chain.currency_decimals)
    if command.code.strip():
        problems += check_text(command.code, "/code", length_max=CODE_LETTERS_MAX)
        refusal = check_chosen(command.code)
        if refusal is not None and not problems:
            raise Refused(refusal)
    return problems


def _check_count(command: IssueByHand) -> list[FieldProblem]:
    problems = []
    if not 1 <= command.count <= AT_ONCE_MAX:
        problems.append(FieldProblem("/count", "out_of_range", f"A whole number from 1 to {AT_ONCE_MAX}."))
    if command.count > 1 and command.code.strip():
        problems.append(FieldProblem("/code", "one_code", "Several vouchers get codes of their own."))
    return problems
