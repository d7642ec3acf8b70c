"""What an order used of codes, vouchers, gift cards and memberships, as it is kept with it and told again (RWD-4, RWD-10, LED-4)."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from regulars.orders.rules.presented import Kind, Use
from regulars.orders.rules.spending import GiftSpend
from regulars.orders.rules.visits import Cover, VisitSpend
from regulars.promotions.rules.outcome import Reason

PREFIXES: Final = {"code": "cod", "voucher": "vch", "gift_card": "gcd", "membership": "mbr", "unknown": ""}
"""How the ids of what an order redeems begin."""
KNOWN_KINDS: Final = ("code", "voucher", "membership")
State = Literal["planned", "locked", "used", "refused", "given_back", "released"]

STATES: Final[tuple[State, ...]] = ("planned", "locked", "used", "refused", "given_back", "released")


class Redemption(Struct, frozen=True):
    """One code of an order and what came of it; `money` is what a gift card or membership paid, of which `undone` came back.

    `covers` are the lines that visits of a membership pay.
    """

    kind: Kind
    shown: str
    state: State
    owner_id: UUID | None = None
    name: str = ""
    promotions: tuple[UUID, ...] = ()
    reason: Reason | None = None
    money: int = 0
    undone: int = 0
    benefit: Mapping[str, str] | None = None
    covers: tuple[Cover, ...] = ()

    @property
    def visits(self) -> int:
        """How many visits of a membership it takes, or took: what came back since is told beside it."""
        return sum(one.visits for one in self.covers)

    @property
    def is_held(self) -> bool:
        """Whether the order uses it, or keeps it for when it is paid."""
        return self.state in ("planned", "locked", "used")


def step_of(one: Redemption) -> Reason | None:
    """What it did, or why it did nothing, to be told as a sentence."""
    if one.reason is not None:
        return one.reason
    if one.kind == "gift_card":
        return Reason("gift_card_paid", {"amount": one.money}) if one.money else None
    if one.kind == "membership":
        return Reason("membership_paid", {"visits": one.visits, "amount": one.money})
    return Reason("code_unlocked", {"promotions": [str(promotion) for promotion in one.promotions]})


def redemptions_of(
    uses: Sequence[Use], gifts: Sequence[GiftSpend], visits: Sequence[VisitSpend] = (), *, state: State
) -> tuple[Redemption, ...]:
    """What is kept of each code that an order came with; `state` is that of those which it uses."""
    paid = {one.owner_id: one.money for one in gifts} | {one.owner_id: one.money for one in visits}
    covers = {one.owner_id: one.covers for one in visits}
    found = []
    for use in uses:
        one = use.presented
        money = paid.get(one.owner_id, 0) if one.owner_id else 0
        is_held = use.is_used or money > 0
        found.append(
            Redemption(
                kind=one.kind,
                shown=one.shown,
                state=state if is_held else "refused",
                owner_id=one.owner_id,
                name=one.name,
                promotions=use.promotions,
                reason=None if is_held else use.reason,
                money=money,
                benefit=one.benefit,
                covers=covers.get(one.owner_id, ()) if one.owner_id else (),
            )
        )
    return tuple(found)


def held(redemptions: Sequence[Redemption], kind: Kind) -> list[Redemption]:
    """Those of one kind that the order uses or keeps."""
    return [one for one in redemptions if one.kind == kind and one.is_held]


def money_paid(redemptions: Sequence[Redemption]) -> int:
    """What gift cards and memberships pay, or paid: what came back since is told beside it."""
    return sum(one.money for one in redemptions)


def known_of(redemptions: Sequence[Redemption]) -> tuple[tuple[str, UUID], ...]:
    """The codes, vouchers and memberships of an open order, to be looked at again when it is decided anew."""
    return tuple((one.kind, one.owner_id) for one in redemptions if one.owner_id and one.kind in KNOWN_KINDS)
