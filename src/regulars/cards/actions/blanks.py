"""Blank cards: printed first, given to a person later (CRD-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.actions.issue import (
    ISSUE_CHUNK_MAX,
    NewCard,
    give_initial_balances,
    issue_cards,
    refuse_second,
    refuse_unfit,
)
from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.cards.errors import CardAssigned, CardExists, CardNotActive, HolderRequired, NumbersTaken
from regulars.cards.events import CARD_ASSIGNED
from regulars.cards.models import BulkIssue, BulkIssuedCard
from regulars.cards.queries.bulk import BulkIssueView, view_bulk_issue
from regulars.cards.queries.cards import CardView, access_card, find_card
from regulars.cards.queries.types import CardTypeView, access_card_type, find_card_type
from regulars.cards.rules.numbers import check_number
from regulars.customers.queries import access_customer, find_customer_by_phone, lock_customer
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.kernel.text import number_key
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.events import announce

BLANKS_AT_ONCE: Final = ISSUE_CHUNK_MAX


@dataclass(frozen=True, slots=True)
class BlanksCommand:
    """A batch of blank cards: so many with generated numbers, or one for each number of a printer's list."""

    card_type: str
    count: int = 0
    numbers: tuple[str, ...] = ()
    location_id: UUID | None = None


def make_blank_cards(actor: Actor, command: BlanksCommand, *, now: datetime) -> BulkIssueView:
    """Make a batch of cards without holders, all or none.

    Refuses: Forbidden, NotFound, Invalid, NumbersTaken, ProgramNotActive, CardTypeArchived, NotValidHere.
    """
    actor.require("cards:write")
    numbers = _read_numbers(command)
    with unit_of_work(actor.chain_id):
        card_type = access_card_type(actor, command.card_type)
        refuse_unfit(actor, card_type, location_id=command.location_id)
        _refuse_taken(actor, numbers)
        new = [NewCard(number=number) for number in numbers] or [NewCard() for _ in range(command.count)]
        issue_cards(actor, card_type, new, now=now, location_id=command.location_id, through="blank")
        batch = _keep_batch(actor, card_type, new, now=now)
        made = view_bulk_issue(batch, card_type.name)
    # The link on each card leads to where one makes it one's own.
    ensure_join_slug(actor.chain_id, card_type.id)
    return made


def _keep_batch(actor: Actor, card_type: CardTypeView, new: Sequence[NewCard], *, now: datetime) -> BulkIssue:
    batch = BulkIssue.objects.create(
        chain_id=actor.chain_id,
        kind="blanks",
        card_type_id=card_type.id,
        state="done",
        total=len(new),
        done=len(new),
        issued=len(new),
        created_by=actor.staff_id,
        created_at=now,
        finished_at=now,
    )
    BulkIssuedCard.objects.bulk_create(
        BulkIssuedCard(bulk_issue_id=batch.id, card_id=one.id, chain_id=actor.chain_id) for one in new
    )
    audit.record(
        actor,
        verb="bulk_issue.made",
        object_kind="bulk_issue",
        object_id=batch.id,
        now=now,
        after={"kind": "blanks", "card_type": card_type.external_id, "count": len(new)},
    )
    return batch


def _read_numbers(command: BlanksCommand) -> tuple[str, ...]:
    if not command.numbers:
        if not 1 <= command.count <= BLANKS_AT_ONCE:
            detail = f"A whole number from 1 to {BLANKS_AT_ONCE}."
            raise Refused(Invalid(errors=(FieldProblem("/count", "out_of_range", detail),)))
        return ()
    numbers = tuple(number.strip() for number in command.numbers if number.strip())
    problems: list[FieldProblem] = []
    if len(numbers) > BLANKS_AT_ONCE:
        problems.append(FieldProblem("/numbers", "too_many", f"At most {BLANKS_AT_ONCE} numbers at a time."))
    seen: set[str] = set()
    for place, number in enumerate(numbers[:BLANKS_AT_ONCE]):
        problems += check_number(number, f"/numbers/{place}")
        if number_key(number) in seen:
            problems.append(FieldProblem(f"/numbers/{place}", "duplicate", "A number stands in the list twice."))
        seen.add(number_key(number))
    if problems:
        raise Refused(Invalid(errors=tuple(problems[:20])))
    return numbers


