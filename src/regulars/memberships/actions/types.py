"""Writes of membership types."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.memberships.models import MembershipType
from regulars.memberships.queries.memberships import places_of
from regulars.memberships.queries.types import TypeView, access_type, find_type
from regulars.memberships.rules.terms import TypeDraft, check_type, terms_json
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import row, unit_of_work


@dataclass(frozen=True, slots=True)
class Expected:
    """Which version of a type somebody saw before they changed it; None: whichever there is."""

    version: int | None = None


def create_type(actor: Actor, draft: TypeDraft, *, now: datetime) -> TypeView:
    """Make a type of membership. Refuses: Forbidden, Invalid, ExternalIdTaken."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        _lock(actor.chain_id)
        _refuse_wrong(actor.chain_id, draft, None)
        made = MembershipType(chain_id=actor.chain_id, created_at=now)
        _apply(made, draft)
        made.save(force_insert=True)
        _record(actor, "membership_type.created", made, {}, _facts(made), now=now)
        return _view(actor.chain_id, made.id)


def change_type(actor: Actor, identifier: str, draft: TypeDraft, *, expected: Expected, now: datetime) -> TypeView:
    """Change a type: what was sold of it keeps the terms it was sold with.

    Refuses: Forbidden, NotFound, Invalid, ExternalIdTaken, ChangedMeanwhile.
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        _lock(actor.chain_id)
        found = _found(actor, identifier, expected)
        _refuse_wrong(actor.chain_id, draft, found.id)
        before = _facts(found)
        _apply(found, draft)
        return _save(actor, found, before, "membership_type.changed", now=now)


def archive_type(actor: Actor, identifier: str, *, now: datetime) -> TypeView:
    """Put a type away: nothing new is sold of it, what was sold goes on. Refuses: Forbidden, NotFound."""
    return _put(actor, identifier, now, now=now)


def restore_type(actor: Actor, identifier: str, *, now: datetime) -> TypeView:
    """Take a type back that was put away. Refuses: Forbidden, NotFound."""
    return _put(actor, identifier, None, now=now)


def _put(actor: Actor, identifier: str, archived_at: datetime | None, *, now: datetime) -> TypeView:
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = _found(actor, identifier, Expected())
        before = _facts(found)
        if (found.archived_at is None) is not (archived_at is None):
            found.archived_at = archived_at
        verb = "membership_type.restored" if archived_at is None else "membership_type.archived"
        return _save(actor, found, before, verb, now=now)


def _found(actor: Actor, identifier: str, expected: Expected) -> MembershipType:
    view = access_type(actor.acting_with("rewards:read"), identifier)
    found = MembershipType.objects.select_for_update(no_key=True).get(id=view.id)
    if expected.version is not None and expected.version != found.version:
        raise Refused(ChangedMeanwhile())
    return found


def _save(actor: Actor, found: MembershipType, before: dict[str, Any], verb: str, *, now: datetime) -> TypeView:
    before, after = changed_only(before, _facts(found))
    if after:
        found.version += 1
        found.save()
        _record(actor, verb, found, before, after, now=now)
    return _view(actor.chain_id, found.id)


def _apply(found: MembershipType, draft: TypeDraft) -> None:
    found.name = one_line(draft.name)
    found.external_id = draft.external_id
    found.price = draft.price
    found.terms = terms_json(draft.terms)


def _refuse_wrong(chain_id: UUID, draft: TypeDraft, own: UUID | None) -> None:
    problems = check_type(draft)
    known = places_of(chain_id, draft.terms.locations) if draft.terms.locations else {}
    problems += [
        FieldProblem(f"/locations/{at}", "unknown_location", "There is no such location.")
        for at, one in enumerate(draft.terms.locations)
        if one not in known
    ]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    if draft.external_id is not None:
        other = find_type(chain_id, f"ext:{draft.external_id}")
        if other is not None and other.id != own:
            raise Refused(ExternalIdTaken(external_id=draft.external_id))


def _lock(chain_id: UUID) -> None:
    row("SELECT pg_advisory_xact_lock(hashtextextended('membership types:' || %s, 0))", [str(chain_id)])


def _facts(found: MembershipType) -> dict[str, Any]:
    return {
        "name": found.name,
        "external_id": found.external_id,
        "price": found.price,
        "archived": found.archived_at is not None,
        **found.terms,
    }


def _record(
    actor: Actor, verb: str, found: MembershipType, before: dict[str, Any], after: dict[str, Any], *, now: datetime
) -> None:
    record(
        actor,
        verb=verb,
        object_kind="membership_type",
        object_id=found.id,
        now=now,
        before=before,
        after={"membership_type": encode("mbt", found.id)} | after,
    )


def _view(chain_id: UUID, type_id: UUID) -> TypeView:
    found = find_type(chain_id, type_id)
    assert found is not None
    return found
