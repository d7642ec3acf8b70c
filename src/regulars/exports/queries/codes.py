"""Codes of pools as rows of an export (IMP-8)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from regulars.exports.rules.cells import Cell, phone_cell, time_cell
from regulars.kernel.ids import decode, encode
from regulars.platform.actor import Actor
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings

COLUMNS: Final = """
c.id, c.text, p.external_id, c.state, c.uses, c.attached_at, c.activated_at, c.used_at, least(c.expires_at, p.valid_until),
k.name, (SELECT n.phone FROM customer_phones n WHERE n.customer_id = k.id ORDER BY n.position, n.phone LIMIT 1)
"""
TABLES: Final = """
codes c JOIN code_pools p ON p.id = c.pool_id AND p.chain_id = c.chain_id LEFT JOIN customers k ON k.id = c.customer_id
WHERE """

Row = Sequence[Any]
Present = Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]


def code_source(
    actor: Actor, chain: ChainSettings, kept: Mapping[str, str], columns: Sequence[str]
) -> tuple[tuple[str, ...], str, dict[str, Any], Present]:
    """Headers, tables with conditions, parameters, and how rows become cells."""
    conditions = ["c.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": actor.chain_id}
    for name, prefix, column in (("pool", "cpl", "c.pool_id"), ("customer", "cus", "c.customer_id")):
        if kept.get(name):
            conditions.append(f"{column} = %({name})s::uuid")
            parameters[name] = decode(prefix, kept[name])
    if kept.get("state"):
        conditions.append("c.state = %(state)s")
        parameters["state"] = kept["state"]
    readers = _readers(chain, may_see_people=actor.may("customers:read"))
    headers = tuple(column for column in columns if column in readers)

    def present(_snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    return headers, TABLES + " AND ".join(conditions), parameters, present


def _readers(chain: ChainSettings, *, may_see_people: bool) -> dict[str, Callable[[Row], Cell]]:
    zone = chain.zone
    return {
        "code": lambda v: v[1],
        "pool": lambda v: v[2],
        "state": lambda v: v[3],
        "uses": lambda v: v[4],
        "phone": lambda v: phone_cell(v[10], chain.country) if may_see_people else "",
        "name": lambda v: v[9] if may_see_people else "",
        "attached": lambda v: time_cell(v[5], zone),
        "activated": lambda v: time_cell(v[6], zone),
        "used_at": lambda v: time_cell(v[7], zone),
        "valid_until": lambda v: time_cell(v[8], zone),
        "id": lambda v: encode("cod", v[0]),
    }
