"""Codes as an order needs them: found by what was typed, read under lock, with all that decides whether they may be used."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.codes.rules.space import CodeOwner, may_be_code
from regulars.codes.rules.usable import CodeState
from regulars.kernel.codes import code_key
from regulars.platform.hot import HotCursor

_READ: Final = """
SELECT c.id, c.text, c.pool_id, p.name, p.kind, p.state, c.state, c.uses, c.customer_id, p.needs_activation, c.activated_at,
    p.valid_from, least(c.expires_at, p.valid_until), c.used_at,
    CASE p.kind WHEN 'personal' THEN 1 ELSE p.uses_per_code END, p.uses_per_customer,
    coalesce((SELECT h.uses FROM code_pool_holders h WHERE h.pool_id = c.pool_id AND h.holder_id = %(holder)s::uuid
        AND h.chain_id = %(chain)s), 0), p.uses_total, p.used
FROM codes c JOIN code_pools p ON p.id = c.pool_id AND p.chain_id = %(chain)s
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(ids)s::uuid[])
ORDER BY c.id
"""
# The pool is only kept from being changed (`queries.pools.lock_pool`): what it limits is counted from a settled moment on.
_LOCKED: Final = _READ + "FOR NO KEY UPDATE OF c FOR KEY SHARE OF p"
_OWNERS: Final = """
SELECT k.key, k.kind, k.owner_id FROM code_keys k WHERE k.chain_id = %(chain)s AND k.key = ANY(%(keys)s::text[])
"""
_USES: Final = """
SELECT u.id, u.code_id, u.pool_id, u.order_id, u.holder_id FROM code_uses u
WHERE u.chain_id = %(chain)s AND u.order_id = ANY(%(orders)s::uuid[]) AND u.given_back_at IS NULL ORDER BY u.code_id
"""


class UseOfCode(Struct, frozen=True):
    """A use that stands: which order used which code, counted for whom."""

    id: UUID
    code_id: UUID
    pool_id: UUID
    order_id: UUID
    holder_id: UUID | None


def lock_codes(
    cursor: HotCursor, chain_id: UUID, ids: Sequence[UUID], *, holder_id: UUID | None = None
) -> dict[UUID, CodeState]:
    """The codes with these ids, locked in one order until the transaction ends; those that do not exist are missing.

    `holder_id` is whom uses per customer are counted for. Decide with `rules.usable.check_usable`.
    """
    return states_of(cursor.rows(_LOCKED, {"chain": chain_id, "ids": list(ids), "holder": holder_id}))


def read_codes(
    cursor: HotCursor, chain_id: UUID, ids: Sequence[UUID], *, holder_id: UUID | None = None
) -> dict[UUID, CodeState]:
    """The same without a lock: for a quote."""
    return states_of(cursor.rows(_READ, {"chain": chain_id, "ids": list(ids), "holder": holder_id}))


def codes_asked(
    chain_id: UUID, ids: Sequence[UUID], *, holder_id: UUID | None, locks: bool
) -> tuple[str, dict[str, Any]]:
    """What `lock_codes` or `read_codes` asks, to be asked together with other things; `states_of` reads the answer."""
    return _LOCKED if locks else _READ, {"chain": chain_id, "ids": list(ids), "holder": holder_id}


def owners_asked(chain_id: UUID, keys: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """What these codes, as they are compared, belong to; `owners_of` reads the answer."""
    return _OWNERS, {"chain": chain_id, "keys": sorted(set(keys))}


def owners_of(found: Sequence[tuple[Any, ...]]) -> dict[str, CodeOwner]:
    """The owners that were found, by key."""
    return {key: CodeOwner(kind, owner_id) for key, kind, owner_id in found}


def find_owners(cursor: HotCursor, chain_id: UUID, texts: Sequence[str]) -> dict[str, CodeOwner]:
    """What each of these codes belongs to, however it was typed, by the text that was given; unknown ones are missing.

    How often somebody may be wrong is for the caller: `actions.lookup`.
    """
    keys = {text: code_key(text) for text in texts if may_be_code(text)}
    found = {
        key: CodeOwner(kind, owner_id)
        for key, kind, owner_id in cursor.rows(_OWNERS, {"chain": chain_id, "keys": sorted(set(keys.values()))})
    }
    return {text: found[key] for text, key in keys.items() if key in found}


def uses_of_orders(cursor: HotCursor, chain_id: UUID, order_ids: Sequence[UUID]) -> list[UseOfCode]:
    """The uses of codes that stand for these orders, for `actions.parts.give_back_parts`."""
    return [UseOfCode(*values) for values in cursor.rows(_USES, {"chain": chain_id, "orders": list(order_ids)})]


def states_of(found: Sequence[tuple[Any, ...]]) -> dict[UUID, CodeState]:
    """The codes in the rows of what `codes_asked` asks."""
    return {values[0]: CodeState(**dict(zip(_NAMES, values, strict=True))) for values in found}


_NAMES: Final = (
    "id",
    "text",
    "pool_id",
    "pool_name",
    "kind",
    "pool_state",
    "state",
    "uses",
    "customer_id",
    "needs_activation",
    "activated_at",
    "valid_from",
    "valid_until",
    "used_at",
    "uses_per_code",
    "uses_per_customer",
    "holder_uses",
    "uses_total",
    "pool_used",
)

CodeStates = Mapping[UUID, CodeState]
"""What `lock_codes` and `read_codes` give."""
