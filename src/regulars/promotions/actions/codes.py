"""The universal codes of promotions in the code space of their chain (RWD-9): several promotions may share one, nothing else may."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from regulars.kernel.codes import code_key
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.database import execute, rows
from regulars.promotions.models import Promotion
from regulars.promotions.rules.definition.checks import code_taken

_FREE: Final = """
DELETE FROM code_keys k WHERE k.chain_id = %(chain)s AND k.kind = 'promotion' AND k.key = ANY(%(keys)s::text[])
    AND NOT EXISTS (SELECT FROM promotion_codes c WHERE c.chain_id = k.chain_id AND c.key = k.key)
"""
_TAKE: Final = """
INSERT INTO code_keys (chain_id, key, kind, owner_id)
SELECT %(chain)s, key, 'promotion', NULL FROM unnest(%(keys)s::text[]) AS new (key) ORDER BY key ON CONFLICT DO NOTHING
"""
_TAKEN: Final = """
SELECT key FROM code_keys WHERE chain_id = %(chain)s AND key = ANY(%(keys)s::text[]) AND kind <> 'promotion'
"""


def lock_codes_of_promotions(chain_id: UUID) -> None:
    """Let whoever takes or frees codes of promotions of a chain take turns until the transaction ends."""
    rows("SELECT pg_advisory_xact_lock(hashtextextended('promotion codes:' || %s, 0))", [str(chain_id)])


def keep_codes(promotion: Promotion, codes: Sequence[str]) -> None:
    """Give a promotion these codes and free those that no promotion has any more. Refuses: Invalid (taken by something else).

    The caller holds `lock_codes_of_promotions`.
    """
    chain = promotion.chain_id
    gone = rows(
        "DELETE FROM promotion_codes WHERE chain_id = %s AND promotion_id = %s RETURNING key", [chain, promotion.id]
    )
    keys = [code_key(code) for code in codes]
    if keys:
        execute(
            "INSERT INTO promotion_codes (chain_id, promotion_id, key, text)"
            " SELECT %s, %s, * FROM unnest(%s::text[], %s::text[])",
            [chain, promotion.id, keys, list(codes)],
        )
        execute(_TAKE, {"chain": chain, "keys": keys})
        # Again, as somebody may have taken one since it was checked.
        taken = {key for (key,) in rows(_TAKEN, {"chain": chain, "keys": keys})}
        problems: list[FieldProblem] = [code_taken(index) for index, key in enumerate(keys) if key in taken]
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
    free_codes(chain, [key for (key,) in gone])


def free_codes(chain_id: UUID, keys: Sequence[str]) -> None:
    """Free those of these keys that no promotion has any more."""
    if keys:
        execute(_FREE, {"chain": chain_id, "keys": list(keys)})
