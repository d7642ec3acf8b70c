"""Making promotions and changing their drafts (ORD-3, ORD-5, ORD-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.kernel.fields import check_choice, check_external_id, check_name, external_id_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, NotFound, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, claimed
from regulars.platform.database import row, unit_of_work
from regulars.programs.queries import ProgramView, find_program
from regulars.promotions.actions.publishing import publish_row
from regulars.promotions.errors import ProgramArchived, PromotionEnded
from regulars.promotions.models import Promotion
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import (
    PromotionView,
    access_promotion,
    definition_part,
    lock_promotion,
    published_content,
)
from regulars.promotions.rules.definition import present_definition, read_definition
from regulars.promotions.rules.definition.values import Definition

CARD_TYPES_MAX = 100


@dataclass(frozen=True, slots=True)
class PromotionDraft:
    """A promotion as somebody wants it; `content` is a definition in JSON and, beside it, `card_types`."""

    name: str
    program: str
    content: Mapping[str, Any]
    external_id: str | None = None
    state: str = "draft"


def create_promotion(
    actor: Actor,
    draft: PromotionDraft,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[PromotionView] | None = None,
) -> PromotionView:
    """Make a promotion, as a draft or running at once.

    Refuses: Forbidden, NotFound (the program), Invalid with all that is wrong, ExternalIdTaken, ProgramArchived.
    """
    actor.require("promotions:write")
    problems = [
        *check_name(draft.name, "/name"),
        *check_external_id(draft.external_id, "/external_id"),
        *check_choice(draft.state, ("draft", "active"), "/state"),
    ]
    with unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        program = _open_program(actor, draft.program)
        content, more = read_content(actor, draft.content, program)
        if problems or more:
            raise Refused(Invalid(errors=(*problems, *more)))
        made = Promotion.objects.create(
            chain_id=actor.chain_id,
            program_id=program.id,
            external_id=_external_id(actor, draft),
            name=one_line(draft.name),
            draft=content,
            position=Promotion.objects.filter(program_id=program.id).count(),
            created_at=now,
        )
        audit.record(
            actor,
            verb="promotion.created",
            object_kind="promotion",
            object_id=made.id,
            now=now,
            after={"id": encode("prm", made.id), "external_id": made.external_id, "name": made.name, **content},
        )
        if draft.state == "active":
            publish_row(actor, made, now=now)
        view = access_promotion(actor, encode("prm", made.id))
        answer(present, view)
    return view


def change_promotion(
    actor: Actor, identifier: str, changes: Mapping[str, Any], *, now: datetime, version: int | None = None
) -> PromotionView:
    """Change the name at once, and of the draft the fields that `changes` names; what runs stays until it is published.

    Refuses: Forbidden, NotFound, Invalid, PromotionEnded, ProgramArchived, ChangedMeanwhile (where `version` is old).
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        promotion = lock_promotion(actor.chain_id, access_promotion(actor, identifier).id)
        if version is not None and version != promotion.version:
            raise Refused(ChangedMeanwhile())
        if promotion.state == "ended":
            raise Refused(PromotionEnded(promotion=promotion.name))
        program = _open_program(actor, promotion.program_id)
        said = dict(changes)
        name = said.pop("name", promotion.name)
        before = {"name": promotion.name, **(promotion.draft or published_content(promotion) or {})}
        merged = {field: value for field, value in {**before, **said}.items() if field != "name"}
        content, problems = read_content(actor, merged, program)
        problems = (*check_name(name, "/name"), *problems)
        if problems:
            raise Refused(Invalid(errors=problems))
        after = {"name": one_line(name), **content}
        if after != before:
            promotion.name = after["name"]
            if content != (published_content(promotion) or {}):
                promotion.draft = content
            elif promotion.published:
                # What is written is what runs: there is nothing to publish.
                promotion.draft = None
            promotion.version += 1
            promotion.save()
            old, new = audit.changed_only(_padded(before, after), _padded(after, before))
            audit.record(
                actor,
                verb="promotion.changed",
                object_kind="promotion",
                object_id=promotion.id,
                now=now,
                before=old,
                after=new,
            )
        return access_promotion(actor, encode("prm", promotion.id))


def read_content(
    actor: Actor, content: Mapping[str, Any], program: ProgramView
) -> tuple[dict[str, Any], tuple[FieldProblem, ...]]:
    """The content in the one way in which it is kept, or what is wrong with it; needs a unit of work."""
    names = names_of(actor.chain_id, get_chain(actor.chain_id).currency_decimals)
    card_types, problems = _card_types(actor, content.get("card_types"), names, program)
    definition = read_definition(definition_part(content), names)
    if not isinstance(definition, Definition):
        return {}, (*problems, *definition)
    return {**present_definition(definition, names), "card_types": card_types}, tuple(problems)


def _card_types(
    actor: Actor, named: Any, names: ChainNames, program: ProgramView
) -> tuple[list[str] | None, list[FieldProblem]]:
    if named is None:
        return None, []
    if not isinstance(named, list) or len(named) > CARD_TYPES_MAX:
        return None, [FieldProblem("/card_types", "wrong_type", "A list is wanted.")]
    if not named:
        return None, [FieldProblem("/card_types", "empty_choice", "Nothing is chosen here, so it would never hold.")]
    found: list[str] = []
    problems: list[FieldProblem] = []
    for index, one in enumerate(named):
        name = names.find("card_type", one) if isinstance(one, str) else None
        if name is None:
            problems.append(FieldProblem(f"/card_types/{index}", "unknown_card_type", "There is no such card type."))
        elif not row("SELECT 1 FROM card_types WHERE id = %s AND program_id = %s", [name, program.id]):
            problems.append(
                FieldProblem(f"/card_types/{index}", "other_card_type", "This card type belongs to another program.")
            )
        else:
            found.append(names.write("card_type", name))
    return sorted(set(found)), problems


def _open_program(actor: Actor, identifier: str | UUID) -> ProgramView:
    program = find_program(actor.chain_id, identifier)
    if program is None:
        raise Refused(NotFound())
    if program.state == "archived":
        raise Refused(ProgramArchived(program=program.name))
    return program


def _external_id(actor: Actor, draft: PromotionDraft) -> str:
    taken = frozenset(Promotion.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
    if draft.external_id and draft.external_id in taken:
        raise Refused(ExternalIdTaken(external_id=draft.external_id))
    return draft.external_id or external_id_from(draft.name, taken)


def _padded(facts: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(other), **facts}
