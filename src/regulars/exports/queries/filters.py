"""From the filter that was asked for to the one that is kept, and to what the lists' own queries take."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from regulars.cards.queries.cards import access_card
from regulars.cards.queries.listing import CardFilter
from regulars.cards.queries.types import access_card_type
from regulars.chains.queries import access_location
from regulars.codes.queries.pools import access_pool
from regulars.customers.queries import CustomerFilter, access_customer
from regulars.exports.rules.filters import read_moment
from regulars.giftcards.queries.types import access_type as access_gift_card_type
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.memberships.queries.types import access_type
from regulars.platform.actor import Actor
from regulars.platform.tenancy import ChainSettings
from regulars.programs.queries import BalanceTypeView


def resolve_filter(actor: Actor, wanted: Mapping[str, str], *, now: datetime) -> dict[str, str]:
    """The filter to keep: empty values left out, every `ext:` turned into an id. Refuses: Forbidden, NotFound."""
    kept: dict[str, str] = {}
    for name, value in wanted.items():
        if not value.strip():
            continue
        match name:
            case "card_type":
                kept[name] = encode("ctp", access_card_type(actor, value).id)
            case "customer":
                kept[name] = encode("cus", access_customer(actor, value).id)
            case "card":
                kept[name] = encode("crd", access_card(actor, value, now=now).id)
            case "pool":
                kept[name] = encode("cpl", access_pool(actor, value).id)
            case "location":
                kept[name] = encode("loc", access_location(actor, value).id)
            case "type":
                kept[name] = encode("mbt", access_type(actor, value).id)
            case "gift_card_type":
                kept[name] = encode("gct", access_gift_card_type(actor, value).id)
            case "import":
                if decode("imp", value) is None:
                    raise Refused(NotFound())
                kept[name] = value
            case _:
                kept[name] = value.strip()
    return kept


def card_filter(kept: Mapping[str, str]) -> CardFilter:
    """What the list of cards takes."""
    return CardFilter(
        search=kept.get("search", ""),
        number=kept.get("number", ""),
        short_number=kept.get("short_number", ""),
        phone=kept.get("phone", ""),
        customer_id=_id("cus", kept.get("customer")),
        card_type_id=_id("ctp", kept.get("card_type")),
        status=kept.get("status", ""),
        platform=kept.get("platform", ""),
        used_at_id=_id("loc", kept.get("location")),
        import_id=_id("imp", kept.get("import")),
        holder=cast("Any", kept.get("holder", "")),
    )


def customer_filter(kept: Mapping[str, str]) -> CustomerFilter:
    """What the list of customers takes."""
    return CustomerFilter(
        search=kept.get("search", ""),
        phone=kept.get("phone", ""),
        email=kept.get("email", ""),
        tag=kept.get("tag", ""),
        card_type_id=_id("ctp", kept.get("card_type")),
        import_id=_id("imp", kept.get("import")),
        here_id=_id("loc", kept.get("location")),
        loyalty_off=kept.get("loyalty") == "off",
    )


def entry_sql(
    actor: Actor, kept: Mapping[str, str], *, chain: ChainSettings, balances: Mapping[str, BalanceTypeView]
) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `entries e` and `transactions t` that a filter of transactions means, with their parameters."""
    conditions = ["e.chain_id = %(chain)s"]
    balance = balances.get(kept.get("balance_type", ""))
    parameters: dict[str, Any] = {"chain": actor.chain_id}
    for condition, name, value in (
        ("e.card_id = %(card)s", "card", _id("crd", kept.get("card"))),
        ("k.customer_id = %(customer)s", "customer", _id("cus", kept.get("customer"))),
        ("k.card_type_id = %(card_type)s", "card_type", _id("ctp", kept.get("card_type"))),
        ("e.balance_type_id = %(balance_type)s", "balance_type", balance and balance.id),
        ("e.kind = %(kind)s", "kind", kept.get("kind")),
        ("t.location_id = %(location)s", "location", _id("loc", kept.get("location"))),
        ("t.import_id = %(import_id)s", "import_id", _id("imp", kept.get("import"))),
        ("e.at >= %(start)s", "start", _moment(kept.get("from", ""), chain, is_end=False)),
        ("e.at < %(end)s", "end", _moment(kept.get("to", ""), chain, is_end=True)),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    if actor.location_ids is not None:
        conditions.append("t.location_id = ANY(%(places)s::uuid[])")
        parameters["places"] = list(actor.location_ids)
    return conditions, parameters


def _moment(text: str, chain: ChainSettings, *, is_end: bool) -> datetime | None:
    """A day begins, and as an end closes, at midnight of the chain's zone."""
    found = read_moment(text) if text else None
    if found is None or isinstance(found, datetime):
        return found
    day: date = found + timedelta(days=1) if is_end else found
    return datetime.combine(day, time.min, tzinfo=chain.zone)


def _id(prefix: str, text: str | None) -> UUID | None:
    return decode(prefix, text) if text else None
