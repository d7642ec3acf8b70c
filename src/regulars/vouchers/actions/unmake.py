"""Taking back vouchers that were made up and that nobody redeemed (UX 8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from regulars.codes.actions.coming import free_codes
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import rows

# One that was redeemed once was a real right, even where it was given back.
UNMAKE: Final = """
WITH wanted AS (
    SELECT v.id FROM vouchers v
    WHERE v.chain_id = %(chain)s AND v.title = ANY(%(titles)s) AND v.source = 'manual' AND v.state <> 'undone'
        AND NOT EXISTS (SELECT FROM voucher_events e WHERE e.voucher_id = v.id AND e.verb = 'redeem')
    ORDER BY v.id FOR NO KEY UPDATE OF v
), gone AS (
    UPDATE vouchers v SET state = 'undone', card_id = NULL, customer_id = NULL, customer_may_redeem = false,
        description = '', state_reason = '', version = v.version + 1
    FROM wanted w WHERE v.id = w.id RETURNING v.id, v.version, v.code
), noted AS (
    INSERT INTO voucher_events (voucher_id, version, id, chain_id, verb, state, at, staff_id, key_id, through)
    SELECT g.id, g.version, regulars_uuid7(), %(chain)s, 'cancel', 'undone', %(now)s, %(staff)s, %(key)s, %(through)s
    FROM gone g
)
SELECT id, code FROM gone
"""


def unmake_vouchers(actor: Actor, titles: Sequence[str], *, now: datetime) -> int:
    """Take the vouchers of these titles that were issued by hand out of sight, in the running unit of work; how many.

    Their rows and steps stay for the proof, of nobody, under the state `undone` that nothing reads; their codes are free.
    """
    values = {
        "chain": actor.chain_id,
        "titles": list(titles),
        "now": now,
        "staff": actor.staff_id,
        "key": actor.key_id,
        "through": actor.through,
    }
    gone = rows(UNMAKE, values)
    free_codes(actor.chain_id, "voucher", [code for _, code in gone])
    changes = [audit.Change(object_id=voucher_id) for voucher_id, _ in gone]
    audit.record_many(actor, verb="voucher.undone", object_kind="voucher", changes=changes, now=now)
    return len(gone)
