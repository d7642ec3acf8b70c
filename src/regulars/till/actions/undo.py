"""Taking back what was pressed a moment ago: by the same reversals that the rest of the product uses, once (TIL-2)."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.actions.unmake import unmake_cards
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.memberships.actions.use import undo_use
from regulars.memberships.actions.write import Place as MembershipPlace
from regulars.orders.actions.refund import cancel_order
from regulars.platform.actor import Actor
from regulars.platform.database import edge_unit_of_work, execute, row
from regulars.rewards.actions.catalogue import cancel_reward, undo_hand_over
from regulars.till.actions.press import At
from regulars.till.actions.receipts import release_receipt
from regulars.till.errors import PressTooOld, PressUndone, PressUsed
from regulars.till.queries.presses import PressView, access_press
from regulars.till.rules.presses import UNDO_MINUTES, can_undo
from regulars.vouchers.actions.redeem import undo_redemption


def undo_press(actor: Actor, press: str, at: At, *, reason: str, now: datetime) -> PressView:
    """Take one's own press back with all that came of it; `reason` stands in the books. A code that it claimed is open again.

    Refuses: Forbidden, NotFound, PressUndone, PressTooOld, PressUsed, and what the reversal of each kind refuses.
    """
    with edge_unit_of_work(actor.chain_id):
        found = access_press(actor, press)
        if found.receipt_id is not None:
            # The code before the card, as a claim takes them: whoever claims it at this instant waits and finds it open.
            execute("SELECT 1 FROM receipt_codes WHERE id = %s FOR NO KEY UPDATE", [found.receipt_id])
        held = row("SELECT undone_at FROM till_presses WHERE id = %s FOR NO KEY UPDATE", [found.id])
        assert held is not None
        if held[0] is not None:
            raise Refused(PressUndone())
        if not can_undo(found.pressed_at, None, now):
            raise Refused(PressTooOld(minutes=UNDO_MINUTES))
        _take_back(actor, found, at, reason=reason, now=now)
        if found.receipt_id is not None:
            release_receipt(actor.chain_id, found.receipt_id, found.subject_id)
        execute("UPDATE till_presses SET undone_at = %s WHERE id = %s", [now, found.id])
        return access_press(actor, press)


def _take_back(actor: Actor, found: PressView, at: At, *, reason: str, now: datetime) -> None:
    match found.kind:
        case "stamps" | "spend":
            reverse_transaction(actor, encode("txn", found.subject_id), reason=reason, now=now)
        case "purchase":
            cancel_order(actor, encode("ord", found.subject_id), location_id=at.location_id, now=now)
        case "voucher":
            undo_redemption(actor, encode("vch", found.subject_id), reason=reason, now=now)
        case "award":
            undo_hand_over(actor, encode("grw", found.subject_id), now=now)
        case "reward":
            cancel_reward(actor, encode("grw", found.subject_id), reason=reason, now=now)
        case "membership":
            _undo_use(actor, found, at, reason=reason, now=now)
        case "issue":
            _unmake(actor, found.subject_id, now=now)
        case _:
            assert_never(found.kind)


def _undo_use(actor: Actor, found: PressView, at: At, *, reason: str, now: datetime) -> None:
    assert found.of_id is not None
    place = MembershipPlace(zone=at.zone, decimals=at.currency_decimals, location_id=at.location_id)
    undo_use(actor, encode("mbr", found.of_id), encode("mbu", found.subject_id), reason=reason, at=place, now=now)


def _unmake(actor: Actor, card_id: UUID, *, now: datetime) -> None:
    if not unmake_cards(actor, [card_id], now=now):
        raise Refused(PressUsed())
