"""Taking codes out of the code space of a chain: each belongs to one thing, for ever (RWD-9)."""

from collections.abc import Sequence
from uuid import UUID

from regulars.codes.errors import CodeTaken
from regulars.kernel.codes import code_key, new_code
from regulars.kernel.refusal import Refused
from regulars.platform.database import execute, rows


def take_code(chain_id: UUID, kind: str, owner_id: UUID, text: str) -> None:
    """Give a thing the code that somebody chose for it. Inside a transaction. Refuses: CodeTaken."""
    taken = execute(
        "INSERT INTO code_keys (chain_id, key, kind, owner_id) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [chain_id, code_key(text), kind, owner_id],
    )
    if not taken:
        raise Refused(CodeTaken(text=text))


def take_new_codes(chain_id: UUID, kind: str, owner_ids: Sequence[UUID]) -> list[str]:
    """Give each of these things a new code that cannot be guessed; the codes in their order. Inside a transaction."""
    made: dict[UUID, str] = {}
    while missing := [one for one in owner_ids if one not in made]:
        codes = [new_code() for _ in missing]
        taken = rows(
            """
            INSERT INTO code_keys (chain_id, key, kind, owner_id)
            SELECT %s, key, %s, owner_id FROM unnest(%s::text[], %s::uuid[]) AS new (key, owner_id) ORDER BY key
            ON CONFLICT DO NOTHING RETURNING owner_id
            """,
            [chain_id, kind, [code_key(one) for one in codes], missing],
        )
        fresh = {owner_id for (owner_id,) in taken}
        made |= {owner_id: code for owner_id, code in zip(missing, codes, strict=True) if owner_id in fresh}
    return [made[one] for one in owner_ids]
