"""The rows of an export of gift cards: one a line, as the list of gift cards means them (IMP-8)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from regulars.exports.rules.cells import Amount, Cell, day_cell, phone_cell, time_cell
from regulars.giftcards.queries.giftcards import STATE, GiftCardFilter, conditions_of
from regulars.kernel.ids import decode, encode
from regulars.platform.actor import Actor
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings

COLUMNS: Final = f"""
g.id, t.name, {STATE}, g.value, CASE WHEN {STATE} IN ('active', 'blocked') THEN g.balance ELSE 0 END, c.name,
(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1), c.email,
g.sold_at, l.name, g.expires_at, g.code
"""
TABLES: Final = """
gift_cards g JOIN gift_card_types t ON t.id = g.type_id LEFT JOIN customers c ON c.id = g.customer_id
LEFT JOIN locations l ON l.id = g.location_id
WHERE """

Present = Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]


def gift_card_source(
    actor: Actor, chain: ChainSettings, kept: Mapping[str, str], columns: Sequence[str], *, now: datetime
) -> tuple[tuple[str, ...], str, dict[str, Any], Present]:
    """Headers, tables with conditions, parameters, and how rows become cells. Refuses: Forbidden."""
    actor.require("rewards:read")
    wanted = GiftCardFilter(
        state=kept.get("state", ""),
        type_id=decode("gct", kept.get("gift_card_type", "")),
        customer_id=decode("cus", kept.get("customer", "")),
    )
    conditions, parameters = conditions_of(actor.chain_id, wanted, now=now)
    readers = _readers(chain, may_see_people=actor.may("customers:read"), may_see_codes=actor.may("rewards:write"))
    headers = tuple(column for column in columns if column in readers)

    def present(_snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    return headers, TABLES + " AND ".join(conditions), parameters, present


def _readers(
    chain: ChainSettings, *, may_see_people: bool, may_see_codes: bool
) -> dict[str, Callable[[Sequence[Any]], Cell]]:
    decimals = chain.currency_decimals
    return {
        "id": lambda v: encode("gcd", v[0]),
        "gift_card_type": lambda v: v[1],
        "state": lambda v: v[2],
        "value": lambda v: Amount(v[3], decimals),
        "balance": lambda v: Amount(v[4], decimals),
        "name": lambda v: v[5] if may_see_people else "",
        "phone": lambda v: phone_cell(v[6], chain.country) if may_see_people else "",
        "email": lambda v: v[7] if may_see_people else "",
        "sold": lambda v: day_cell(v[8], chain.zone),
        "location": lambda v: v[9],
        "valid_until": lambda v: time_cell(v[10], chain.zone),
        # Whoever may redeem has this column written only where they chose it.
        "bearer_code": lambda v: v[11] if may_see_codes else "",
    }
