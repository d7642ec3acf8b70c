"""Routes of programs and their balance types."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field

from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AmountIn, AmountOut, ExternalIdIn, In, Out, WholeIn, refused_value
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.actions import change_program, create_program
from regulars.programs.errors import StateChangeRefused
from regulars.programs.queries import BalanceTypeView, ProgramView, access_program, list_programs
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft

routes = Routes("Programs")

NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Coffee club"])]


def _check_rate(value: str) -> str:
    rate = Decimal(value)
    if not 0 < rate < RATE_END or -int(rate.as_tuple().exponent) > RATE_DECIMALS:
        raise refused_value("out_of_range", _("Above zero, with at most 10 digits before and 8 after the point."))
    return value


RATE_END: Final = 10**10
RATE_DECIMALS: Final = 8
RateIn = Annotated[AmountIn, AfterValidator(_check_rate)]
DescriptionIn = Annotated[str, Field(max_length=4000)]


class BalanceTypeIn(In):
    """A balance type of a new program; a deposit counts the chain's currency."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Points"])]
    kind: Literal["points", "status", "stamps", "deposit"]
    external_id: ExternalIdIn | None = None
    decimals: Annotated[WholeIn, Field(ge=0, le=4)] | None = None
    initial_balance: Annotated[AmountIn, Field(description="Given once to each person.")] = "0"
    activation_delay_days: Annotated[WholeIn, Field(ge=0, le=3650)] = 0
    rounding: Literal["down", "up", "half_up"] = "down"
    money_per_unit: RateIn | None = None
    units_per_money: RateIn | None = None


class ProgramIn(In):
    """A program with its balance types."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    description: DescriptionIn = ""
    state: Literal["draft", "active"] = "draft"
    balance_types: Annotated[list[BalanceTypeIn], Field(max_length=20)] = []


class ProgramChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    description: DescriptionIn | None = None
    state: Literal["draft", "active", "paused", "archived"] | None = None


class BalanceTypeOut(Out):
    """What is counted."""

    id: Annotated[str, Field(examples=["bal_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["points"])]
    name: str
    kind: Literal["points", "status", "stamps", "deposit"]
    decimals: int
    initial_balance: AmountOut
    activation_delay_days: int
    rounding: str
    money_per_unit: AmountOut | None
    units_per_money: AmountOut | None


class ProgramOut(Out):
    """A program."""

    id: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["coffee-club"])]
    name: Annotated[str, Field(examples=["Coffee club"])]
    description: str
    state: Literal["draft", "active", "paused", "archived"]
    balance_types: list[BalanceTypeOut]
    tier_groups: list[dict[str, Any]]
    version: int


class ProgramList(Out):
    """All programs, oldest first."""

    items: list[ProgramOut]
    next_cursor: str | None


@routes.get("/programs", needs="programs:read", answers={200: ProgramList})
def list_all_programs(request: ApiRequest) -> Answer:
    """List the programs."""
    return answer(whole_list(map(present_program, list_programs(request.actor))))


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
        balance_types=tuple(_balance_type(part) for part in body.balance_types),
    )
    decimals = get_chain(request.actor.chain_id).currency_decimals
    program = create_program(request.actor, draft, currency_decimals=decimals, now=request.now)
    return created(present_program(program), version=program.version)


@routes.get("/programs/{program}", needs="programs:read", answers={200: ProgramOut})
def get_program(request: ApiRequest, program: str) -> Answer:
    """Read a program."""
    found = access_program(request.actor, check_reference(program))
    return answer(present_program(found), version=found.version)


@routes.patch("/programs/{program}", needs="programs:write", answers={200: ProgramOut}, refuses=[StateChangeRefused])
def change_one_program(request: ApiRequest, program: str, body: ProgramChange) -> Answer:
    """Change a program's name, description or state."""
    changed = change_program(
        request.actor,
        check_reference(program),
        now=request.now,
        name=body.name,
        description=body.description,
        state=body.state,
        version=expected_version(request),
    )
    return answer(present_program(changed), version=changed.version)


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
    )


def present_program(program: ProgramView) -> dict[str, Any]:
    """A program as the API writes it."""
    return {
        "id": encode("prg", program.id),
        "external_id": program.external_id,
        "name": program.name,
        "description": program.description,
        "state": program.state,
        "balance_types": [present_balance_type(part) for part in program.balance_types],
        "tier_groups": [],
        "version": program.version,
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
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
