"""Finding what a code belongs to."""

from collections.abc import Collection
from uuid import UUID

from regulars.codes.rules.space import CodeOwner, may_be_code
from regulars.kernel.codes import code_key
from regulars.platform.database import row, rows


def find_owner(chain_id: UUID, text: str) -> CodeOwner | None:
    """What a code of the chain belongs to, however it was typed. Who may ask, and how often, is for the caller."""
    if not may_be_code(text):
        return None
    found = row("SELECT kind, owner_id FROM code_keys WHERE chain_id = %s AND key = %s", [chain_id, code_key(text)])
    return CodeOwner(*found) if found else None


def taken_keys(chain_id: UUID, keys: Collection[str]) -> frozenset[str]:
    """Those of these keys that something else than promotions has: a universal code cannot be one of them."""
    if not keys:
        return frozenset()
    found = rows(
        "SELECT key FROM code_keys WHERE chain_id = %s AND key = ANY(%s::text[]) AND kind <> 'promotion'",
        [chain_id, sorted(keys)],
    )
    return frozenset(key for (key,) in found)
