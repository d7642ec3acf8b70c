"""How much of a bill a gift card may pay (ORD-6): each on what the ones before left, after all discounts; pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from regulars.giftcards.errors import GiftCardLimited, GiftCardShort
from regulars.giftcards.rules.change import plan_write_off, refusal_here, refusal_of
from regulars.giftcards.rules.values import Change, GiftCardState
from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Refusal


class BillLine(Struct, frozen=True):
    """What is left to pay of one line, with what it is."""

    left: int
    kind: str
    category: str


class Bill(Struct, frozen=True):
    """What is left to pay of an order, line by line; `beside` is what no line holds: shipping and tips."""

    lines: tuple[BillLine, ...]
    beside: int = 0

    @property
    def left(self) -> int:
        """All of it."""
        return sum(line.left for line in self.lines) + self.beside

    def less(self, amount: int) -> "Bill":
        """The bill after something that pays anything has paid so much: shipping and tips first, then line by line.

        So that as much as possible stays for what pays some lines only.
        """
        paid = min(amount, self.beside)
        lines, rest = _paid(self.lines, amount - paid, [True] * len(self.lines))
        assert rest == 0
        return Bill(lines, self.beside - paid)


def payable_of(card: GiftCardState, bill: Bill) -> int:
    """How much of what is left a gift card's limits let it pay, were it full."""
    if card.limits.is_for_everything:
        return bill.left
    return sum(line.left for line in bill.lines if card.limits.takes(line.kind, line.category))


def most_of(card: GiftCardState, bill: Bill, *, now: datetime, location_id: UUID | None) -> int:
    """The most that a gift card can pay of what is left: nothing where it cannot pay at all."""
    if refusal_of(card, now=now) is not None or refusal_here(card, location_id) is not None:
        return 0
    return min(card.balance, payable_of(card, bill))


def plan_payment(
    card: GiftCardState,
    bill: Bill,
    amount: int | None,
    *,
    now: datetime,
    location_id: UUID | None,
    decimals: int,
) -> tuple[Change, Bill] | Refusal | None:
    """Pay an amount, or with None as much as it can; what changes of the gift card and what is left of the bill.

    None where as much as it can is nothing. An amount that is named is paid in full or refused.
    Refuses: what `plan_write_off` does, GiftCardLimited.
    """
    refusal = refusal_of(card, now=now) or refusal_here(card, location_id)
    if refusal is not None:
        return refusal
    within = payable_of(card, bill)
    wanted = min(card.balance, within) if amount is None else amount
    if wanted == 0:
        return None
    if wanted > card.balance:
        return GiftCardShort(available=format_amount(card.balance, decimals), wanted=format_amount(wanted, decimals))
    if wanted > within:
        return GiftCardLimited(max=format_amount(within, decimals))
    change = plan_write_off(card, wanted, now=now, location_id=location_id, decimals=decimals)
    if isinstance(change, Refusal):
        return change
    if card.limits.is_for_everything:
        return change, bill.less(wanted)
    fits = [card.limits.takes(line.kind, line.category) for line in bill.lines]
    lines, rest = _paid(bill.lines, wanted, fits)
    assert rest == 0
    return change, replace(bill, lines=lines)


def _paid(lines: Sequence[BillLine], amount: int, fits: Sequence[bool]) -> tuple[tuple[BillLine, ...], int]:
    made = []
    for line, fit in zip(lines, fits, strict=True):
        part = min(amount, line.left) if fit else 0
        amount -= part
        made.append(replace(line, left=line.left - part))
    return tuple(made), amount
