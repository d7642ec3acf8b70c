"""Sealing: each batch of numbered events is closed by a hash that includes the seal before it (LED-5)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from regulars.ledger.sealing import FIRST_HASH, SEALED_EVENTS
from regulars.platform.database import row, rows

SEAL: Final = f"""
WITH last AS (
    SELECT number, hash FROM seals WHERE chain_id = %(chain)s ORDER BY number DESC LIMIT 1
), before AS (
    SELECT coalesce((SELECT number FROM last), 0) AS number, coalesce((SELECT hash FROM last), %(first)s) AS hash
), sealed AS (
    SELECT sum(entries) AS entries, string_agg(hash, ''::bytea ORDER BY seq) AS hashes
    FROM ({SEALED_EVENTS.format(condition="s.chain_id = %(chain)s AND s.seq BETWEEN %(first_seq)s AND %(last_seq)s")})
        AS line
)
INSERT INTO seals (chain_id, number, first_seq, last_seq, entries, previous_hash, hash)
SELECT %(chain)s, before.number + 1, %(first_seq)s, %(last_seq)s, sealed.entries, before.hash,
    sha256(before.hash || sealed.hashes)
FROM before, sealed
RETURNING number, entries, hash
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest seal of a chain."""

    chain_id: UUID
    number: int
    last_seq: int
    entries: int
    hash: bytes


def seal_events(chain_id: UUID, *, first_seq: int, last_seq: int) -> Sealed:
    """Seal events that have just got their numbers, in the running unit of work that holds the sequencer's lock."""
    facts: dict[str, Any] = {"chain": chain_id, "first": FIRST_HASH, "first_seq": first_seq, "last_seq": last_seq}
    found = row(SEAL, facts)
    assert found is not None
    number, entries, digest = found
    return Sealed(chain_id=chain_id, number=number, last_seq=last_seq, entries=entries, hash=bytes(digest))


def newest_seals() -> list[Sealed]:
    """The newest seal of every chain, through a door: ids and hashes, nothing else."""
    found = rows("SELECT chain_id, number, last_seq, entries, hash FROM door_newest_seals()")
    return [
        Sealed(chain_id, number, last_seq, entries, bytes(digest))
        for chain_id, number, last_seq, entries, digest in found
    ]
