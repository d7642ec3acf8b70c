"""What each kind of row is called, how its sentence runs, and what "Add" offers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Said = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a kind of row reads: its name, the operator for "it holds" and for "it does not", the fields always shown.

    Fields that are not `main` stand under "More". Without a word for no the row cannot be turned round.
    """

    label: Said
    main: tuple[str, ...] = ()
    yes: Said = ""
    no: Said = ""
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that "Add" offers, with what its row begins with."""

    key: str
    label: Said
    start: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferGroup:
    """Offers under one heading."""

    label: Said
    offers: tuple[Offer, ...]


_ONE_OF, _NONE_OF = _("is one of"), _("is none of")
PLACES: Final[dict[str, Said]] = {
    "locations": _("Location"),
    "channels": _("Channel"),
    "contact_points": _("Contact point"),
}

CONDITIONS: Final[dict[str, Shape]] = {
    "days": Shape(label=_("Days"), main=("first", "last"), yes=_("are"), no=_("are not")),
    "weekly_hours": Shape(label=_("Day and hour"), main=("hours",), yes=_("is within"), no=_("is outside")),
    "at_places": Shape(label=_("Place"), main=tuple(PLACES), yes=_ONE_OF, no=_NONE_OF),
    "minimum_amount": Shape(label=_("Order amount"), main=("amount",), yes=_("is at least"), no=_("is below")),
    "minimum_units": Shape(
        label=_("Pieces it is about"), main=("units",), yes=_("are at least"), no=_("are fewer than")
    ),
    "contains": Shape(label=_("Order"), main=("units", "products"), yes=_("holds at least"), no=_("holds fewer than")),
    "shipped_by": Shape(label=_("Delivery"), main=("methods",), yes=_ONE_OF, no=_NONE_OF),
    "known_as": Shape(label=_("Customer"), main=("customers",), yes=_("is known"), no=_("is not known")),
    "tagged": Shape(label=_("Tags of the customer"), main=("tags",), yes=_("have one of"), no=_("have none of")),
    "has_field": Shape(label=_("Field of the customer"), main=("name", "values"), yes=_ONE_OF, no=_NONE_OF),
    "in_tier": Shape(label=_("Tier"), main=("tiers",), yes=_ONE_OF, no=_NONE_OF),
    "holds_card": Shape(label=_("Card held"), main=("card_types",), yes=_ONE_OF, no=_NONE_OF),
    "invited": Shape(
        label=_("Invitation"), main=(), yes=_("the customer was invited"), no=_("the customer was not invited")
    ),
    "nth_order": Shape(
        label=_("Number of the customer’s order"), main=("number", "is_every"), yes=_("is"), no=_("is not")
    ),
    "near_birthday": Shape(
        label=_("Near the birthday"), main=("days_before", "days_after"), yes=_("is"), no=_("is not")
    ),
    "in_order_segment": Shape(label=_("Order segment"), main=("segment",), yes=_("is"), no=_("is not")),
}
GROUPS: Final[dict[str, Said]] = {
    "all_of": _("all of these"),
    "any_of": _("any of these"),
    "none_of": _("none of these"),
}

BENEFITS: Final[dict[str, Shape]] = {
    "percent_off_order": Shape(label=_("Percent off the order"), main=("percent", "amount_max")),
    "percent_off_lines": Shape(label=_("Percent off each product"), main=("percent", "amount_max")),
    "amount_off_order": Shape(label=_("Amount off the order"), main=("amount",)),
    "amount_off_line": Shape(label=_("Amount off each line"), main=("amount",)),
    "amount_off_unit": Shape(label=_("Amount off each piece"), main=("amount",)),
    "fixed_price": Shape(label=_("Fixed price for each piece"), main=("price",)),
    "steps": Shape(label=_("The more is bought, the more is off"), main=("is_percent", "steps")),
    "cheapest_off": Shape(label=_("The cheapest for less"), main=("units", "percent")),
    "buy_get": Shape(label=_("Buy some, get some"), main=("buy", "get", "percent")),
    "unit_groups": Shape(label=_("Amount off in complete groups"), main=("group", "amount")),
    "bundle_price": Shape(label=_("Several products for one price"), main=("price", "parts")),
    "shipping_off": Shape(label=_("Off the delivery"), main=("percent", "amount", "price")),
}
EARNINGS: Final[dict[str, Shape]] = {
    "percent_back": Shape(label=_("Percent of what is paid"), main=("percent", "balance_type", "instead")),
    "per_money": Shape(label=_("For each so much that is paid"), main=("units", "balance_type", "per", "carries")),
    "accumulative_back": Shape(label=_("Percent by what was bought before"), main=("over", "balance_type", "steps")),
    "per_order": Shape(label=_("For the order"), main=("units", "balance_type")),
    "per_unit": Shape(label=_("For each piece"), main=("units", "balance_type")),
}
MULTIPLIER: Final = Shape(label=_("Multiply what others bring"), main=("factor", "balance_type"))
SHAPES: Final[dict[str, dict[str, Shape]]] = {
    "condition": CONDITIONS,
    "benefit": BENEFITS,
    "earning": EARNINGS,
}


def offer(key: str, label: Said, **start: Any) -> Offer:
    """An offer whose row is of the kind `key`, or of the kind that it begins with."""
    return Offer(key=key, label=label, start={"kind": key, **start})


CONDITION_OFFERS: Final[tuple[OfferGroup, ...]] = (
    OfferGroup(
        label=pgettext_lazy("what is bought", "Order"),
        offers=(
            offer("minimum_amount", _("Order amount")),
            offer("shipped_by", _("Delivery"), methods=[]),
        ),
    ),
    OfferGroup(
        label=_("Products"),
        offers=(
            offer("contains", _("The order holds certain products")),
            offer("minimum_units", _("Number of pieces")),
        ),
    ),
    OfferGroup(
        label=_("Person"),
        offers=(
            offer("in_tier", _("Tier"), tiers=[]),
            offer("tagged", _("Tags of the customer"), tags=[]),
            offer("has_field", _("Field of the customer"), values=[]),
            offer("holds_card", _("Card held"), card_types=[]),
            Offer(key="first_order", label=_("First order"), start={"kind": "nth_order", "number": 1}),
            offer("nth_order", _("Number of the order")),
            offer("near_birthday", _("Near the birthday"), days_before=7, days_after=7),
            offer("invited", _("Was invited by somebody")),
            offer("known_as", _("A customer who is known")),
        ),
    ),
    OfferGroup(
        label=_("Time"),
        offers=(
            offer("days", _("Days")),
            offer("weekly_hours", _("Day and hour"), hours=[{"weekdays": []}]),
        ),
    ),
    OfferGroup(
        label=_("Place"),
        offers=tuple(
            Offer(key=key, label=label, start={"kind": "at_places", key: []}) for key, label in PLACES.items()
        ),
    ),
)
SEGMENT_OFFER: Final = offer("in_order_segment", _("Order segment"))
CODE_OFFER: Final = OfferGroup(label=_("Code"), offers=(Offer(key="code", label=_("A code is given")),))
GROUP_OFFER: Final = OfferGroup(
    label=_("Several as one"),
    offers=(Offer(key="group", label=_("A group of conditions"), start={"kind": "any_of", "conditions": []}),),
)
BENEFIT_OFFERS: Final[tuple[OfferGroup, ...]] = (
    OfferGroup(
        label=pgettext_lazy("what is bought", "Order"),
        offers=tuple(offer(key, BENEFITS[key].label) for key in ("percent_off_order", "amount_off_order", "steps")),
    ),
    OfferGroup(
        label=_("Products"),
        offers=tuple(
            offer(key, BENEFITS[key].label)
            for key in ("percent_off_lines", "amount_off_line", "amount_off_unit", "fixed_price")
        ),
    ),
    OfferGroup(
        label=_("Pieces counted together"),
        offers=(
            offer("buy_get", BENEFITS["buy_get"].label),
            offer("cheapest_off", BENEFITS["cheapest_off"].label),
            offer("unit_groups", BENEFITS["unit_groups"].label),
            offer("bundle_price", BENEFITS["bundle_price"].label, parts=[{}]),
        ),
    ),
    OfferGroup(label=_("Delivery"), offers=(offer("shipping_off", BENEFITS["shipping_off"].label),)),
)
EARNING_OFFERS: Final[tuple[OfferGroup, ...]] = (
    OfferGroup(
        label=_("What an order brings"),
        offers=(
            *(offer(key, shape.label) for key, shape in EARNINGS.items()),
            Offer(key="multiplier", label=MULTIPLIER.label),
        ),
    ),
)
