"""Redeeming, cancelling and undoing by hand: each exactly once, whoever races (RWD-3). Redeeming is a hot path."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.errors import CardNotActive
from regulars.kernel.fields import check_text
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Invalid, NotFound, Refusal, Refused
from regulars.ledger.actions.post import LostRace, Part, post
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, StoredAnswer
from regulars.platform.database import row, unit_of_work
from regulars.platform.hot import HotCursor, hot_unit_of_work, open_cursor
from regulars.vouchers.actions.parts import Return, give_back_parts, redeem_parts, step_parts
from regulars.vouchers.errors import StaffRedeems
from regulars.vouchers.queries.redeemable import lock_vouchers, look_at_voucher
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import get_vouchers
from regulars.vouchers.rules.redeeming import Redemption, check_cancel, check_redeem, check_undo
from regulars.vouchers.rules.vouchers import REASON_LENGTH_MAX, VoucherState

GONE: Final = ("deleted", "undone")
"""Cards that are not there any more: their links open nothing."""


@dataclass(frozen=True, slots=True)
class RedeemCommand:
    """A voucher to be redeemed: where, and with which order."""

    voucher: str
    location_id: UUID | None = None
    order_id: UUID | None = None


def redeem_voucher(
    actor: Actor,
    command: RedeemCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[VoucherState] | None = None,
) -> VoucherState:
    """Redeem a voucher, in two round trips: at most once, whatever races.

    Refuses: Forbidden, NotFound, AlreadyRedeemed, VoucherExpired, VoucherCancelled, VoucherNotActive, CardNotActive,
    CardNotAssigned, WrongLocation. Raises Answered where the key was used before.
    """
    actor.require("rewards:write")
    voucher_id = decode("vch", command.voucher)
    if voucher_id is None:
        raise Refused(NotFound())
    try:
        with hot_unit_of_work(actor.chain_id) as cursor:
            found = look_at_voucher(cursor, actor.chain_id, voucher_id, claim=claim)
            return _redeem(cursor, actor, found, command, now=now, claim=claim, present=present)
    except LostRace:
        # Somebody was quicker. What they did is committed, so most hear why not without another write.
        return _redeem_locked(actor, voucher_id, command, now=now, claim=claim, present=present)


@retry_lost_races
def _redeem_locked(
    actor: Actor,
    voucher_id: UUID,
    command: RedeemCommand,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[VoucherState] | None,
) -> VoucherState:
    with hot_unit_of_work(actor.chain_id) as cursor:
        found = look_at_voucher(cursor, actor.chain_id, voucher_id, claim=claim)
        if found is not None and check_redeem(found, location_id=command.location_id, now=now) is None:
            found = lock_vouchers(cursor, actor.chain_id, [voucher_id], claim=claim).get(voucher_id)
        return _redeem(cursor, actor, found, command, now=now, claim=claim, present=present)


@retry_lost_races
def redeem_as_holder(actor: Actor, voucher_id: UUID, card_id: UUID, *, now: datetime) -> VoucherState:
    """Redeem a voucher with the secret link of a card that has it, or whose holder has, where it was issued so.

    A link redeems nothing while its card is blocked, for whoever found the card has the link, nor once its card is over. Refuses: NotFound,
    StaffRedeems, CardNotActive for the card that is shown, and what `redeem_voucher` does.
    """
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        found = lock_vouchers(cursor, actor.chain_id, [voucher_id]).get(voucher_id)
        shown = row(
            "SELECT status, customer_id, expires_at FROM cards WHERE chain_id = %s AND id = %s",
            [actor.chain_id, card_id],
        )
        if found is None or shown is None or shown[0] in GONE or not _holds(card_id, shown[1], found):
            raise Refused(NotFound())
        status = "expired" if shown[0] == "active" and shown[2] is not None and shown[2] <= now else shown[0]
        if status != "active":
            raise Refused(CardNotActive(status_of_card=status))
        if not found.customer_may_redeem:
            raise Refused(StaffRedeems())
        place = found.places[0][0] if found.places and len(found.places) == 1 else None
        command = RedeemCommand(voucher="", location_id=place)
        return _redeem(cursor, actor, found, command, now=now, claim=None, present=None)


def _holds(card_id: UUID, customer_id: UUID | None, voucher: VoucherState) -> bool:
    """Whether this card has the voucher, or the customer who holds the card has."""
    if voucher.card_id is not None:
        return voucher.card_id == card_id
    return customer_id is not None and customer_id == voucher.customer_id


def _redeem(
    cursor: HotCursor,
    actor: Actor,
    voucher: VoucherState | None,
    command: RedeemCommand,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[VoucherState] | None,
) -> VoucherState:
    if voucher is None:
        raise Refused(NotFound())
    _refuse(check_redeem(voucher, location_id=command.location_id, now=now))
    redemption = Redemption(voucher=voucher, location_id=command.location_id, order_id=command.order_id)
    redeemed = replace(
        voucher,
        state="redeemed",
        version=voucher.version + 1,
        redeemed_at=now,
        redeemed_location_id=command.location_id,
        order_id=command.order_id,
        state_reason="",
    )
    answers: Sequence[StoredAnswer] = ()
    if claim is not None and present is not None:
        status, text = present(redeemed)
        answers = (claim.answered(status=status, answer=text),)
    post(cursor, actor, (), also=redeem_parts(actor, [redemption], now=now), answers=answers, and_commit=True)
    return redeemed


@retry_lost_races
def undo_redemption(actor: Actor, voucher: str, *, reason: str = "", now: datetime) -> VoucherView:
    """Take back a redemption that was made by hand: the voucher is active again, or expired where its time is over.

    Refuses: Forbidden, NotFound, Invalid, NotRedeemed, RedeemedInOrder, VoucherElsewhere.
    """
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        found = _lock_for_change(cursor, actor, voucher, reason)
        _refuse(check_undo(found, own_places=actor.location_ids, now=now))
        parts = give_back_parts(actor, [Return(voucher=found, order_id=found.order_id)], now=now, reason=reason.strip())
        return _write(cursor, actor, parts, found, "undo_redemption", reason, now=now)


@retry_lost_races
def cancel_voucher(actor: Actor, voucher: str, *, reason: str = "", now: datetime) -> VoucherView:
    """Cancel a voucher that nobody has redeemed; for ever.

    Refuses: Forbidden, NotFound, Invalid, AlreadyRedeemed, VoucherExpired, VoucherCancelled, VoucherElsewhere.
    """
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        found = _lock_for_change(cursor, actor, voucher, reason)
        _refuse(check_cancel(found, own_places=actor.location_ids, now=now))
        parts = step_parts(actor, "cancel", [Redemption(voucher=found)], now=now, reason=reason.strip())
        return _write(cursor, actor, parts, found, "cancel_voucher", reason, now=now)


def _lock_for_change(cursor: HotCursor, actor: Actor, voucher: str, reason: str) -> VoucherState:
    actor.require("rewards:write")
    problems = check_text(reason, "/reason", length_max=REASON_LENGTH_MAX)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    voucher_id = decode("vch", voucher)
    if voucher_id is None:
        raise Refused(NotFound())
    found = lock_vouchers(cursor, actor.chain_id, [voucher_id]).get(voucher_id)
    if found is None:
        raise Refused(NotFound())
    return found


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise Refused(refusal)


def _write(
    cursor: HotCursor, actor: Actor, parts: list[Part], before: VoucherState, verb: str, reason: str, *, now: datetime
) -> VoucherView:
    post(cursor, actor, (), also=parts)
    if reason.strip():
        audit.record(
            actor,
            verb=f"voucher.{verb}",
            object_kind="voucher",
            object_id=before.id,
            now=now,
            after={"reason": reason.strip()},
        )
    return get_vouchers(actor.chain_id, [before.id], now=now)[0]
