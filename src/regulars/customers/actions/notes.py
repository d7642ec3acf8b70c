"""Writes of notes about a customer."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.customers.models import CustomerNote
from regulars.customers.queries.customers import access_customer
from regulars.kernel.fields import check_text
from regulars.kernel.ids import decode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

NOTE_LENGTH_MAX: Final = 4000


def write_note(actor: Actor, identifier: str, text: str, *, now: datetime) -> UUID:
    """Keep a note about a customer in their time line and return its id. Refuses: Forbidden, NotFound, Invalid."""
    actor.require("customers:write")
    problems = check_text(text, "/text", length_max=NOTE_LENGTH_MAX)
    if not text.strip():
        problems.append(FieldProblem("/text", "required", "Write something."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        view = access_customer(actor, identifier)
        made = CustomerNote.objects.create(
            id=new_id(),
            chain_id=actor.chain_id,
            customer_id=view.id,
            text=text.strip(),
            staff_id=actor.staff_id,
            at=now,
        )
        return made.id


def remove_note(actor: Actor, identifier: str, note: str, *, now: datetime) -> None:
    """Take a note about a customer out of their time line. Refuses: Forbidden, NotFound."""
    actor.require("customers:write")
    note_id = decode("not", note)
    with unit_of_work(actor.chain_id):
        view = access_customer(actor, identifier)
        found = CustomerNote.objects.filter(chain_id=actor.chain_id, customer_id=view.id)
        if note_id is None or not found.filter(id=note_id).delete()[0]:
            raise Refused(NotFound())
        audit.record(actor, verb="note.removed", object_kind="customer", object_id=view.id, now=now)
