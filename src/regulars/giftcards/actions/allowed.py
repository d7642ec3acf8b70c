"""Who may put money on a gift card, or take it off without a sale: a till does so only as far as it was told to (ORG-2)."""

from typing import Final
from uuid import UUID

from regulars.cards.errors import AboveLimit
from regulars.kernel.amount import parse_amount
from regulars.kernel.refusal import Forbidden, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row
from regulars.platform.hot import HotCursor

NEEDED: Final = "promotions:write"
_LIMIT: Final = "SELECT adjust_limit FROM staff WHERE chain_id = %(chain)s AND id = %(staff)s"


def refuse_beyond_limit(cursor: HotCursor, actor: Actor, amount: int, decimals: int) -> None:
    """Refuse who has neither the right for any amount nor an `adjust_limit` that allows this one.

    Refuses: Forbidden (no limit was set), AboveLimit.
    """
    if actor.may(NEEDED):
        return
    found = cursor.rows(_LIMIT, {"chain": actor.chain_id, "staff": actor.staff_id})
    limit = found[0][0] if found else None
    if limit is None:
        raise Refused(Forbidden(needs=NEEDED))
    if amount > parse_amount(limit, decimals):
        raise Refused(AboveLimit(limit=limit))


def may_move_money(actor: Actor) -> bool:
    """Whether there is any amount that they may put on a gift card, or pay out: what pages offer."""
    if actor.may(NEEDED):
        return True
    found = row(_LIMIT, {"chain": actor.chain_id, "staff": actor.staff_id})
    return found is not None and found[0] is not None


def refuse_elsewhere(cursor: HotCursor, actor: Actor, entry_id: UUID) -> None:
    """Refuse who works in some locations to give back what was paid elsewhere, or nobody knows where. Refuses: Forbidden."""
    if actor.location_ids is None:
        return
    found = cursor.rows(
        "SELECT location_id FROM gift_card_entries WHERE chain_id = %(chain)s AND id = %(entry)s",
        {"chain": actor.chain_id, "entry": entry_id},
    )
    if not found or found[0][0] not in actor.location_ids:
        raise Refused(Forbidden(needs="locations"))
