"""What vouchers refuse."""

from dataclasses import dataclass
from typing import Any, ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class AlreadyRedeemed(Refusal):
    """A voucher is redeemed once: this says when, where and by whom it was (RWD-3)."""

    code: ClassVar[str] = "already_redeemed"
    message: ClassVar[str] = "This voucher was redeemed already: {redeemed_at}, {place}."
    hidden: ClassVar[frozenset[str]] = frozenset()
    redeemed_at: str = ""
    location: str | None = None
    location_name: str | None = None
    redeemed_by: str | None = None
    order: str | None = None

    def values(self) -> dict[str, Any]:
        """The place as the sentence names it."""
        return {"redeemed_at": self.redeemed_at, "place": self.location_name or self.redeemed_by or "—"}


@dataclass(frozen=True, slots=True)
class VoucherExpired(Refusal):
    """The time of a voucher is over."""

    code: ClassVar[str] = "voucher_expired"
    message: ClassVar[str] = "This voucher could be redeemed until {expired_at}."
    expired_at: str = ""


@dataclass(frozen=True, slots=True)
class VoucherCancelled(Refusal):
    """A voucher that was cancelled is worth nothing any more."""

    code: ClassVar[str] = "voucher_cancelled"
    message: ClassVar[str] = "This voucher was cancelled."


@dataclass(frozen=True, slots=True)
class VoucherNotActive(Refusal):
    """The time of a voucher has not begun."""

    code: ClassVar[str] = "voucher_not_active"
    message: ClassVar[str] = "This voucher can be redeemed from {starts_at} on."
    starts_at: str = ""


@dataclass(frozen=True, slots=True)
class WrongLocation(Refusal):
    """A voucher that is valid at some places only is redeemed there, and whoever redeems it says where that is."""

    code: ClassVar[str] = "wrong_location"
    message: ClassVar[str] = "This voucher is valid elsewhere: {places}."
    places: str = ""


@dataclass(frozen=True, slots=True)
class NotRedeemed(Refusal):
    """Only a redemption that stands can be undone."""

    code: ClassVar[str] = "not_redeemed"
    message: ClassVar[str] = "This voucher is not redeemed, so there is nothing to undo. It is {state}."
    state: str = ""


@dataclass(frozen=True, slots=True)
class RedeemedInOrder(Refusal):
    """What an order redeemed comes back with the order."""

    code: ClassVar[str] = "redeemed_in_order"
    message: ClassVar[str] = "An order redeemed this voucher. Cancel or refund the order, and the voucher comes back."
    order: str | None = None


@dataclass(frozen=True, slots=True)
class VoucherElsewhere(Refusal):
    """Staff of some places undo and cancel only what happened there, or is valid there."""

    code: ClassVar[str] = "voucher_elsewhere"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This voucher is a matter of another location: somebody who works there can do that."


@dataclass(frozen=True, slots=True)
class StaffRedeems(Refusal):
    """Customers redeem by themselves only what was issued so."""

    code: ClassVar[str] = "staff_redeems"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "Show this voucher at the till: it is redeemed there."
