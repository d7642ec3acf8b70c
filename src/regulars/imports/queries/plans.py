"""How an import's rows were read, put together again from what its row keeps."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from django.utils.translation import get_language

from regulars.cards.queries.types import find_card_type
from regulars.chains.queries import get_chain
from regulars.customers.queries import list_custom_fields
from regulars.customers.rules import CustomFieldFacts
from regulars.imports.models import Import
from regulars.imports.rules.plan import ColumnChoices, ReadingPlan, Shop, make_plan
from regulars.imports.rules.targets import BalanceType
from regulars.platform.tenancy import ChainSettings


def country_name(code: str) -> str:
    """What a country is called in the reader's language."""
    territories = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return str(territories.get(code, code))


def balance_types(one: Import) -> tuple[BalanceType, ...]:
    """The balance types of the import's card type, as the rules know them."""
    card_type = find_card_type(one.chain_id, one.card_type_id) if one.card_type_id else None
    found = card_type.balance_types if card_type else ()
    return tuple(BalanceType(b.external_id, b.name, b.kind, b.decimals) for b in found)  # type: ignore[arg-type]


def read_plan(one: Import) -> ReadingPlan:
    """The plan by which the rows of a checked import were read."""
    chain = get_chain(one.chain_id)
    targets = one.reading.get("targets", [])
    columns = {target: index for index, target in enumerate(targets) if target}
    dialects: dict[str, dict[str, str]] = one.reading.get("dialects", {})
    choices = {
        target: ColumnChoices(decimal=told.get("decimal", "."), order=told.get("order", "dmy"))  # type: ignore[arg-type]
        for target, told in dialects.items()
    }
    return build_plan(
        one,
        columns,
        choices,
        balances=balance_types(one),
        country=one.options.get("country") or chain.country,
        today=one.created_at.astimezone(chain.zone).date(),
        money_decimals=chain.currency_decimals,
        customs=list_custom_fields(one.chain_id),
        shop=shop_of(one, chain),
    )


def shop_of(one: Import, chain: ChainSettings) -> Shop:
    """What the orders of an import are read by; nothing can have happened after it was uploaded."""
    return Shop(chain.currency, chain.zone, one.created_at)


def build_plan(
    one: Import,
    columns: dict[str, int],
    choices: dict[str, ColumnChoices],
    *,
    balances: tuple[BalanceType, ...],
    country: str,
    today: date,
    money_decimals: int,
    customs: tuple[CustomFieldFacts, ...],
    shop: Shop,
) -> ReadingPlan:
    """Put mapping, dialect and conversion of an import together."""
    conversion: dict[str, Any] = one.options.get("conversion") or {}
    converted = conversion.get("columns")
    return make_plan(
        columns,
        kind=one.kind,
        country=country,
        today=today,
        header_row=one.reading["header_row"],
        headers=tuple(one.reading["headers"]),
        balances=balances,
        choices=choices,
        rate=Decimal(str(conversion["rate"])) if conversion.get("rate") is not None else None,
        rounding=conversion.get("rounding") or "half_up",
        converted=tuple(converted) if converted is not None else None,
        money_decimals=money_decimals,
        customs=customs,
        shop=shop,
    )
