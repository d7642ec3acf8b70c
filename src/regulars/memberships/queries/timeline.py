"""What memberships bring to a customer's time line (CUS-8)."""

from typing import Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.audit import read_json
from regulars.platform.database import rows

_EVENTS: Final = """
SELECT x.id, x.at, x.verb, coalesce(nullif(g.name, ''), g.email, ''), coalesce(o.name, ''), x.through, x.membership_id,
    x.type_name, d.before, d.after
FROM (
    SELECT e.* FROM (
        SELECT m.id, t.name FROM memberships m JOIN membership_types t ON t.id = m.type_id
        WHERE m.chain_id = %(chain)s AND m.customer_id = %(customer)s ORDER BY m.id DESC LIMIT 100
    ) held (membership_id, type_name) CROSS JOIN LATERAL (
        SELECT a.id, a.at, a.verb, a.staff_id, a.location_id, a.through, held.membership_id, held.type_name
        FROM audit_entries a WHERE a.chain_id = %(chain)s AND a.object_id = held.membership_id
            AND a.id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        ORDER BY a.id DESC LIMIT %(limit)s
    ) e ORDER BY e.id DESC LIMIT %(limit)s
) x
LEFT JOIN audit_details d ON d.entry_id = x.id
LEFT JOIN staff w ON w.id = x.staff_id
LEFT JOIN logins g ON g.id = w.login_id
LEFT JOIN locations o ON o.id = x.location_id
ORDER BY x.id DESC
"""


def list_membership_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What happened to the customer's memberships, in one query; none for whoever may not see them."""
    if not actor.may("rewards:read"):
        return []
    found = rows(_EVENTS, {"chain": actor.chain_id, "customer": customer_id, "before": before, "limit": limit})
    return [
        TimelineItem(
            id=item_id,
            at=at,
            kind=verb,
            staff_name=staff_name,
            place_name=place_name,
            through=through,
            facts={
                "membership": encode("mbr", membership_id),
                "name": type_name,
                "before": read_json(old),
                "after": read_json(new),
            },
        )
        for item_id, at, verb, staff_name, place_name, through, membership_id, type_name, old, new in found
    ]
