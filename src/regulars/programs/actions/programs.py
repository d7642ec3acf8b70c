"""Writes of programs (PRG-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.kernel.fields import check_choice, check_name, check_text, external_id_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.programs import rules
from regulars.programs.actions.balance_types import insert_balance_types
from regulars.programs.actions.tier_groups import unmake_tier_groups, write_tier_groups
from regulars.programs.errors import StateChangeRefused
from regulars.programs.models import BalanceType, Program
from regulars.programs.queries import ProgramView, access_program, find_program
from regulars.programs.rules import ProgramDraft
from regulars.programs.rules.tier_drafts import TierGroupDraft


def create_program(
    actor: Actor,
    draft: ProgramDraft,
    *,
    currency_decimals: int,
    now: datetime,
    tier_groups: Sequence[TierGroupDraft] = (),
) -> ProgramView:
    """Make a program with its balance types and tiers. Refuses: Forbidden, Invalid, ExternalIdTaken."""
    actor.require("programs:write")
    problem = rules.check_program(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        made = insert_program(actor, draft, currency_decimals=currency_decimals, now=now)
        if tier_groups:
            write_tier_groups(actor, made, tier_groups, currency_decimals=currency_decimals, now=now)
        return made


def insert_program(actor: Actor, draft: ProgramDraft, *, currency_decimals: int, now: datetime) -> ProgramView:
    """Make a checked program inside the running unit of work. Refuses: ExternalIdTaken."""
    taken = frozenset(Program.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
    if draft.external_id and draft.external_id in taken:
        raise Refused(ExternalIdTaken(external_id=draft.external_id))
    program = Program.objects.create(
        chain_id=actor.chain_id,
        external_id=draft.external_id or external_id_from(draft.name, taken),
        name=one_line(draft.name),
        description=draft.description.strip(),
        state=draft.state,
        refunds=dict(draft.refunds),
        earn_when=draft.earn_when,
        earns_on_points=draft.earns_on_points,
        created_at=now,
    )
    insert_balance_types(actor, program.id, draft.balance_types, currency_decimals=currency_decimals, now=now)
    record(actor, verb="program.created", object_kind="program", object_id=program.id, now=now, after=_facts(program))
    view = find_program(actor.chain_id, program.id)
    assert view is not None
    return view


def change_program(
    actor: Actor,
    identifier: str,
    *,
    now: datetime,
    name: str | None = None,
    description: str | None = None,
    state: str | None = None,
    earn_when: str | None = None,
    earns_on_points: bool | None = None,
    refunds: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> ProgramView:
    """Change a program's name, description, state, how orders earn or what refunds take back; what is left out stays.

    Refuses: Forbidden, NotFound, Invalid, StateChangeRefused, ChangedMeanwhile (where `version` is given and old).
    """
    actor.require("programs:write")
    problems: list[FieldProblem] = []
    if name is not None:
        problems += check_name(name, "/name")
    if description is not None:
        problems += check_text(description, "/description", length_max=4000)
    if state is not None:
        problems += check_choice(state, rules.STATES, "/state")
    if refunds is not None:
        problems += rules.check_refunds(refunds, "/refunds")
    if earn_when is not None:
        problems += check_choice(earn_when, rules.EARN_WHEN, "/earn_when")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        view = access_program(actor, identifier)
        program = Program.objects.select_for_update(no_key=True).get(id=view.id)
        if version is not None and version != program.version:
            raise Refused(ChangedMeanwhile())
        if state and not rules.is_state_change_allowed(program.state, state):
            raise Refused(StateChangeRefused(present=program.state, wanted=state))
        before = _facts(program)
        program.name = one_line(name) if name is not None else program.name
        program.description = description.strip() if description is not None else program.description
        program.state = state or program.state
        program.refunds = program.refunds | dict(refunds or {})
        program.earn_when = earn_when or program.earn_when
        program.earns_on_points = program.earns_on_points if earns_on_points is None else earns_on_points
        after = _facts(program)
        if after != before:
            program.version += 1
            program.save()
            record(
                actor,
                verb="program.changed",
                object_kind="program",
                object_id=program.id,
                now=now,
                before=before,
                after=after,
            )
        found = find_program(actor.chain_id, program.id)
    assert found is not None
    return found


def unmake_program(actor: Actor, program_id: UUID, *, now: datetime) -> bool:
    """Take a program that nobody changed out of sight, in the running unit of work; False where it stays.

    Its row stays for what was reversed on it, its tiers for who was in them; the external ids are free again.
    """
    program = Program.objects.select_for_update(no_key=True).get(chain_id=actor.chain_id, id=program_id)
    if program.version > 1:
        return False
    program.state, program.external_id = "undone", encode("prg", program.id)
    program.save(update_fields=["state", "external_id"])
    for one in BalanceType.objects.filter(chain_id=actor.chain_id, program_id=program_id):
        one.external_id = encode("bal", one.id)
        one.save(update_fields=["external_id"])
    unmake_tier_groups(actor, program_id, now=now)
    return True


def _facts(program: Program) -> dict[str, Any]:
    return {
        "id": encode("prg", program.id),
        "external_id": program.external_id,
        "name": program.name,
        "description": program.description,
        "state": program.state,
        "refunds": rules.present_refunds(rules.read_refunds(program.refunds)),
        "earn_when": program.earn_when,
        "earns_on_points": program.earns_on_points,
    }
