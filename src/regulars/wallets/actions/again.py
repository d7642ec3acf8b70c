"""What phones were told of and none has fetched: they are told once more after a quarter of an hour and after six hours (WAL-5).

Apple may take a push and hand it to nobody, and a phone asks by itself about once a day. It is found by an index, in chunks;
what becomes of it is one transaction. Killed at any instant, the next look goes on.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import execute, retried, rows, unit_of_work

CHUNK: Final = 500
"""Passes that are looked at in one transaction."""
# What has not changed since it was given out lies on the phone. Who sends at the moment has the pass locked, and is not waited for.
_TAKE: Final = """
SELECT p.id, p.fetched_tag < p.tag AND p.modified_at > p.made_at + interval '2 seconds'
    AND EXISTS (SELECT FROM wallet_registrations r WHERE r.pass_id = p.id)
FROM wallet_passes p WHERE p.chain_id = %(chain)s AND p.provider = %(provider)s AND p.look_again_at <= %(now)s
ORDER BY p.look_again_at LIMIT %(limit)s FOR NO KEY UPDATE OF p SKIP LOCKED
"""
_LOOKED: Final = """
UPDATE wallet_passes p SET look_again_at = NULL, repeats = p.repeats + t.again::int,
    told_tag = CASE WHEN t.again THEN p.tag - 1 ELSE p.told_tag END
FROM unnest(%(ids)s::uuid[], %(again)s::boolean[]) AS t (id, again) WHERE p.id = t.id
"""
# One that is noted already is told of anyhow.
_NOTE: Final = """
INSERT INTO wallet_refreshes (pass_id, chain_id, provider, is_urgent, changed_at, due_at, revision, tries, problem)
SELECT id, %(chain)s, %(provider)s, false, %(now)s, %(now)s, 1, 0, '' FROM unnest(%(ids)s::uuid[]) AS t (id) ORDER BY id
ON CONFLICT (pass_id) DO NOTHING
"""


@retried
def tell_again(chain_id: UUID, provider: str, *, now: datetime) -> bool:
    """Note the next chunk of passes of a chain that no phone has fetched since it was told; whether there may be more.

    Left alone are those whose phones put the card away, and those whose phone has fetched meanwhile.
    """
    with unit_of_work(chain_id):
        found = rows(_TAKE, {"chain": chain_id, "provider": provider, "now": now, "limit": CHUNK})
        if found:
            ids, again = zip(*found, strict=True)
            execute(_LOOKED, {"ids": list(ids), "again": list(again)})
            unfetched = [pass_id for pass_id, is_unfetched in found if is_unfetched]
            execute(_NOTE, {"chain": chain_id, "provider": provider, "now": now, "ids": unfetched})
    return len(found) == CHUNK