def _refuse_taken(actor: Actor, numbers: Sequence[str]) -> None:
    if not numbers:
        return
    by_key = {number_key(number): number for number in numbers}
    found = rows(
        "SELECT key FROM card_numbers WHERE chain_id = %s AND key = ANY(%s) ORDER BY key",
        [actor.chain_id, list(by_key)],
    )
    taken = tuple(by_key[values[0]] for values in found)
    if taken:
        raise Refused(NumbersTaken(count=len(taken), number=taken[0], numbers=taken[:20]))


@dataclass(frozen=True, slots=True)
class AssignCommand:
    """Whose a blank card becomes: exactly one of a phone and a customer (an id)."""

    card: str
    phone: str = ""
    customer: str = ""
    location_id: UUID | None = None


@retry_lost_races
def assign_card(actor: Actor, command: AssignCommand, *, country: str, now: datetime) -> CardView:
    """Make a blank card a person's: a customer's, or that of a phone which nobody has yet; they get what newcomers get.

    Refuses: Forbidden, NotFound, Invalid, HolderRequired, CardAssigned, CardNotActive, CardExists.
    """
    actor.require("cards:write")
    if bool(command.phone.strip()) == bool(command.customer.strip()):
        raise Refused(HolderRequired())
    phone = parse_phone(command.phone, country) if command.phone.strip() else None
    if command.phone.strip() and phone is None:
        detail = "No phone can be read here. Write it with its country: +49 151 …"
        raise Refused(Invalid(errors=(FieldProblem("/phone", "invalid_phone", detail),)))
    with unit_of_work(actor.chain_id):
        customer_id = _find_holder(actor, command, phone)
        view = _lock_blank(actor, command.card, now=now)
        card_type = find_card_type(actor.chain_id, view.type_id)
        assert card_type is not None
        held = NewCard(id=view.id, customer_id=customer_id, phone=None if customer_id else phone)
        refuse_second(actor, card_type, held)
        _take_slot(actor, card_type, held)
        execute(
            "UPDATE cards SET customer_id = %s, phone = %s, version = version + 1 WHERE chain_id = %s AND id = %s",
            [held.customer_id, held.phone, actor.chain_id, view.id],
        )
        give_initial_balances(actor, card_type, [held], now=now, location_id=command.location_id)
        announce(actor.chain_id, CARD_ASSIGNED, now=now, card_ids=[view.id])
        audit.record(
            actor,
            verb="card.assigned",
            object_kind="card",
            object_id=view.id,
            now=now,
            after={"customer": str(held.customer_id) if held.customer_id else None, "phone": held.phone},
            location_id=command.location_id,
        )
        assigned = find_card(actor.chain_id, view.id, now=now)
        assert assigned is not None
        return assigned


def _find_holder(actor: Actor, command: AssignCommand, phone: str | None) -> UUID | None:
    if phone:
        known = find_customer_by_phone(actor.chain_id, phone)
        return known if known and lock_customer(actor.chain_id, known) else None
    customer = access_customer(actor, command.customer)
    if not lock_customer(actor.chain_id, customer.id):
        raise Refused(NotFound())
    return customer.id


def _lock_blank(actor: Actor, card: str, *, now: datetime) -> CardView:
    view = access_card(actor, card, now=now)
    rows("SELECT FROM cards WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [actor.chain_id, view.id])
    view = access_card(actor, card, now=now)
    if view.status not in ("active", "blocked"):
        raise Refused(CardNotActive(status_of_card=view.status))
    if not view.is_blank:
        raise Refused(CardAssigned())
    return view


def _take_slot(actor: Actor, card_type: CardTypeView, held: NewCard) -> None:
    if card_type.several_per_customer:
        return
    taken = row(
        "INSERT INTO card_slots (chain_id, card_type_id, holder, card_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        [actor.chain_id, card_type.id, held.holder, held.id],
    )
    if taken is None:
        raise Refused(CardExists())
