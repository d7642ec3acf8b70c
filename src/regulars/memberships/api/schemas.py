"""What memberships look like on the wire."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.memberships.queries.memberships import MembershipView
from regulars.memberships.queries.types import TypeView
from regulars.memberships.queries.uses import UseView
from regulars.memberships.rules.terms import NAMED_LENGTH_MAX, NAMED_MAX, Terms
from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    DateOut,
    ExternalIdIn,
    In,
    Out,
    ReferenceIn,
    TimeOut,
    WholeIn,
)
from regulars.platform.api.references import public_id

Begins = Literal["sale", "first_use"]
StateName = Literal["sold", "active", "frozen", "used_up", "expired", "cancelled"]
NamedIn = Annotated[list[Annotated[str, Field(max_length=NAMED_LENGTH_MAX)]], Field(max_length=NAMED_MAX)]
LocationsIn = Annotated[
    list[ReferenceIn], Field(max_length=NAMED_MAX, description="Where it is valid; none: everywhere.")
]
TypeNameIn = Annotated[str, Field(max_length=200, examples=["Ten visits"])]


LocationIn = Annotated[ReferenceIn, Field(description="Where it happens: `loc_…` or `ext:…`.")]


class MembershipPeriodIn(In):
    """How long it lasts: it ends with the day so many days or months after the one it begins on."""

    unit: Literal["days", "months"]
    value: Annotated[WholeIn, Field(examples=[1])]


class MembershipTypeIn(In):
    """A type of membership: visits, a period, or so many visits within a period."""

    name: TypeNameIn
    external_id: ExternalIdIn | None = None
    price: Annotated[AmountIn | None, Field(description="None: it is said at the sale.", examples=["90.00"])] = None
    visits: Annotated[WholeIn | None, Field(description="None: visits are not counted.", examples=[10])] = None
    period: Annotated[MembershipPeriodIn | None, Field(description="None: it has no end.")] = None
    begins: Annotated[Begins, Field(description="With the sale, or with the first use.")] = "sale"
    kinds: Annotated[
        list[Literal["goods", "service"]], Field(max_length=2, description="What it is for; none: both.")
    ] = []
    categories: Annotated[NamedIn, Field(description="With those below them. None, and no SKUs: anything.")] = []
    skus: NamedIn = []
    locations: LocationsIn = []
    every_hours: Annotated[
        WholeIn | None, Field(description="A use within so many hours of the one before asks for `again`.")
    ] = None
    freezes_max: Annotated[
        WholeIn | None, Field(description="How often it may be frozen; 0: never, null: as often as one likes.")
    ] = 0
    freeze_days_max: Annotated[WholeIn | None, Field(description="Days of all freezes together at most.")] = None
    freeze_days_min: Annotated[WholeIn, Field(description="Days of one freeze at least.")] = 1
    notice_days: Annotated[WholeIn | None, Field(description="So many days before its end people are told.")] = None
    notice_visits: Annotated[WholeIn | None, Field(description="With so many visits left people are told.")] = None


class MembershipTypeChange(In):
    """Fields to change; those left out stay. What was sold keeps the terms it was sold with."""

    name: TypeNameIn | None = None
    external_id: ExternalIdIn | None = None
    price: AmountIn | None = None
    visits: WholeIn | None = None
    period: MembershipPeriodIn | None = None
    begins: Begins | None = None
    kinds: Annotated[list[Literal["goods", "service"]], Field(max_length=2)] | None = None
    categories: NamedIn | None = None
    skus: NamedIn | None = None
    locations: LocationsIn | None = None
    every_hours: WholeIn | None = None
    freezes_max: WholeIn | None = None
    freeze_days_max: WholeIn | None = None
    freeze_days_min: WholeIn | None = None
    notice_days: WholeIn | None = None
    notice_visits: WholeIn | None = None
    archived: Annotated[bool | None, Field(description="true puts it away, false takes it back.")] = None


class MembershipPeriodOut(Out):
    """How long it lasts."""

    unit: Literal["days", "months"]
    value: int


class MembershipTermsOut(Out):
    """What a membership promises."""

    visits: int | None
    period: MembershipPeriodOut | None
    begins: Begins
    kinds: list[Literal["goods", "service"]]
    categories: list[str]
    skus: list[str]
    locations: list[str]
    every_hours: int | None
    freezes_max: int | None
    freeze_days_max: int | None
    freeze_days_min: int
    notice_days: int | None
    notice_visits: int | None


class MembershipTypeOut(MembershipTermsOut):
    """A type of membership."""

    id: Annotated[str, Field(examples=["mbt_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    name: str
    price: AmountOut | None
    archived_at: TimeOut | None
    version: int


class MembershipTypeList(Out):
    """All types."""

    items: list[MembershipTypeOut]
    next_cursor: str | None


class MembershipOut(Out):
    """A membership as it is today; days are those of the chain, the last one included."""

    id: Annotated[str, Field(examples=["mbr_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    type: str
    name: Annotated[str, Field(description="The name of its type.")]
    state: StateName
    customer: str | None
    card: str | None
    code: Annotated[
        str | None,
        Field(description="A bearer code: whoever shows it uses the membership. Null without `rewards:write`."),
    ]
    visits: Annotated[int | None, Field(description="All visits, with those that were added; null: not counted.")]
    used: int
    remaining: int | None
    starts_on: DateOut | None
    ends_on: DateOut | None
    days_left: Annotated[int | None, Field(description="Days until the last one.")]
    ending: Annotated[Literal["days", "visits"] | None, Field(description="Why it is about to end, if it is.")]
    frozen_from: DateOut | None
    frozen_until: DateOut | None
    freezes: int
    frozen_days: int
    extended_days: int
    price: AmountOut
    refunded: AmountOut
    sold_at: TimeOut
    location: str | None
    last_used_at: TimeOut | None
    cancelled_at: TimeOut | None
    terms: MembershipTermsOut
    version: int


class MembershipList(Out):
    """A page of memberships."""

    items: list[MembershipOut]
    next_cursor: str | None


class MembershipUseOut(Out):
    """Visits that were taken, or given back: then `visits` is below zero and `undoes` names the use."""

    id: Annotated[str, Field(examples=["mbu_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    visits: int
    undone: bool
    undoes: str | None
    at: TimeOut
    sku: str
    location: str | None
    order: str | None


class MembershipUsedOut(MembershipUseOut):
    """A use, with the membership after it."""

    membership: MembershipOut


class MembershipUseList(Out):
    """The uses of a membership, newest first."""

    items: list[MembershipUseOut]
    next_cursor: str | None


def present_terms(terms: Terms) -> dict[str, Any]:
    """Terms as the API writes them."""
    return {
        "visits": terms.visits,
        "period": {"unit": terms.period_unit, "value": terms.period} if terms.period_unit else None,
        "begins": terms.begins,
        "kinds": list(terms.kinds),
        "categories": list(terms.categories),
        "skus": list(terms.skus),
        "locations": [encode("loc", one) for one in terms.locations],
        "every_hours": terms.every_hours,
        "freezes_max": terms.freezes_max,
        "freeze_days_max": terms.freeze_days_max,
        "freeze_days_min": terms.freeze_days_min,
        "notice_days": terms.notice_days,
        "notice_visits": terms.notice_visits,
    }


def present_type(one: TypeView, decimals: int) -> dict[str, Any]:
    """A type as the API writes it."""
    return {
        "id": encode("mbt", one.id),
        "external_id": one.external_id,
        "name": one.name,
        "price": None if one.price is None else format_amount(one.price, decimals),
        **present_terms(one.terms),
        "archived_at": one.archived_at,
        "version": one.version,
    }


def present_membership(one: MembershipView, decimals: int, *, shows_code: bool) -> dict[str, Any]:
    """A membership as the API writes it; its code only to whoever may use it."""
    now = one.now
    return {
        "id": encode("mbr", one.id),
        "external_id": one.external_id,
        "type": encode("mbt", now.type_id),
        "name": now.type_name,
        "state": now.state,
        "customer": public_id("cus", now.customer_id),
        "card": public_id("crd", now.card_id),
        "code": one.code if shows_code else None,
        "visits": now.visits,
        "used": now.used,
        "remaining": now.remaining,
        "starts_on": _day(now.starts_on),
        "ends_on": _day(now.ends_on),
        "days_left": one.days_left,
        "ending": one.ending,
        "frozen_from": _day(now.frozen_from),
        "frozen_until": _day(now.frozen_until),
        "freezes": now.freezes,
        "frozen_days": now.frozen_days,
        "extended_days": now.extended_days,
        "price": format_amount(now.price, decimals),
        "refunded": format_amount(one.refunded, decimals),
        "sold_at": one.sold_at,
        "location": public_id("loc", one.location_id),
        "last_used_at": now.last_used_at,
        "cancelled_at": one.cancelled_at,
        "terms": present_terms(one.terms),
        "version": now.version,
    }


def present_use(one: UseView) -> dict[str, Any]:
    """A use as the API writes it."""
    return {
        "id": encode("mbu", one.id),
        "visits": one.visits,
        "undone": one.undone,
        "undoes": public_id("mbu", one.undoes),
        "at": one.at,
        "sku": one.sku,
        "location": public_id("loc", one.location_id),
        "order": public_id("ord", one.order_id),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
