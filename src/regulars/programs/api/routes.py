"""Routes of programs, their balance types and their tiers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.actions import change_program, create_program
from regulars.programs.actions.keeping import NOBODY
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.api.schemas import (
    BalanceTypeIn,
    ExpiryIn,
    ProgramChange,
    ProgramIn,
    ProgramList,
    ProgramOut,
    RefundsIn,
    TierGroupIn,
)
from regulars.programs.errors import ProgramNotActive, StateChangeRefused
from regulars.programs.jobs import defer_recount
from regulars.programs.queries import BalanceTypeView, ProgramView, access_program, list_programs
from regulars.programs.queries.tiers import TierGroupView, list_tier_groups
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft, present_expiry, present_refunds
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft

routes = Routes("Programs")


@routes.get("/programs", needs="programs:read", answers={200: ProgramList})
def list_all_programs(request: ApiRequest) -> Answer:
    """List the programs."""
    groups: dict[UUID, list[TierGroupView]] = {}
    for group in list_tier_groups(request.actor.chain_id):
        groups.setdefault(group.program_id, []).append(group)
    programs = list_programs(request.actor)
    return answer(whole_list(present_program(one, groups.get(one.id, [])) for one in programs))


@routes.post("/programs", needs="programs:write", answers={201: ProgramOut}, refuses=[ExternalIdTaken])
def create_one_program(request: ApiRequest, body: ProgramIn) -> Answer:
    """Make a program with its balance types.

    It begins as a draft unless `state` says active. External ids are made from the names where they are left out.
    """
    draft = ProgramDraft(
        name=body.name,
        external_id=body.external_id,
        description=body.description,
        state=body.state,
        earn_when=body.earn_when,
        earns_on_points=body.earns_on_points,
        refunds=_settings(body.refunds),
        balance_types=tuple(_balance_type(part) for part in body.balance_types),
    )
    decimals = get_chain(request.actor.chain_id).currency_decimals
    program = create_program(
        request.actor,
        draft,
        currency_decimals=decimals,
        now=request.now,
        tier_groups=[written_group(one) for one in body.tier_groups],
    )
    return created(_present(request, program), version=program.version)


@routes.get("/programs/{program}", needs="programs:read", answers={200: ProgramOut})
def get_program(request: ApiRequest, program: str) -> Answer:
    """Read a program."""
    found = access_program(request.actor, check_reference(program))
    return answer(_present(request, found), version=found.version)


@routes.patch(
    "/programs/{program}",
    needs="programs:write",
    answers={200: ProgramOut},
    refuses=[StateChangeRefused, ProgramNotActive],
)
def change_one_program(request: ApiRequest, program: str, body: ProgramChange) -> Answer:
    """Change a program's name, description, state or tiers.

    `tier_groups` holds all of them. Everybody's tier is reckoned anew in the background; `tier_protection` lets those
    who would fall, or get less, keep what they have.
    """
    identifier = check_reference(program)
    changed = change_program(
        request.actor,
        identifier,
        now=request.now,
        name=body.name,
        description=body.description,
        state=body.state,
        earn_when=body.earn_when,
        earns_on_points=body.earns_on_points,
        refunds=None if body.refunds is None else _settings(body.refunds),
        version=expected_version(request),
    )
    if body.tier_groups is not None:
        set_tier_groups(
            request.actor,
            identifier,
            [written_group(one) for one in body.tier_groups],
            currency_decimals=get_chain(request.actor.chain_id).currency_decimals,
            now=request.now,
            defer=defer_recount,
            protection=body.tier_protection.protection() if body.tier_protection else NOBODY,
        )
        changed = access_program(request.actor, identifier)
    return answer(_present(request, changed), version=changed.version)


def _balance_type(body: BalanceTypeIn) -> BalanceTypeDraft:
    return BalanceTypeDraft(
        name=body.name,
        kind=body.kind,
        external_id=body.external_id,
        decimals=body.decimals,
        initial_balance=body.initial_balance,
        activation_delay_days=body.activation_delay_days,
        rounding=body.rounding,
        money_per_unit=None if body.money_per_unit is None else Decimal(body.money_per_unit),
        units_per_money=None if body.units_per_money is None else Decimal(body.units_per_money),
        expiry=written_policy(body.expiry),
        notice_days=body.notice_days,
    )


def written_policy(body: ExpiryIn | None) -> dict[str, Any]:
    """A policy as the actions take it."""
    return body.model_dump(exclude_none=True) if body else {}


def _settings(body: RefundsIn | None) -> dict[str, Any]:
    return body.model_dump(exclude_none=True) if body else {}


def written_group(body: TierGroupIn) -> TierGroupDraft:
    """A tier group as the actions take it."""
    return TierGroupDraft(
        name=body.name,
        counts=body.counts,
        tiers=tuple(
            TierDraft(
                name=one.name,
                threshold=one.threshold,
                key=one.external_id,
                multiplier=Decimal(one.multiplier),
                background=one.background,
            )
            for one in body.tiers
        ),
        key=body.external_id,
        balance_type=body.balance_type,
        period=body.period,
        months=body.months,
        grace_days=body.grace_days,
    )


def _present(request: ApiRequest, program: ProgramView) -> dict[str, Any]:
    return present_program(program, list_tier_groups(request.actor.chain_id, [program.id]))


def present_program(program: ProgramView, tier_groups: Sequence[TierGroupView]) -> dict[str, Any]:
    """A program as the API writes it."""
    return {
        "id": encode("prg", program.id),
        "external_id": program.external_id,
        "name": program.name,
        "description": program.description,
        "state": program.state,
        "earn_when": program.earn_when,
        "earns_on_points": program.earns_on_points,
        "refunds": present_refunds(program.refunds),
        "balance_types": [present_balance_type(part) for part in program.balance_types],
        "tier_groups": [present_tier_group(one) for one in tier_groups],
        "version": program.version,
    }


def present_tier_group(group: TierGroupView) -> dict[str, Any]:
    """A tier group as the API writes it."""
    return {
        "id": encode("tgr", group.id),
        "external_id": group.external_id,
        "name": group.name,
        "counts": group.counts,
        "balance_type": group.balance_type,
        "period": group.period,
        "months": group.months,
        "grace_days": group.grace_days,
        "tiers": [
            {
                "id": encode("tier", one.id),
                "external_id": one.external_id,
                "name": one.name,
                "threshold": format_amount(one.threshold, group.decimals),
                "multiplier": _plain(one.multiplier),
                "background": one.background,
            }
            for one in group.tiers
        ],
        "closing": [
            {"id": encode("tier", one.id), "name": one.name, "closes_at": one.closes_at} for one in group.closing
        ],
    }


def present_balance_type(balance_type: BalanceTypeView) -> dict[str, Any]:
    """A balance type as the API writes it."""
    return {
        "id": encode("bal", balance_type.id),
        "external_id": balance_type.external_id,
        "name": balance_type.name,
        "kind": balance_type.kind,
        "decimals": balance_type.decimals,
        "initial_balance": format_amount(balance_type.initial_balance, balance_type.decimals),
        "activation_delay_days": balance_type.activation_delay_days,
        "rounding": balance_type.rounding,
        "money_per_unit": _plain(balance_type.money_per_unit),
        "units_per_money": _plain(balance_type.units_per_money),
        "expiry": present_expiry(balance_type.expiry),
        "notice_days": balance_type.notice_days,
        "version": balance_type.version,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
