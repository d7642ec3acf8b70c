"""How a seal is worked out: what one hash covers, and how the newest is written outside the database (LED-5)."""

import re
from typing import Final
from uuid import UUID

FIRST_HASH: Final = bytes(32)
"""What the first seal of a chain follows."""

# One text per event, exact to the byte on every server: JSON arrays of ids, whole numbers and codes; moments as
# microseconds; no JSON objects, whose order could differ, except the event's own payload, which jsonb keeps in order.
SEALED_EVENTS: Final = """
SELECT s.chain_id, s.seq, coalesce(t.entries, 0) AS entries,
    sha256(convert_to(json_build_array(s.seq, v.id, v.chain_id, (extract(epoch FROM v.at) * 1000000)::bigint, v.kind,
        v.card_ids, v.transaction_ids, v.payload::text)::text || E'\\n' || coalesce(t.lines, ''), 'UTF8')) AS hash
FROM event_sequence s
JOIN events v ON v.id = s.event_id
LEFT JOIN LATERAL (
    SELECT string_agg(json_build_array(x.id, x.chain_id, x.card_id, x.kind, x.source,
            (extract(epoch FROM x.at) * 1000000)::bigint, x.staff_id, x.key_id, x.location_id, x.import_id, x.order_id,
            x.promotion_id, x.reverses, x.external_id, encode(x.note_hash, 'hex'), e.lines)::text, E'\\n' ORDER BY x.id)
            AS lines,
        sum(e.entries)::bigint AS entries
    FROM transactions x
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(e.id, e.account_id, e.card_id, e.balance_type_id, e.kind, e.amount,
            e.balance_after, (extract(epoch FROM e.at) * 1000000)::bigint) ORDER BY e.id) AS lines, count(*) AS entries
        FROM entries e WHERE e.transaction_id = x.id
    ) e ON true
    WHERE x.id = ANY(v.transaction_ids)
) t ON true
WHERE {condition}
"""
_LINE: Final = re.compile(r"(\S+) chain=([0-9a-f-]{36}) seal=(\d+) seq=(\d+) hash=([0-9a-f]{64})\n?", re.ASCII)


def seal_line(*, at: str, chain_id: UUID, number: int, last_seq: int, digest: bytes) -> str:
    """Write the newest seal of a chain as one line of the file outside the database."""
    return f"{at} chain={chain_id} seal={number} seq={last_seq} hash={digest.hex()}\n"


def read_seal_line(line: str) -> tuple[UUID, int, bytes] | None:
    """Chain, number and hash of a line that seal_line wrote; None for anything else."""
    match = _LINE.fullmatch(line)
    return (UUID(match[2]), int(match[3]), bytes.fromhex(match[5])) if match else None
