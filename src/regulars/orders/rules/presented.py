"""What the codes of an order belong to, and what that unlocks: promotions, a voucher's own discount, a gift card, a membership (ORD-6, ORD-8, RWD-4).

Pure. Whoever presents a code that is unknown, or somebody else's, hears the same of both (RWD-9).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct, structs

from regulars.kernel.amount import parse_amount
from regulars.kernel.codes import code_end
from regulars.memberships.rules.states import MembershipState
from regulars.orders.rules.spending import GiftPurse
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.benefits.groups import CheapestOff
from regulars.promotions.rules.benefits.percent import PercentOffOrder
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced, Reason
from regulars.promotions.rules.products import EVERYTHING, Products
from regulars.promotions.rules.promotion import Promotion

Kind = Literal["code", "voucher", "gift_card", "membership", "unknown"]

SECRET_LETTERS_MIN: Final = 10
"""What has so many letters may be a code that is worth money, mistyped: it is never kept as it was given, and a guess."""

NOT_NEEDED: Final = Reason("code_not_needed")
BY_HAND: Final = Reason("voucher_by_hand")
PROMOTION_GONE: Final = Reason("voucher_promotion_gone")
PAYS: Final = Reason("gift_card_pays")
COVERS_NOTHING: Final = Reason("membership_covers_nothing")
_USED: Final = Reason("code_used")
_EXPIRED: Final = Reason("code_expired")
_NOT_ACTIVE: Final = Reason("code_not_active")
# Under what the features refuse that the codes belong to.
_WHY: Final[Mapping[str, Reason]] = {
    "unknown_code": Reason("code_unknown"),
    "already_redeemed": _USED,
    "code_used": _USED,
    "voucher_expired": _EXPIRED,
    "code_expired": _EXPIRED,
    "voucher_cancelled": Reason("code_cancelled"),
    "voucher_not_active": _NOT_ACTIVE,
    "code_not_valid_yet": _NOT_ACTIVE,
    "code_not_activated": _NOT_ACTIVE,
    "code_pool_resting": Reason("code_paused"),
    "code_uses_exhausted": Reason("code_used_up"),
    "code_needs_customer": Reason("customer_required"),
    "card_not_active": Reason("code_card_not_active"),
    "card_not_assigned": Reason("code_card_not_assigned"),
    "wrong_location": Reason("code_other_location"),
    "membership_used_up": Reason("code_used_up"),
    "membership_expired": _EXPIRED,
    "membership_cancelled": Reason("code_cancelled"),
    "membership_frozen": Reason("membership_frozen"),
    "used_recently": Reason("membership_used_recently"),
}


class Presented(Struct, frozen=True):
    """What one code belongs to, as it is now. `problem` says why it cannot be used."""

    kind: Kind
    shown: str
    """The last letters of the code: enough to tell it from another, too few to use it."""
    owner_id: UUID | None = None
    name: str = ""
    problem: Reason | None = None
    unlocks: str = ""
    benefit: Mapping[str, str] | None = None
    """The discount of a voucher that unlocks no promotion of the chain."""

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands against it."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class Use:
    """What came of a code: the promotions that it unlocked, or why it was not used."""

    presented: Presented
    promotions: tuple[UUID, ...] = ()
    reason: Reason | None = None

    @property
    def is_used(self) -> bool:
        """Whether it gave something, so that it is used up by this order."""
        return bool(self.promotions)


def shown_of(key: str) -> str:
    """How a code is told again that is no slogan: by its end."""
    return f"…{code_end(key)}"


def why_not(refused: str, shown: str) -> Reason:
    """Why a code cannot be used, by the code of what was refused."""
    return structs.replace(_WHY[refused], values={"code": shown})


_UNHEARD: Final = {one.code: one for one in (Reason("too_many_attempts"), Reason("code_not_looked_at"))}


def unheard(key: str, because: str) -> Presented:
    """A code that nobody looked at, and why: too_many_attempts or code_not_looked_at."""
    shown = shown_of(key)
    return Presented("unknown", shown, problem=structs.replace(_UNHEARD[because], values={"code": shown}))


def of_promotion(promotion_id: UUID | str) -> str:
    """What a voucher for a promotion adds."""
    return f"promotion:{promotion_id}"


def of_voucher(voucher_id: UUID) -> str:
    """What a voucher with a discount of its own adds."""
    return f"voucher:{voucher_id}"


def is_token(text: str) -> bool:
    """Whether a code as promotions look for it stands for a pool, a promotion or a voucher; nobody can type one."""
    return text.startswith(_TOKENS)


_TOKENS: Final = ("pool:", "promotion:", "voucher:")


def own_promotion(voucher_id: UUID, benefit: Mapping[str, str], *, currency_decimals: int) -> Promotion:
    """The discount of a voucher as a promotion for one order, under the voucher's id."""
    products = Products(skus=frozenset({benefit["product"]})) if "product" in benefit else EVERYTHING
    minimum = benefit.get("minimum")
    return Promotion(
        id=str(voucher_id),
        benefits=(_benefit(benefit, currency_decimals),),
        conditions=(MinimumAmount(parse_amount(minimum, currency_decimals)),) if minimum else (),
        products=products,
        codes=frozenset({of_voucher(voucher_id)}),
    )


