"""Taking back the promotions of a program that goes out of sight itself (UX 8)."""

from datetime import datetime
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.promotions.actions.codes import free_codes, lock_codes_of_promotions
from regulars.promotions.models import Promotion


def unmake_promotions(actor: Actor, program_id: UUID, *, now: datetime) -> None:
    """End the promotions of a program and free their codes and external ids, in the running unit of work.

    Their rows stay for the orders that they priced; with the program they are out of everybody's sight.
    """
    for one in Promotion.objects.select_for_update(no_key=True).filter(chain_id=actor.chain_id, program_id=program_id):
        one.state, one.ended_at = "ended", one.ended_at or now
        one.external_id = encode("prm", one.id)
        one.version += 1
        one.save(update_fields=["state", "ended_at", "external_id", "version"])
        audit.record(actor, verb="promotion.undone", object_kind="promotion", object_id=one.id, now=now)
    lock_codes_of_promotions(actor.chain_id)
    gone = rows(
        "DELETE FROM promotion_codes WHERE chain_id = %s AND promotion_id IN"
        " (SELECT id FROM promotions WHERE chain_id = %s AND program_id = %s) RETURNING key",
        [actor.chain_id, actor.chain_id, program_id],
    )
    free_codes(actor.chain_id, [key for (key,) in gone])
