"""Writes of the fields that a chain adds to its customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.customers.models import CustomField
from regulars.customers.rules import FIELD_KINDS
from regulars.kernel.fields import check_choice, check_name, external_id_from
from regulars.kernel.refusal import ExternalIdTaken, FieldProblem, Invalid, NotFound, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

FIELDS_MAX: Final = 50
CHOICES_MAX: Final = 100


def add_custom_field(
    actor: Actor, *, name: str, kind: str, choices: Sequence[str] = (), key: str | None = None, now: datetime
) -> str:
    """Add a field to the chain's customers and return its key. Refuses: Forbidden, Invalid, ExternalIdTaken."""
    actor.require("settings:write")
    _refuse_bad(name, kind, choices)
    with unit_of_work(actor.chain_id):
        taken = frozenset(CustomField.objects.filter(chain_id=actor.chain_id).values_list("key", flat=True))
        if len(taken) >= FIELDS_MAX:
            raise Refused(Invalid(errors=(FieldProblem("/name", "too_many", f"At most {FIELDS_MAX} fields."),)))
        if key and key in taken:
            raise Refused(ExternalIdTaken(external_id=key))
        made = CustomField.objects.create(
            chain_id=actor.chain_id,
            key=key or external_id_from(name, taken),
            name=one_line(name),
            kind=kind,
            choices=_choices(kind, choices),
            created_at=now,
        )
        _record(actor, "custom_field.added", made, now=now)
        return str(made.key)


def change_custom_field(actor: Actor, field_id: UUID, *, name: str, choices: Sequence[str] = (), now: datetime) -> None:
    """Give a field another name or other choices; values that stand with customers stay as they are.

    Refuses: Forbidden, NotFound, Invalid.
    """
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, field_id)
        _refuse_bad(name, found.kind, choices)
        found.name = one_line(name)
        found.choices = _choices(found.kind, choices)
        found.save(update_fields=["name", "choices"])
        _record(actor, "custom_field.changed", found, now=now)


def archive_custom_field(actor: Actor, field_id: UUID, *, now: datetime) -> None:
    """Take a field off the forms; its values stay with the customers. Refuses: Forbidden, NotFound."""
    _set_archived(actor, field_id, archived_at=now, now=now)


def restore_custom_field(actor: Actor, field_id: UUID, *, now: datetime) -> None:
    """Put an archived field back on the forms. Refuses: Forbidden, NotFound."""
    _set_archived(actor, field_id, archived_at=None, now=now)


def _set_archived(actor: Actor, field_id: UUID, *, archived_at: datetime | None, now: datetime) -> None:
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, field_id)
        found.archived_at = archived_at
        found.save(update_fields=["archived_at"])
        _record(actor, "custom_field.archived" if archived_at else "custom_field.restored", found, now=now)


def _lock(actor: Actor, field_id: UUID) -> CustomField:
    found = CustomField.objects.select_for_update(no_key=True).filter(chain_id=actor.chain_id, id=field_id).first()
    if found is None:
        raise Refused(NotFound())
    return found


def _refuse_bad(name: str, kind: str, choices: Sequence[str]) -> None:
    problems = [*check_name(name, "/name"), *check_choice(kind, FIELD_KINDS, "/kind")]
    if kind == "choice":
        given = [choice for choice in choices if one_line(choice)]
        if not given:
            problems.append(FieldProblem("/choices", "required", "Give at least one choice."))
        if len(given) > CHOICES_MAX:
            problems.append(FieldProblem("/choices", "too_many", f"At most {CHOICES_MAX} choices."))
        for position, choice in enumerate(given[:CHOICES_MAX]):
            problems += check_name(choice, f"/choices/{position}")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    if kind != "choice":
        return []
    return list(dict.fromkeys(text for choice in choices if (text := one_line(choice))))


def _record(actor: Actor, verb: str, one: CustomField, *, now: datetime) -> None:
    after = {"key": one.key, "name": one.name, "kind": one.kind, "choices": one.choices}
    audit.record(actor, verb=verb, object_kind="custom_field", object_id=one.id, now=now, after=after)
