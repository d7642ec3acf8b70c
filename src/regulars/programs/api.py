"""Routes of programs and their balance types."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field

from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.ledger.actions.policy import Existing, change_policy, preview_policy
from regulars.ledger.jobs import defer_apply_policy
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AmountIn, AmountOut, ExternalIdIn, In, Out, TimeOut, WholeIn, refused_value
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.actions import BalanceTypeChange, change_program, create_program
from regulars.programs.errors import StateChangeRefused
from regulars.programs.queries import (
    BalanceTypeView,
    ProgramView,
    access_balance_type,
    access_program,
    list_programs,
)
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft, check_rates, present_expiry, present_refunds
from regulars.programs.rules.program import NOTICE_DAYS, NOTICE_DAYS_MAX
from regulars.programs.rules.refunds import Discounts, Earned, Spent

routes = Routes("Programs")

NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Coffee club"])]


def _check_rate(value: str) -> str:
    if check_rates(Decimal(value), None, ""):
        raise refused_value("out_of_range", _("Above zero, with at most 10 digits before and 8 after the point."))
    return value


RateIn = Annotated[AmountIn, AfterValidator(_check_rate)]
NoticeIn = Annotated[WholeIn, Field(ge=1, le=NOTICE_DAYS_MAX, description="Null: no notice.")]
EarnWhen = Annotated[
    Literal["paid", "completed"],
    Field(description="What orders earn can be spent once they are paid, or is pending until they are completed."),
]
EarnsOnPoints = Annotated[bool, Field(description="Whether the part of an order that points paid earns as well.")]
DescriptionIn = Annotated[str, Field(max_length=4000)]


class ExpiryIn(In):
    """How long units live; every end is the end of a day in the business's time zone.

    `days` and `months` count from the day a lot can first be spent. `month_end`, `quarter_end` and `year_end` end it with
    that period, or `value` whole periods later. `inactive_months` ends the whole balance where no order earned or redeemed
    for so long.
    """

    kind: Literal["never", "days", "months", "month_end", "quarter_end", "year_end", "inactive_months"]
    value: Annotated[WholeIn, Field(ge=0, le=3650)] | None = None


class RefundsIn(In):
    """What a cancel or refund takes back and gives back; what is left out stays as it is."""

    not_recovered: Annotated[
        Literal["debt", "cap"] | None,
        Field(description="Points spent already become a debt that the next earnings fill, or are left."),
    ] = None
    spent_points: Spent | None = None
    earned_points: Earned | None = None
    discounts: Discounts | None = None
    returned_lot_days: Annotated[WholeIn, Field(ge=1, le=3650)] | None = None
    redeemed_rewards: Literal["keep", "take_back"] | None = None


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
    expiry: ExpiryIn | None = None
    notice_days: NoticeIn | None = NOTICE_DAYS


class BalanceTypeChangeIn(In):
    """Fields to change; those left out stay."""

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    initial_balance: AmountIn | None = None
    activation_delay_days: Annotated[WholeIn, Field(ge=0, le=3650)] | None = None
    rounding: Literal["down", "up", "half_up"] | None = None
    money_per_unit: RateIn | None = None
    units_per_money: RateIn | None = None
    expiry: ExpiryIn | None = None
    notice_days: NoticeIn | None = None
    existing: Annotated[
        Existing | None,
        Field(description="What a new expiry means for balances that are there: see the preview. By default `keep`."),
    ] = None


class PreviewIn(In):
    """A policy that somebody thinks of."""

    expiry: ExpiryIn
    existing: Existing = "keep"


class ProgramIn(In):
    """A program with its balance types."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    description: DescriptionIn = ""
    state: Literal["draft", "active"] = "draft"
    refunds: RefundsIn | None = None
    earn_when: EarnWhen = "paid"
    earns_on_points: EarnsOnPoints = False
    balance_types: Annotated[list[BalanceTypeIn], Field(max_length=20)] = []


class ProgramChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    description: DescriptionIn | None = None
    state: Literal["draft", "active", "paused", "archived"] | None = None
    refunds: RefundsIn | None = None


class ExpiryOut(Out):
    """How long units live."""

    kind: Literal["never", "days", "months", "month_end", "quarter_end", "year_end", "inactive_months"]
    value: int | None