def _benefit(benefit: Mapping[str, str], currency_decimals: int) -> Benefit:
    if "percent" in benefit:
        return PercentOffOrder(Decimal(benefit["percent"]))
    if "amount" in benefit:
        return AmountOffOrder(parse_amount(benefit["amount"], currency_decimals))
    return CheapestOff(units=1)


def unlocking(presented: Iterable[Presented]) -> frozenset[str]:
    """What the usable ones add to the codes that promotions look for."""
    return frozenset(one.unlocks for one in presented if one.is_usable and one.unlocks)


def uses_of(
    presented: Sequence[Presented], priced: Priced, rules: Mapping[str, Promotion], slogans: Collection[str]
) -> tuple[Use, ...]:
    """What came of each code. Of several that unlock the same promotion the first is used, and none where a slogan does."""
    by_token: dict[str, list[UUID]] = {}
    why: dict[str, Reason] = {}
    for verdict in priced.verdicts:
        codes = rules[verdict.promotion].codes
        if not codes or not codes.isdisjoint(slogans):
            continue
        if isinstance(verdict, NotApplied):
            why |= dict.fromkeys(codes, verdict.reason)
            continue
        token = next((one.unlocks for one in presented if one.is_usable and one.unlocks in codes), None)
        if token is not None:
            by_token.setdefault(token, []).append(UUID(verdict.promotion))
    uses = []
    for one in presented:
        # Taken out, so that a second code of the same kind is left alone.
        promotions = tuple(by_token.pop(one.unlocks, ())) if one.is_usable and one.unlocks else ()
        reason = (
            None
            if promotions
            else one.problem or why.get(one.unlocks, COVERS_NOTHING if one.kind == "membership" else NOT_NEEDED)
        )
        uses.append(Use(one, promotions, None if one.kind == "gift_card" and one.is_usable else reason))
    return tuple(uses)


def told_with_codes(priced: Priced, uses: Sequence[Use], rules: Mapping[str, Promotion], missing: Reason) -> Priced:
    """The same price where the verdicts say which code unlocked a promotion, or why the code that would does not."""
    by_promotion = {str(promotion): use for use in uses for promotion in use.promotions}
    unusable = [use.presented for use in uses if use.presented.problem is not None and use.presented.unlocks]

    def told(verdict: Applied | NotApplied) -> Applied | NotApplied:
        if isinstance(verdict, Applied):
            use = by_promotion.get(verdict.promotion)
            if use is None:
                return verdict
            step = Reason("with_code", {"code": use.presented.shown})
            return structs.replace(verdict, cut=structs.replace(verdict.cut, steps=(step, *verdict.cut.steps)))
        if verdict.reason != missing:
            return verdict
        codes = rules[verdict.promotion].codes
        found = next((one.problem for one in unusable if one.unlocks in codes), None)
        return verdict if found is None else NotApplied(verdict.promotion, found)

    return structs.replace(priced, verdicts=tuple(told(one) for one in priced.verdicts))


@dataclass(frozen=True, slots=True)
class Brought:
    """All that an order came with beside its lines: codes and what they belong to, gift cards and memberships that pay."""

    presented: tuple[Presented, ...] = ()
    purses: tuple[GiftPurse, ...] = ()
    memberships: tuple[MembershipState, ...] = ()
    """Those that may be used here and now, in the order in which they pay."""
    slogans: tuple[str, ...] = ()
    """The codes that belong to nothing by themselves: promotions know them."""


NOTHING_BROUGHT: Final = Brought()
