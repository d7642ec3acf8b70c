"""Routes of balance types: what a unit is worth, how long it lives, and what a change of it means (PRG-2, PRG-3)."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from regulars.cards.queries.people import name_people
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.ledger.actions.policy import Existing, change_policy, list_policy_losers, preview_policy
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import AmountIn, AmountOut, In, Out, TimeOut, WholeIn
from regulars.platform.api.listing import page_of, read_id_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.actions import BalanceTypeChange
from regulars.programs.api.routes import present_balance_type, written_policy
from regulars.programs.api.schemas import BalanceTypeOut, ExpiryIn, NoticeIn, RateIn
from regulars.programs.jobs import defer_apply_policy
from regulars.programs.queries import access_balance_type

routes = Routes("Programs")
LISTING: Final = "policy-losers"


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


class EffectOut(Out):
    """What a policy would mean for balances that are there now."""

    balances: Annotated[int, Field(description="Whose end would change.")]
    amount: AmountOut
    balances_at_once: Annotated[int, Field(description="Who would lose something with the next night.")]
    amount_at_once: AmountOut
    first_end: Annotated[TimeOut | None, Field(description="When the first of the others would end.")]
    balances_sooner: Annotated[int, Field(description="Of which something would end before it would have.")]
    amount_sooner: AmountOut


class PolicyLosersIn(PreviewIn):
    """The same, and where the list goes on."""

    limit: Annotated[WholeIn, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=600)] = None


class PolicyLoserOut(Out):
    """A card of which something would end before it would have."""

    customer: str | None
    card: str
    name: str
    card_number: str
    amount: AmountOut
    first_end: TimeOut | None


class PolicyLoserList(Out):
    """One page, by id."""

    items: list[PolicyLoserOut]
    next_cursor: str | None


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
        expiry=None if body.expiry is None else written_policy(body.expiry),
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
    effect = preview_policy(request.actor, found, written_policy(body.expiry), existing=body.existing, now=request.now)
    return answer(
        {
            "balances": effect.balances,
            "amount": format_amount(effect.units, found.decimals),
            "balances_at_once": effect.balances_at_once,
            "amount_at_once": format_amount(effect.units_at_once, found.decimals),
            "first_end": effect.first_end,
            "balances_sooner": effect.balances_sooner,
            "amount_sooner": format_amount(effect.units_sooner, found.decimals),
        }
    )


@routes.post(
    "/balance-types/{balance_type}/expiry-preview/people", needs="programs:read", answers={200: PolicyLoserList}
)
def list_policy_losers_of(request: ApiRequest, balance_type: str, body: PolicyLosersIn) -> Answer:
    """List whose points would end before they would have; needs the right to read customers, of the whole business."""
    found = access_balance_type(request.actor, check_reference(balance_type))
    touched = list_policy_losers(
        request.actor,
        found,
        written_policy(body.expiry),
        existing=body.existing,
        now=request.now,
        after=read_id_cursor(LISTING, body.cursor),
        limit=body.limit + 1,
    )
    named = name_people(request.actor, [(one.customer_id, one.card_id) for one in touched])
    return answer(
        page_of(
            list(zip(touched, named, strict=True)),
            limit=body.limit,
            listing=LISTING,
            position=lambda one: [str(one[0].account_id)],
            present=lambda one: {
                "customer": encode("cus", one[0].customer_id) if one[0].customer_id else None,
                "card": encode("crd", one[0].card_id),
                "name": one[1].name,
                "card_number": one[1].number,
                "amount": format_amount(one[0].units, found.decimals),
                "first_end": one[0].ends_at,
            },
        )
    )
