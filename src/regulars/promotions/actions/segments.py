"""Writes of order segments (ORD-9): a change counts at once for every promotion that asks for the segment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.kernel.fields import check_external_id, check_name, external_id_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.promotions.errors import OrderSegmentUsed
from regulars.promotions.models import OrderSegment
from regulars.promotions.queries.segments import SegmentView, access_segment, promotions_with_segment
from regulars.promotions.queries.written import current_names
from regulars.promotions.rules.definition import present_segment, read_segment
from regulars.promotions.rules.definition.checks import check_segment
from regulars.promotions.rules.definition.values import SegmentDefinition


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """An order segment as somebody wants it; `conditions` in the JSON of definitions."""

    name: str
    conditions: Any
    external_id: str | None = None


def create_segment(actor: Actor, draft: SegmentDraft, *, now: datetime) -> SegmentView:
    """Make an order segment. Refuses: Forbidden, Invalid with all that is wrong, ExternalIdTaken."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        conditions, problems = _read(actor, draft.conditions)
        problems = [
            *check_name(draft.name, "/name"),
            *check_external_id(draft.external_id, "/external_id"),
            *problems,
        ]
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        taken = frozenset(OrderSegment.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
        if draft.external_id and draft.external_id in taken:
            raise Refused(ExternalIdTaken(external_id=draft.external_id))
        made = OrderSegment.objects.create(
            chain_id=actor.chain_id,
            external_id=draft.external_id or external_id_from(draft.name, taken),
            name=one_line(draft.name),
            conditions=conditions,
            created_at=now,
        )
        _note(actor, made, "created", now=now, after=_facts(made))
        return access_segment(actor, encode("osg", made.id))


def change_segment(
    actor: Actor, identifier: str, changes: Mapping[str, Any], *, now: datetime, version: int | None = None
) -> SegmentView:
    """Change name or conditions; what runs asks for the new conditions from now on.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile (where `version` is old).
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_segment(actor, identifier)
        segment = OrderSegment.objects.select_for_update(no_key=True).get(id=view.id)
        if version is not None and version != segment.version:
            raise Refused(ChangedMeanwhile())
        name = changes.get("name", segment.name)
        conditions, problems = _read(actor, changes.get("conditions", segment.conditions))
        problems = [*check_name(name, "/name"), *problems]
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        before = _facts(segment)
        segment.name, segment.conditions = one_line(name), conditions
        if _facts(segment) != before:
            segment.version += 1
            segment.save()
            old, new = audit.changed_only(before, _facts(segment))
            _note(actor, segment, "changed", now=now, before=old, after=new)
        return access_segment(actor, encode("osg", segment.id))


def delete_segment(actor: Actor, identifier: str, *, now: datetime) -> None:
    """Delete an order segment that no promotion asks for. Refuses: Forbidden, NotFound, OrderSegmentUsed."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_segment(actor, identifier)
        segment = OrderSegment.objects.select_for_update().get(id=view.id)
        users = promotions_with_segment(actor.chain_id, segment.id)
        if users:
            raise Refused(OrderSegmentUsed(text=", ".join(users), promotions=tuple(users)))
        _note(actor, segment, "deleted", now=now, before=_facts(segment))
        segment.delete()


def _read(actor: Actor, conditions: Any) -> tuple[list[Any], list[FieldProblem]]:
    names = current_names(actor.chain_id)
    read = read_segment(conditions, names)
    if not isinstance(read, SegmentDefinition):
        return [], list(read)
    return present_segment(read, names), check_segment(read)


def _facts(segment: OrderSegment) -> dict[str, Any]:
    return {
        "id": encode("osg", segment.id),
        "external_id": segment.external_id,
        "name": segment.name,
        "conditions": segment.conditions,
    }


def _note(
    actor: Actor,
    segment: OrderSegment,
    verb: str,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        actor,
        verb=f"order_segment.{verb}",
        object_kind="order_segment",
        object_id=segment.id,
        now=now,
        before=before,
        after=after,
    )
