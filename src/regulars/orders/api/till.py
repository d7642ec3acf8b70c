"""Route for tills: everything they keep of a chain in one answer, and nothing where it is still right (API-4)."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.orders.api.routes import routes
from regulars.orders.queries.till import Till, TillCardType, TillProgram, find_till
from regulars.orders.rules.terms import BalanceTerms, Choice, PromotionTerms
from regulars.platform.api.answers import Answer, answer, unchanged
from regulars.platform.api.fields import AmountOut, Out
from regulars.platform.api.routes import ApiRequest

KNOWN: Final = re.compile(r'(?:W/)?"([0-9]{1,18})"', re.ASCII)


class TillLocationOut(Out):
    """Where it may stand."""

    id: str
    external_id: str | None
    name: str
    time_zone: str


class TillBalanceOut(Out):
    """A balance of a program; `pays` says that an order can be paid with it."""

    id: str
    external_id: str
    name: str
    kind: Literal["points", "status", "stamps", "deposit"]
    decimals: int
    money_per_unit: AmountOut | None
    pays: bool


class TillTierOut(Out):
    """A tier, lowest first."""

    id: str
    name: str


class TillProgramOut(Out):
    """A program that runs."""

    id: str
    external_id: str | None
    name: str
    earn_when: Literal["paid", "completed"]
    balance_types: list[TillBalanceOut]
    tiers: list[TillTierOut]


class TillSpendLimitsOut(Out):
    """What points may pay of an order; what is null limits nothing."""

    percent: AmountOut | None
    amount: AmountOut | None
    minimum_order: AmountOut
    block: int
    goods: list[str] | None
    services: list[str] | None


class TillCardTypeOut(Out):
    """A card type; `locations` null is everywhere."""

    id: str
    external_id: str | None
    name: str
    program: str
    locations: list[str] | None
    spend_limits: TillSpendLimitsOut


class TillPromotionOut(Out):
    """A promotion that runs. What it gives is asked with a quote: a till needs no rules of its own."""

    id: str
    name: str
    version: int
    program: str
    needs_code: bool
    needs_card: bool


class ConfigOut(Out):
    """What a till keeps; `version` moves when any of it changes."""

    version: Annotated[int, Field(examples=[1042])]
    name: str
    language: str
    country: str
    currency: str
    currency_decimals: int
    time_zone: str
    prices_include_tax: bool
    locations: list[TillLocationOut]
    programs: list[TillProgramOut]
    card_types: list[TillCardTypeOut]
    promotions: list[TillPromotionOut]


@routes.get("/config", needs="orders:read", answers={200: ConfigOut, 304: None}, transaction="own")
def get_config(request: ApiRequest) -> Answer:
    """Read what a till needs: places, programs, card types, running promotions, currency and zone.

    It holds no cards and no customers, so it stays small however many there are. Ask again with the `ETag` in
    `If-None-Match`: the answer is 304 without a body while nothing of it has changed.
    """
    match = KNOWN.fullmatch(request.META.get("HTTP_IF_NONE_MATCH", "").strip())
    till = find_till(request.actor, known=int(match[1]) if match else None)
    if till is None:
        assert match is not None
        return unchanged(version=int(match[1]))
    return answer(_present(till), version=till.version)


def _present(till: Till) -> dict[str, Any]:
    terms = till.terms
    return {
        "version": till.version,
        "name": till.name,
        "language": till.language,
        "country": terms.country,
        "currency": terms.currency,
        "currency_decimals": terms.currency_decimals,
        "time_zone": terms.zone.key,
        "prices_include_tax": terms.prices_include_tax,
        "locations": [
            {
                "id": encode("loc", one.id),
                "external_id": one.external_id,
                "name": one.name,
                "time_zone": one.time_zone,
            }
            for one in till.places
        ],
        "programs": [_program(one, till) for one in till.programs],
        "card_types": [_card_type(one, till) for one in till.card_types],
        "promotions": [_promotion(terms.promotions[rule.id]) for rule in terms.compiled.promotions],
    }


def _program(one: TillProgram, till: Till) -> dict[str, Any]:
    return {
        "id": encode("prg", one.id),
        "external_id": one.external_id,
        "name": one.name,
        "earn_when": one.earn_when,
        "balance_types": [_balance(found) for found in till.terms.balances.values() if found.program_id == one.id],
        "tiers": [{"id": encode("tier", tier_id), "name": name} for tier_id, name in one.tiers],
    }


def _balance(one: BalanceTerms) -> dict[str, Any]:
    return {
        "id": encode("bal", one.id),
        "external_id": one.external_id,
        "name": one.name,
        "kind": one.kind,
        "decimals": one.decimals,
        "money_per_unit": one.money_per_unit,
        "pays": one.is_payment,
    }


def _card_type(one: TillCardType, till: Till) -> dict[str, Any]:
    found = till.terms.card_types[one.id]
    decimals, spend = till.terms.currency_decimals, found.spend
    places = found.location_ids
    return {
        "id": encode("ctp", one.id),
        "external_id": one.external_id,
        "name": one.name,
        "program": encode("prg", one.program_id),
        "locations": None if places is None else [encode("loc", place) for place in sorted(places)],
        "spend_limits": {
            "percent": spend.percent,
            "amount": None if spend.amount is None else format_amount(spend.amount, decimals),
            "minimum_order": format_amount(spend.minimum_order, decimals),
            "block": spend.block,
            "goods": _choice(spend.goods),
            "services": _choice(spend.services),
        },
    }


def _choice(chosen: Choice) -> list[str] | None:
    return None if chosen is None else sorted(chosen)


def _promotion(one: PromotionTerms) -> dict[str, Any]:
    return {
        "id": encode("prm", one.id),
        "name": one.name,
        "version": one.number,
        "program": encode("prg", one.program_id),
        "needs_code": bool(one.rule.codes),
        "needs_card": one.needs_card,
    }
