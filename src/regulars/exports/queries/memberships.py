"""The rows of an export of memberships: one a line, as the list of memberships means them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from regulars.exports.rules.cells import Amount, Cell, day_cell, phone_cell
from regulars.kernel.ids import decode, encode
from regulars.memberships.queries.memberships import STATE_NOW, TABLES, MembershipFilter, conditions_of
from regulars.platform.actor import Actor
from regulars.platform.clock import now_in
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings

COLUMNS: Final = f"""
m.id, t.name, {STATE_NOW}, c.name,
(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1), c.email,
k.number, m.sold_at, l.name, m.price, m.refunded, m.visits, m.used, m.starts_on, m.ends_on, m.frozen_from,
m.frozen_until, m.frozen_days, m.external_id, m.code
"""

Present = Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]


def membership_source(
    actor: Actor, chain: ChainSettings, kept: Mapping[str, str], columns: Sequence[str]
) -> tuple[tuple[str, ...], str, dict[str, Any], Present]:
    """Headers, tables with conditions, parameters, and how rows become cells. Refuses: Forbidden."""
    actor.require("rewards:read")
    wanted = MembershipFilter(
        search=kept.get("search", ""),
        state=kept.get("state", ""),
        type_id=decode("mbt", kept.get("type", "")),
        customer_id=decode("cus", kept.get("customer", "")),
        card_id=decode("crd", kept.get("card", "")),
        ends_within=int(kept["ends_within"]) if kept.get("ends_within") else None,
    )
    today = now_in(actor.chain_id).astimezone(chain.zone).date()
    conditions, parameters = conditions_of(actor.chain_id, wanted, today)
    readers = _readers(chain, may_see_people=actor.may("customers:read"), may_see_codes=actor.may("rewards:write"))
    headers = tuple(column for column in columns if column in readers)

    def present(_snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    return headers, f"{TABLES} WHERE {' AND '.join(conditions)}", parameters, present


def _readers(
    chain: ChainSettings, *, may_see_people: bool, may_see_codes: bool
) -> dict[str, Callable[[Sequence[Any]], Cell]]:
    decimals = chain.currency_decimals
    return {
        "id": lambda v: encode("mbr", v[0]),
        "membership": lambda v: v[1],
        "state": lambda v: v[2],
        "name": lambda v: v[3] if may_see_people else "",
        "phone": lambda v: phone_cell(v[4], chain.country) if may_see_people else "",
        "email": lambda v: v[5] if may_see_people else "",
        "number": lambda v: v[6],
        "sold": lambda v: day_cell(v[7], chain.zone),
        "location": lambda v: v[8],
        "price": lambda v: Amount(v[9], decimals),
        "refunded": lambda v: Amount(v[10], decimals),
        "visits": lambda v: v[11],
        "used": lambda v: v[12],
        "left": lambda v: None if v[11] is None else v[11] - v[12],
        "starts_on": lambda v: v[13].isoformat() if v[13] else "",
        "ends_on": lambda v: v[14].isoformat() if v[14] else "",
        "frozen_from": lambda v: v[15].isoformat() if v[15] else "",
        "frozen_until": lambda v: v[16].isoformat() if v[16] else "",
        "frozen_days": lambda v: v[17],
        "external_id": lambda v: v[18],
        "bearer_code": lambda v: v[19] if may_see_codes else "",
    }
