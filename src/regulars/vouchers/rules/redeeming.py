"""Whether a voucher can be redeemed, cancelled or given back, decided under its lock (RWD-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from regulars.cards.errors import CardNotActive, CardNotAssigned
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal
from regulars.vouchers.errors import (
    AlreadyRedeemed,
    NotRedeemed,
    RedeemedInOrder,
    VoucherCancelled,
    VoucherElsewhere,
    VoucherExpired,
    VoucherNotActive,
    WrongLocation,
)
from regulars.vouchers.rules.states import State, Verb, state_after
from regulars.vouchers.rules.vouchers import VoucherState

OF_TIME: Final[tuple[Verb, ...]] = ("activate", "expire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A voucher to be redeemed, as it was read under its lock; `is_of_order` where it comes back with the order."""

    voucher: VoucherState
    location_id: UUID | None = None
    order_id: UUID | None = None
    is_of_order: bool = False


def check_redeem(voucher: VoucherState, *, location_id: UUID | None, now: datetime) -> Refusal | None:
    """Why this voucher cannot be redeemed now and here; None where it can."""
    held = voucher.at(now)
    if state_after(held.state, "redeem") is None:
        return why_not(held)
    if held.card_status == "blank":
        return CardNotAssigned()
    if held.card_status is not None and held.card_status != "active":
        return CardNotActive(status_of_card=held.card_status)
    if held.places is not None and location_id not in [place_id for place_id, _ in held.places]:
        return WrongLocation(places=", ".join(name for _, name in held.places))
    return None


def check_cancel(voucher: VoucherState, *, own_places: frozenset[UUID] | None = None, now: datetime) -> Refusal | None:
    """Why this voucher cannot be cancelled by somebody of these places (None: of all); None where it can."""
    held = voucher.at(now)
    if own_places is not None and held.places is not None and not own_places & {place for place, _ in held.places}:
        return VoucherElsewhere()
    return why_not(held) if state_after(held.state, "cancel") is None else None


def check_undo(voucher: VoucherState, *, own_places: frozenset[UUID] | None = None, now: datetime) -> Refusal | None:
    """Why somebody of these places (None: of all) cannot undo this redemption by hand; None where they can.

    What was redeemed elsewhere, or nobody knows where, is not theirs to give out once more.
    """
    held = voucher.at(now)
    if state_after(held.state, "give_back") is None:
        return NotRedeemed(state=held.state)
    if held.is_of_order:
        return RedeemedInOrder(order=encode("ord", held.order_id) if held.order_id else None)
    if own_places is not None and held.redeemed_location_id not in own_places:
        return VoucherElsewhere()
    return None


def why_not(voucher: VoucherState) -> Refusal:
    """What the state of a voucher says to whoever wants to use it."""
    match voucher.state:
        case "redeemed":
            return redeemed_already(voucher)
        case "expired":
            assert voucher.expires_at is not None
            return VoucherExpired(expired_at=voucher.expires_at.isoformat())
        case "cancelled":
            return VoucherCancelled()
        case "issued":
            return VoucherNotActive(starts_at=voucher.starts_at.isoformat())
        case "active":
            raise AssertionError("an active voucher can be used")
        case _:
            assert_never(voucher.state)


def redeemed_already(voucher: VoucherState) -> AlreadyRedeemed:
    """When, where and by whom it was redeemed."""
    assert voucher.redeemed_at is not None
    return AlreadyRedeemed(
        redeemed_at=voucher.redeemed_at.isoformat(),
        location=encode("loc", voucher.redeemed_location_id) if voucher.redeemed_location_id else None,
        location_name=voucher.redeemed_location or None,
        redeemed_by=voucher.redeemed_by or None,
        order=encode("ord", voucher.order_id) if voucher.order_id else None,
    )


def next_states(vouchers: Sequence[VoucherState], verb: Verb, *, now: datetime) -> list[State]:
    """Where a verb leads each of these; what cannot be was refused before. Steps of time go on from what was written."""
    found = [state_after(one.state if verb in OF_TIME else one.at(now).state, verb) for one in vouchers]
    assert None not in found
    return [state for state in found if state is not None]
