"""Writes of card types (TYP-1, TYP-2)."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.cards.errors import CardTypeArchived
from regulars.cards.events import CARD_TYPE_PUBLISHED
from regulars.cards.models import CardType, CardTypeVersion
from regulars.cards.queries.types import CardTypeView, access_card_type, find_card_type
from regulars.cards.rules.spend_limits import read_spend_limits
from regulars.cards.rules.types import CardTypeDraft, check_card_type
from regulars.chains.queries import get_chain
from regulars.kernel.fields import NAME_LENGTH_MAX, external_id_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, claimed
from regulars.platform.database import row, unit_of_work
from regulars.platform.events import announce
from regulars.programs.actions import insert_program
from regulars.programs.queries import ProgramView, access_program
from regulars.programs.rules import ProgramDraft, check_program


def create_card_type(
    actor: Actor,
    program: str,
    draft: CardTypeDraft,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[CardTypeView] | None = None,
) -> CardTypeView:
    """Make an active card type in a program. Refuses: Forbidden, NotFound, Invalid, ExternalIdTaken."""
    actor.require("cards:write")
    with unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        view = insert_card_type(actor, access_program(actor, program), draft, now=now)
        answer(present, view)
    return view


def create_card_type_with_program(
    actor: Actor, program: ProgramDraft, draft: CardTypeDraft, *, currency_decimals: int, now: datetime
) -> CardTypeView:
    """Make a program together with its first card type, active at once: what the page *New card* does (PRG-1).

    Refuses: Forbidden, Invalid, ExternalIdTaken.
    """
    actor.require("cards:write")
    actor.require("programs:write")
    problem = check_program(program)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        active = replace(program, state="active")
        made = insert_program(actor, active, currency_decimals=currency_decimals, now=now)
        return insert_card_type(actor, made, draft, now=now)


def insert_card_type(actor: Actor, program: ProgramView, draft: CardTypeDraft, *, now: datetime) -> CardTypeView:
    """Make a card type inside the running unit of work."""
    _refuse_bad(actor, draft, program)
    taken = frozenset(CardType.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
    if draft.external_id and draft.external_id in taken:
        raise Refused(ExternalIdTaken(external_id=draft.external_id))
    made = CardType.objects.create(
        chain_id=actor.chain_id,
        program_id=program.id,
        external_id=draft.external_id or external_id_from(draft.name, taken),
        created_at=now,
        **_columns(actor, draft, program),
    )
    _keep_version(made, now=now)
    audit.record(
        actor,
        verb="card_type.created",
        object_kind="card_type",
        object_id=made.id,
        now=now,
        after=_facts(made),
    )
    return _get(actor, made.id)


def insert_copy(actor: Actor, view: CardTypeView, *, name: str, now: datetime) -> CardTypeView:
    """Make a card type like another one, in the same program, inside the running unit of work; nobody gets it by itself."""
    draft = replace(
        _draft(view), name=name[:NAME_LENGTH_MAX], external_id=None, automatic_issue="never", issue_location_ids=()
    )
    return insert_card_type(actor, view.program, draft, now=now)


def change_card_type(
    actor: Actor, identifier: str, changes: dict[str, Any], *, now: datetime, version: int | None = None
) -> CardTypeView:
    """Publish an edit: fields of CardTypeDraft, or `state` (active, archived); the type's version goes up by one.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile.
    """
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        return publish_card_type(actor, identifier, changes, now=now, version=version)


def publish_card_type(
    actor: Actor,
    identifier: str,
    changes: dict[str, Any],
    *,
    now: datetime,
    version: int | None = None,
    is_redesigned: bool = False,
    rotates: bool | None = None,
) -> CardTypeView:
    """`change_card_type` inside the running unit of work; a new design makes a version even where no field changed.

    `rotates` says whether codes on web cards change; None leaves it.
    """
    view = access_card_type(actor, identifier)
    one = CardType.objects.select_for_update(no_key=True).get(id=view.id)
    if version is not None and version != one.version:
        raise Refused(ChangedMeanwhile())
    before = _facts(one)
    wanted = dict(changes)
    state = wanted.pop("state", one.state)
    if state not in ("active", "archived"):
        raise Refused(Invalid(errors=(FieldProblem("/state", "unknown_value", "One of: active, archived."),)))
    draft = replace(_draft(view), **wanted)
    if one.has_goals and draft.goal != one.goal:
        detail = "The milestones say what the goal is: change them."
        raise Refused(Invalid(errors=(FieldProblem("/goal", "set_by_milestones", detail),)))
    _refuse_bad(actor, draft, view.program)
    for name, value in _columns(actor, draft, view.program).items():
        setattr(one, name, value)
    one.state = state
    one.rotates = one.rotates if rotates is None else rotates
    if _facts(one) == before and not is_redesigned:
        return view
    one.version += 1
    one.save()
    _keep_version(one, now=now)
    announce(actor.chain_id, CARD_TYPE_PUBLISHED, now=now, payload={"card_type": encode("ctp", one.id)})
    old, new = audit.changed_only(before, _facts(one))
    audit.record(
        actor,
        verb="card_type.changed",
        object_kind="card_type",
        object_id=one.id,
        now=now,
        before=old,
        after=new,
    )
    return _get(actor, one.id)


def publish_goal(chain_id: UUID, one: CardType, *, goal: int | None, has_goals: bool, now: datetime) -> None:
    """Make the next version of a locked card type whose goals bring other rewards, in the running unit of work (TYP-5)."""
    one.goal, one.has_goals = goal, has_goals
    one.version += 1
    one.save(update_fields=["goal", "has_goals", "version"])
    _keep_version(one, now=now)
    announce(chain_id, CARD_TYPE_PUBLISHED, now=now, payload={"card_type": encode("ctp", one.id)})


def refuse_archived(card_type: CardTypeView) -> None:
    """Refuse to issue cards of an archived type."""
    if card_type.state != "active":
        raise Refused(CardTypeArchived(card_type=card_type.name))


def _get(actor: Actor, card_type_id: UUID) -> CardTypeView:
    view = find_card_type(actor.chain_id, card_type_id)
    assert view is not None
    return view


def _refuse_bad(actor: Actor, draft: CardTypeDraft, program: ProgramView) -> None:
    decimals = get_chain(actor.chain_id).currency_decimals
    kinds = {one.external_id: one.kind for one in program.balance_types}
    problem = check_card_type(draft, kinds=kinds, currency_decimals=decimals)
    if problem:
        raise Refused(problem)
    named = set(draft.location_ids or ()) | set(draft.issue_location_ids)
    known = row("SELECT count(*) FROM locations WHERE chain_id = %s AND id = ANY(%s)", [actor.chain_id, list(named)])
    if known is None or known[0] != len(named):
        raise Refused(Invalid(errors=(FieldProblem("/locations", "unknown_location", "There is no such location."),)))


def _columns(actor: Actor, draft: CardTypeDraft, program: ProgramView) -> dict[str, Any]:
    decimals = get_chain(actor.chain_id).currency_decimals
    shown = {one.external_id: one.id for one in program.balance_types}
    return {
        "name": one_line(draft.name),
        "location_ids": None if draft.location_ids is None else list(draft.location_ids),
        "several_per_customer": draft.several_per_customer,
        "goal": draft.goal,
        "number_format": draft.number_format,
        "automatic_issue": draft.automatic_issue,
        "issue_location_ids": list(draft.issue_location_ids),
        "take_over_days": draft.take_over_days,
        "valid_days": draft.valid_days,
        "shown_balance_id": shown[draft.shown_balance] if draft.shown_balance is not None else None,
        "spend_limits": read_spend_limits(draft.spend_limits, "", currency_decimals=decimals)[0],
        "background": draft.background.lower(),
        "foreground": draft.foreground.lower(),
        "icon": draft.icon,
    }


def _draft(view: CardTypeView) -> CardTypeDraft:
    return CardTypeDraft(
        name=view.name,
        external_id=view.external_id,
        location_ids=view.location_ids,
        several_per_customer=view.several_per_customer,
        goal=view.goal,
        number_format=view.number_format,
        automatic_issue=view.automatic_issue,
        issue_location_ids=view.issue_location_ids,
        take_over_days=view.take_over_days,
        valid_days=view.valid_days,
        shown_balance=view.shown_balance,
        spend_limits=view.spend_limits,
        background=view.background,
        foreground=view.foreground,
        icon=view.icon,
    )


def _facts(one: CardType) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "location_ids": None if one.location_ids is None else [str(place) for place in one.location_ids],
        "several_per_customer": one.several_per_customer,
        "goal": one.goal,
        "number_format": one.number_format,
        "automatic_issue": one.automatic_issue,
        "issue_location_ids": [str(place) for place in one.issue_location_ids],
        "take_over_days": one.take_over_days,
        "valid_days": one.valid_days,
        "shown_balance_id": str(one.shown_balance_id) if one.shown_balance_id else None,
        "spend_limits": one.spend_limits,
        "background": one.background,
        "foreground": one.foreground,
        "icon": one.icon,
    }


def _keep_version(one: CardType, *, now: datetime) -> None:
    CardTypeVersion.objects.create(
        chain_id=one.chain_id, card_type_id=one.id, version=one.version, content=_facts(one), at=now
    )
