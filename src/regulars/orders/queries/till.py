"""What a till keeps of a chain, with the stamp that moves when any of it changes (API-4)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from regulars.orders.queries.terms import kept_terms, read_terms
from regulars.orders.rules.terms import Terms
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor, hot_unit_of_work

STAMP: Final = "SELECT stamp FROM rules_stamps WHERE chain_id = %(chain)s"
CHAIN: Final = "SELECT name, language FROM chains WHERE id = %(chain)s"
LOCATIONS: Final = """
SELECT id, external_id, name, time_zone FROM locations
WHERE chain_id = %(chain)s AND archived_at IS NULL AND (%(own)s::uuid[] IS NULL OR id = ANY(%(own)s::uuid[]))
ORDER BY name, id
"""
PROGRAMS: Final = """
SELECT id, external_id, name, earn_when FROM programs WHERE chain_id = %(chain)s AND state = 'active' ORDER BY name, id
"""
CARD_TYPES: Final = """
SELECT t.id, t.external_id, t.name, t.program_id FROM card_types t JOIN programs p ON p.id = t.program_id
WHERE t.chain_id = %(chain)s AND t.state = 'active' AND p.state = 'active' ORDER BY t.name, t.id
"""
TIERS: Final = """
SELECT t.id, t.name, g.program_id FROM tiers t JOIN tier_groups g ON g.id = t.group_id AND g.archived_at IS NULL
WHERE t.chain_id = %(chain)s AND t.archived_at IS NULL ORDER BY g.id, t.threshold, t.id
"""


@dataclass(frozen=True, slots=True)
class TillPlace:
    """A location where the till may stand."""

    id: UUID
    external_id: str | None
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class TillProgram:
    """A program that runs; `earn_when` is paid or completed."""

    id: UUID
    external_id: str | None
    name: str
    earn_when: str
    tiers: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class TillCardType:
    """A card type whose cards the till may issue and take."""

    id: UUID
    external_id: str | None
    name: str
    program_id: UUID


@dataclass(frozen=True, slots=True)
class Till:
    """All of it; what prices depend on stands in `terms`."""

    version: int
    name: str
    language: str
    terms: Terms
    places: tuple[TillPlace, ...]
    programs: tuple[TillProgram, ...]
    card_types: tuple[TillCardType, ...]


def find_till(actor: Actor, *, known: int | None) -> Till | None:
    """What a till keeps, as it is now; None where what it has, of the version `known`, is still right.

    A key of somebody who works at some locations gets these. Refuses: Forbidden.
    """
    actor.require("orders:read")
    with hot_unit_of_work(actor.chain_id) as cursor:
        every: dict[str, Any] = {"chain": actor.chain_id}
        found = cursor.row(STAMP, every)
        assert found is not None
        if found[0] == known:
            return None
        return _till(cursor, actor, found[0], every)


def _till(cursor: HotCursor, actor: Actor, stamp: int, every: dict[str, Any]) -> Till:
    terms = kept_terms(actor.chain_id)
    if terms is None or terms.stamp != stamp:
        terms = read_terms(cursor, actor.chain_id)
    own = None if actor.location_ids is None else sorted(actor.location_ids)
    tiers: dict[UUID, list[tuple[UUID, str]]] = {}
    for tier_id, name, program_id in cursor.rows(TIERS, every):
        tiers.setdefault(program_id, []).append((tier_id, name))
    chain = cursor.row(CHAIN, every)
    assert chain is not None
    return Till(
        version=terms.stamp,
        name=chain[0],
        language=chain[1],
        terms=terms,
        places=tuple(TillPlace(*values) for values in cursor.rows(LOCATIONS, {**every, "own": own})),
        programs=tuple(
            TillProgram(program_id, external_id, name, earn_when, tuple(tiers.get(program_id, ())))
            for program_id, external_id, name, earn_when in cursor.rows(PROGRAMS, every)
        ),
        card_types=tuple(TillCardType(*values) for values in cursor.rows(CARD_TYPES, every)),
    )
