"""Memberships locked for whoever uses them: what is read stays as it is until the transaction ends."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from regulars.memberships.rules.states import MembershipState
from regulars.memberships.rules.terms import read_terms
from regulars.platform.hot import HotCursor

STATE_COLUMNS: Final = """
    m.id, m.type_id, t.name, m.customer_id, m.card_id, m.state, m.terms::text, m.visits, m.used, m.starts_on,
    m.first_ends_on, m.ends_on, m.extended_days, m.frozen_days, m.freezes, m.frozen_from, m.frozen_until, m.last_used_at,
    m.begun_by, m.price, m.version
"""
STATE_COLUMNS_COUNT: Final = 21
TABLES: Final = "memberships m JOIN membership_types t ON t.id = m.type_id"
_LOCK: Final = f"""
SELECT {STATE_COLUMNS} FROM {TABLES} WHERE m.chain_id = %(chain)s AND m.id = ANY(%(ids)s::uuid[])
ORDER BY m.id FOR NO KEY UPDATE OF m
"""


def lock_memberships(cursor: HotCursor, chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, MembershipState]:
    """These memberships of the chain, locked in the order of their ids; those that are not there are missing.

    They are as somebody last wrote them down: `rules.states.as_of` says what they are today.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = cursor.rows(_LOCK, {"chain": chain_id, "ids": wanted})
    return {values[0]: state_of(values) for values in found}


_ASKED: Final = f"""
SELECT {STATE_COLUMNS}, coalesce(m.code, '') FROM {TABLES} WHERE m.chain_id = %(chain)s AND m.id = ANY(%(ids)s::uuid[])
ORDER BY m.id
"""
_OF_HOLDER: Final = """
SELECT m.id FROM memberships m
WHERE m.chain_id = %(chain)s AND m.state IN ('sold', 'active', 'frozen')
    AND (m.customer_id = %(customer)s::uuid OR m.card_id = ANY(%(cards)s::uuid[]))
ORDER BY m.ends_on NULLS LAST, m.id LIMIT %(most)s
"""
OF_HOLDER_MAX: Final = 20


def memberships_asked(chain_id: UUID, ids: Iterable[UUID], *, locks: bool) -> tuple[str, dict[str, Any]]:
    """The same with their codes, as a statement to be asked together with other things; `states_in` reads the answer."""
    lock = " FOR NO KEY UPDATE OF m" if locks else ""
    return _ASKED + lock, {"chain": chain_id, "ids": sorted(set(ids))}


def states_in(found: Iterable[Sequence[Any]]) -> dict[UUID, tuple[MembershipState, str]]:
    """The memberships in the rows of what `memberships_asked` asks, each with its code, "" where it has none."""
    return {values[0]: (state_of(values), values[STATE_COLUMNS_COUNT]) for values in found}


def memberships_of(
    cursor: HotCursor, chain_id: UUID, *, customer_id: UUID | None, card_ids: Iterable[UUID]
) -> list[UUID]:
    """The memberships of a customer, or on these cards, that are not over: those that end first come first.

    At most OF_HOLDER_MAX; no query where nobody is known.
    """
    cards = sorted(set(card_ids))
    if customer_id is None and not cards:
        return []
    wanted = {"chain": chain_id, "customer": customer_id, "cards": cards, "most": OF_HOLDER_MAX}
    return [values[0] for values in cursor.rows(_OF_HOLDER, wanted)]


def state_of(values: Sequence[Any]) -> MembershipState:
    """The value of a row selected with STATE_COLUMNS."""
    return MembershipState(
        id=values[0],
        type_id=values[1],
        type_name=values[2],
        customer_id=values[3],
        card_id=values[4],
        state=values[5],
        terms=read_terms(json.loads(values[6])),
        visits=values[7],
        used=values[8],
        starts_on=values[9],
        first_ends_on=values[10],
        ends_on=values[11],
        extended_days=values[12],
        frozen_days=values[13],
        freezes=values[14],
        frozen_from=values[15],
        frozen_until=values[16],
        last_used_at=values[17],
        begun_by=values[18],
        price=values[19],
        version=values[20],
    )