class RefundsOut(Out):
    """What a cancel or refund takes back and gives back."""

    not_recovered: Literal["debt", "cap"]
    spent_points: Spent
    earned_points: Earned
    discounts: Discounts
    returned_lot_days: int
    redeemed_rewards: Literal["keep", "take_back"]
    earn_when: EarnWhen | None = None
    earns_on_points: EarnsOnPoints | None = None


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
    expiry: ExpiryOut
    notice_days: Annotated[int | None, Field(description="How many days before its end a lot is announced, once.")]
    version: int


class EffectOut(Out):
    """What a policy would mean for balances that are there now."""

    balances: Annotated[int, Field(description="Whose end would change.")]
    amount: AmountOut
    balances_at_once: Annotated[int, Field(description="Who would lose something with the next night.")]
    amount_at_once: AmountOut
    first_end: Annotated[TimeOut | None, Field(description="When the first of the others would end.")]


class ProgramOut(Out):
    """A program."""

    id: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["coffee-club"])]
    name: Annotated[str, Field(examples=["Coffee club"])]
    description: str
    state: Literal["draft", "active", "paused", "archived"]
    refunds: RefundsOut
    earn_when: Literal["paid", "completed"]
    earns_on_points: bool
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
        refunds=_settings(body.refunds),
        earn_when=body.earn_when,
        earns_on_points=body.earns_on_points,
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
    """Change a program's name, description, state, how its orders earn, or what refunds take back."""
    changed = change_program(
        request.actor,
        check_reference(program),
        now=request.now,
        name=body.name,
        description=body.description,
        state=body.state,
        refunds=None if body.refunds is None else _settings(body.refunds),
        earn_when=body.earn_when,
        earns_on_points=body.earns_on_points,
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
        expiry=_policy(body.expiry),
        notice_days=body.notice_days,
    )


def _policy(body: ExpiryIn | None) -> dict[str, Any]:
    return body.model_dump(exclude_none=True) if body else {}


def _settings(body: RefundsIn | None) -> dict[str, Any]:
    return body.model_dump(exclude_none=True) if body else {}


@routes.get("/balance-types/{balance_type}", needs="programs:read", answers={200: BalanceTypeOut})
def get_balance_type(request: ApiRequest, balance_type: str) -> Answer:
    """Read a balance type."""
    found = access_balance_type(request.actor, check_reference(balance_type))
    return answer(present_balance_type(found), version=found.version)


@routes.patch("/balance-types/{balance_type}", needs="programs:write", answers={200: BalanceTypeOut})
def change_one_balance_type(request: ApiRequest, balance_type: str, body: BalanceTypeChangeIn) -> Answer:
    """Change a balance type.

    New units live by it from now on. What a new expiry means for balances that are there is a choice: `existing`.
    """
    given = body.model_fields_set
    change = BalanceTypeChange(
        name=body.name,
        rounding=body.rounding,
        initial_balance=body.initial_balance,
        activation_delay_days=body.activation_delay_days,
        expiry=None if body.expiry is None else _policy(body.expiry),
        others={
            name: Decimal(value) if isinstance(value, str) else value
            for name in ("money_per_unit", "units_per_money", "notice_days")
            if name in given
            for value in (getattr(body, name),)
        },
    )
    changed = change_policy(
        request.actor,
        check_reference(balance_type),
        change,
        existing=body.existing,
        now=request.now,
        version=expected_version(request),
        defer=defer_apply_policy,
    )
    return answer(present_balance_type(changed), version=changed.version)


@routes.post("/balance-types/{balance_type}/expiry-preview", needs="programs:read", answers={200: EffectOut})
def preview_expiry(request: ApiRequest, balance_type: str, body: PreviewIn) -> Answer:
    """See whose balances a policy would touch, and how much, before it is switched on; nothing is changed."""
    found = access_balance_type(request.actor, check_reference(balance_type))
    effect = preview_policy(request.actor, found, _policy(body.expiry), existing=body.existing, now=request.now)
    return answer(
        {
            "balances": effect.balances,
            "amount": format_amount(effect.units, found.decimals),
            "balances_at_once": effect.balances_at_once,
            "amount_at_once": format_amount(effect.units_at_once, found.decimals),
            "first_end": effect.first_end,
        }
    )


def present_program(program: ProgramView) -> dict[str, Any]:
    """A program as the API writes it."""
    return {
        "id": encode("prg", program.id),
        "external_id": program.external_id,
        "name": program.name,
        "description": program.description,
        "state": program.state,
        "refunds": present_refunds(program.refunds),
        "earn_when": program.earn_when,
        "earns_on_points": program.earns_on_points,
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
        "expiry": present_expiry(balance_type.expiry),
        "notice_days": balance_type.notice_days,
        "version": balance_type.version,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
