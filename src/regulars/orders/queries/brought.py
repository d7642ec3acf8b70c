"""What an order came with beside its lines: codes, vouchers, gift cards and memberships, found by their codes and read, under lock where it is recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.codes.errors import CodeOfAnother, UnknownCode
from regulars.codes.queries.usable import codes_asked, states_of
from regulars.codes.rules.space import CodeOwner
from regulars.codes.rules.usable import CodeState, check_usable
from regulars.giftcards.queries.payable import gift_cards_asked
from regulars.giftcards.queries.payable import states_in as gift_cards_in
from regulars.giftcards.rules.change import refusal_here, refusal_of
from regulars.giftcards.rules.values import GiftCardState
from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Refusal
from regulars.memberships.queries.usable import memberships_asked, memberships_of
from regulars.memberships.queries.usable import states_in as memberships_in
from regulars.memberships.rules.states import MembershipState
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.presented import (
    BY_HAND,
    NOTHING_BROUGHT,
    PAYS,
    PROMOTION_GONE,
    SECRET_LETTERS_MIN,
    Brought,
    Presented,
    of_promotion,
    of_voucher,
    own_promotion,
    shown_of,
    unheard,
    why_not,
)
from regulars.orders.rules.spending import GiftPurse
from regulars.orders.rules.terms import PromotionTerms, SpendLimits, Terms
from regulars.orders.rules.visits import may_be_short, of_membership, taken_for_free
from regulars.platform.hot import Asked, HotCursor
from regulars.vouchers.queries.redeemable import states_in as vouchers_in
from regulars.vouchers.queries.redeemable import vouchers_asked
from regulars.vouchers.rules.redeeming import check_redeem
from regulars.vouchers.rules.vouchers import VoucherState


@dataclass(frozen=True, slots=True)
class Held:
    """What the codes of an order belong to, as the rules read it, and as what writes it needs it."""

    brought: Brought = NOTHING_BROUGHT
    codes: Mapping[UUID, CodeState] = field(default_factory=dict)
    vouchers: Mapping[UUID, VoucherState] = field(default_factory=dict)
    gift_cards: Mapping[UUID, GiftCardState] = field(default_factory=dict)
    memberships: Mapping[UUID, MembershipState] = field(default_factory=dict)
    today: date | None = None
    """The chain's day, by which memberships go."""
    wrong: int = 0
    """How many of its codes belong to nothing, or to somebody else: what a guesser is counted by."""
    mistyped: int = 0
    """How many more belong to nothing, and are too short to be worth money: slogans with a slip, as good as always."""
    taken: frozenset[UUID] = frozenset()
    """What is used, or too short, and may be kept by an open order whose time is over."""
    refusal: Refusal | None = None
    """Why a gift card that is to pay cannot."""


NOTHING_HELD: Final = Held()


@dataclass(frozen=True, slots=True)
class Whose:
    """Who buys, and where and when: what decides whether a code is good for this order."""

    customer_id: UUID | None
    holder_id: UUID | None
    card_ids: frozenset[UUID]
    location_id: UUID | None

    def owns(self, card_id: UUID | None, customer_id: UUID | None) -> bool:
        """Whether what lies on this card, or belongs to this customer, is theirs; whoever is not known has it in the hand."""
        if customer_id is not None and self.customer_id not in (None, customer_id):
            return False
        is_theirs = customer_id is not None and customer_id == self.customer_id
        return card_id is None or is_theirs or not self.card_ids or card_id in self.card_ids


def bring(
    cursor: HotCursor,
    chain_id: UUID,
    purchase: Purchase,
    terms: Terms,
    whose: Whose,
    owners: Mapping[str, CodeOwner],
    *,
    now: datetime,
    locks: bool,
    free: Mapping[UUID, int] = MappingProxyType({}),
) -> Held:
    """Read what the codes of an order belong to, their `owners`, in one round trip; with `locks`, locked until it is recorded: codes, vouchers, gift cards, memberships.

    Those of whoever buys, where they are asked for, take one more. `free` are those that open orders keep whose time is over, with the money of gift cards and the visits of memberships:
    whoever only asks takes them for free. No query where it comes with slogans alone.
    """
    if not purchase.presents(terms.compiled.codes):
        return NOTHING_HELD
    wanted = [one for one in purchase.codes if one not in terms.compiled.codes]
    own: list[UUID] = []
    if purchase.uses_memberships:
        own = memberships_of(cursor, chain_id, customer_id=whose.customer_id, card_ids=whose.card_ids)
    read = _Read(cursor, chain_id, purchase, owners, whose.holder_id, own, locks=locks)
    read.let_free(free)
    read.today = now.astimezone(terms.zone).date()
    asked = {
        key: read.presented(terms, whose, key, now) for key in wanted if owners.get(key, _NOBODY).kind != "promotion"
    }
    presented = [
        *(read.known(terms, whose, kind, owner_id, now) for kind, owner_id in purchase.known),
        *asked.values(),
        *(read.known(terms, whose, "membership", owner_id, now) for owner_id in own),
        *(unheard(key, purchase.unheard_because) for key in purchase.unheard),
    ]
    unknown = [key for key, one in asked.items() if one.kind == "unknown"]
    guessed = sum(key in owners or len(key) >= SECRET_LETTERS_MIN for key in unknown)
    purses, paying, refusal = read.purses(whose, now)
    slogans = (
        *(one for one in purchase.codes if one not in wanted or owners.get(one, _NOBODY).kind == "promotion"),
        *(one for one in wanted if one not in owners and len(one) < SECRET_LETTERS_MIN),
    )
    told = _once([*presented, *paying])
    usable = tuple(
        read.memberships[one.owner_id] for one in told if one.kind == "membership" and one.owner_id and one.is_usable
    )
    return Held(
        brought=Brought(told, tuple(purses), usable, tuple(slogans)),
        codes=read.codes,
        vouchers=read.vouchers,
        gift_cards=read.gift_cards,
        memberships=read.memberships,
        today=read.today,
        wrong=guessed + read.unknown_gifts,
        mistyped=len(unknown) - guessed,
        taken=frozenset(
            (
                *(one.owner_id for one in presented if one.owner_id and one.problem and one.problem.code in _TAKEN),
                *(one.id for one in read.gift_cards.values() if read.may_be_kept(one)),
                *(one.id for one in usable if may_be_short(one, purchase.lines)),
            )
        ),
        refusal=refusal,
    )


_TAKEN: Final = frozenset({"code_used", "code_used_up", "membership_used_recently"})
LAPSED: Final = """
SELECT r.owner_id, sum(CASE r.kind WHEN 'membership' THEN r.visits ELSE r.money END)::bigint FROM order_redemptions r
JOIN orders o ON o.id = r.order_id AND o.state = 'open' AND o.reserved_until <= %(now)s
WHERE r.chain_id = %(chain)s AND r.owner_id = ANY(%(owners)s::uuid[]) AND r.state = 'locked' GROUP BY r.owner_id
"""


def kept_too_long(cursor: HotCursor, chain_id: UUID, owners: Collection[UUID], *, now: datetime) -> dict[UUID, int]:
    """Which of these open orders keep whose time is over, with the money of gift cards and the visits of memberships."""
    return dict(cursor.rows(LAPSED, {"chain": chain_id, "owners": sorted(owners), "now": now}))


def with_vouchers(terms: Terms, held: Held) -> Terms:
    """The terms with the discounts that vouchers bring by themselves."""
    for one in held.brought.presented:
        if one.benefit is not None and one.owner_id is not None and one.is_usable:
            rule = own_promotion(one.owner_id, one.benefit, currency_decimals=terms.currency_decimals)
            program = next(iter(terms.programs), one.owner_id)
            terms = terms.trying(PromotionTerms(one.owner_id, 0, one.name, program, None, rule))
    return terms


_NOBODY: Final = CodeOwner("", None)


def _once(presented: Sequence[Presented]) -> tuple[Presented, ...]:
    """Each thing once, however often its code was given."""
    seen: set[UUID] = set()
    kept = []
    for one in presented:
        if one.owner_id is None or one.owner_id not in seen:
            kept.append(one)
        if one.owner_id is not None:
            seen.add(one.owner_id)
    return tuple(kept)


def all_named(purchase: Purchase, owners: Mapping[str, CodeOwner]) -> list[CodeOwner]:
    """All that an order comes with: by its codes, as what it presented before, as what pays."""
    return [
        *owners.values(),
        *(CodeOwner(kind, owner_id) for kind, owner_id in purchase.known),
        *(CodeOwner("gift_card", one.owner_id) for one in purchase.gifts),
    ]


class _Read:
    """What was read for the codes of one order."""

    def __init__(
        self,
        cursor: HotCursor,
        chain_id: UUID,
        purchase: Purchase,
        owners: Mapping[str, CodeOwner],
        holder_id: UUID | None,
        own: Collection[UUID],
        *,
        locks: bool,
    ) -> None:
        self.purchase, self.owners = purchase, owners
        self.unknown_gifts = 0
        self.today = date.min
        by_kind: dict[str, set[UUID]] = {"code": set(), "voucher": set(), "gift_card": set(), "membership": set(own)}
        for one in all_named(purchase, owners):
            if one.owner_id is not None and one.kind in by_kind:
                by_kind[one.kind].add(one.owner_id)
        codes, vouchers, gift_cards, memberships = (sorted(ids) for ids in by_kind.values())
        asked: list[Asked] = []
        if codes:
            asked.append(codes_asked(chain_id, codes, holder_id=holder_id, locks=locks))
        if vouchers:
            asked.append(vouchers_asked(chain_id, vouchers, locks=locks))
        if gift_cards:
            asked.append(gift_cards_asked(chain_id, gift_cards, locks=locks))
        if memberships:
            asked.append(memberships_asked(chain_id, memberships, locks=locks))
        answers = iter((cursor.calls(asked) if locks else cursor.looks(asked)) if asked else ())
        self.codes: Mapping[UUID, CodeState] = states_of(next(answers)) if codes else {}
        self.vouchers: Mapping[UUID, VoucherState] = vouchers_in(next(answers)) if vouchers else {}
        self.gift_cards: Mapping[UUID, GiftCardState] = gift_cards_in(next(answers)) if gift_cards else {}
        found = memberships_in(next(answers)) if memberships else {}
        self.memberships: Mapping[UUID, MembershipState] = {name: one for name, (one, _code) in found.items()}
        self.membership_codes = {name: code for name, (_one, code) in found.items()}

    def let_free(self, free: Mapping[UUID, int]) -> None:
        """Take what is kept too long for free."""
        for owner_id, money in free.items():
            if owner_id in self.vouchers:
                voucher = self.vouchers[owner_id]
                self.vouchers = {**self.vouchers, owner_id: replace(voucher, state="active", redeemed_at=None)}
            if owner_id in self.codes:
                code = self.codes[owner_id]
                state = "free" if code.kind == "personal" and code.customer_id is None else "active"
                again = structs.replace(
                    code, state=state, uses=max(0, code.uses - 1), pool_used=max(0, code.pool_used - 1)
                )
                self.codes = {**self.codes, owner_id: again}
            if owner_id in self.gift_cards:
                card = self.gift_cards[owner_id]
                again_full = structs.replace(card, state="active", balance=card.balance + money)
                self.gift_cards = {**self.gift_cards, owner_id: again_full}
            if owner_id in self.memberships:
                self.memberships = {
                    **self.memberships,
                    owner_id: taken_for_free(self.memberships[owner_id], visits=money),
                }

    def may_be_kept(self, card: GiftCardState) -> bool:
        """Whether more is asked of a gift card than there is on it."""
        wishes = [
            one for one in self.purchase.gifts if card.id in (one.owner_id, self.owners.get(one.key, _NOBODY).owner_id)
        ]
        return any(one.money is None or one.money > card.balance for one in wishes)

    def presented(self, terms: Terms, whose: Whose, key: str, now: datetime) -> Presented:
        """What a code is that came with the order."""
        owner = self.owners.get(key, _NOBODY)
        return self._told(terms, whose, owner.kind, owner.owner_id, shown_of(key), now)

    def known(self, terms: Terms, whose: Whose, kind: str, owner_id: UUID, now: datetime) -> Presented:
        """The same for one that an open order presented before."""
        text = ""
        if kind == "code" and owner_id in self.codes:
            text = self.codes[owner_id].text
        elif owner_id in self.vouchers:
            text = self.vouchers[owner_id].code
        elif owner_id in self.memberships:
            text = self.membership_codes[owner_id]
        return self._told(terms, whose, kind, owner_id, shown_of(code_key(text)) if text else "", now)

    def _told(
        self, terms: Terms, whose: Whose, kind: str, owner_id: UUID | None, shown: str, now: datetime
    ) -> Presented:
        if owner_id is not None and kind == "code" and owner_id in self.codes:
            return _of_pool(self.codes[owner_id], shown, whose, now)
        if owner_id is not None and kind == "voucher" and owner_id in self.vouchers:
            return _of_voucher(self.vouchers[owner_id], shown, terms, whose, now)
        if owner_id is not None and kind == "gift_card" and owner_id in self.gift_cards:
            return Presented("gift_card", shown, owner_id, problem=PAYS)
        if owner_id is not None and kind == "membership" and owner_id in self.memberships:
            one = self.memberships[owner_id]
            if not whose.owns(one.card_id, one.customer_id):
                return _unknown(shown)
            return of_membership(
                one, shown, location_id=whose.location_id, today=self.today, now=now, is_again=self.purchase.uses_again
            )
        return _unknown(shown)

    def purses(self, whose: Whose, now: datetime) -> tuple[list[GiftPurse], list[Presented], Refusal | None]:
        """The gift cards that are to pay, and why one cannot."""
        purses: list[GiftPurse] = []
        told: list[Presented] = []
        refusal: Refusal | None = None
        for wish in self.purchase.gifts:
            owner = self.owners.get(wish.key, _NOBODY)
            owner_id = wish.owner_id or (owner.owner_id if owner.kind == "gift_card" else None)
            card = self.gift_cards.get(owner_id) if owner_id else None
            if card is None or not whose.owns(None, card.customer_id):
                self.unknown_gifts += bool(wish.key)
                refusal = refusal or UnknownCode()
                continue
            against = refusal_of(card, now=now) or refusal_here(card, whose.location_id)
            if against is not None:
                refusal = refusal or against
                continue
            limits = SpendLimits(goods=card.limits.goods, services=card.limits.services)
            named = next((at for at, one in enumerate(purses) if one.owner_id == card.id), None)
            if named is not None:
                # Kept by the open order, and named again by its code: one card pays, once.
                purses[named] = purses[named].and_wish(wish.money)
                continue
            purses.append(GiftPurse(card.id, card.balance, limits, wish.money))
            told.append(Presented("gift_card", wish.shown or shown_of(wish.key), card.id))
        return purses, told, refusal


def _unknown(shown: str) -> Presented:
    return Presented("unknown", shown, problem=why_not("unknown_code", shown))


def _of_pool(code: CodeState, shown: str, whose: Whose, now: datetime) -> Presented:
    refusal = check_usable(code, customer_id=whose.customer_id, holder_id=whose.holder_id, now=now)
    if isinstance(refusal, CodeOfAnother):
        return _unknown(shown)
    return Presented(
        "code",
        shown,
        code.id,
        code.pool_name,
        problem=None if refusal is None else why_not(refusal.code, shown),
        unlocks=code.unlocks,
    )


def _of_voucher(voucher: VoucherState, shown: str, terms: Terms, whose: Whose, now: datetime) -> Presented:
    if not whose.owns(voucher.card_id, voucher.holder_id or voucher.customer_id):
        return _unknown(shown)
    refusal = check_redeem(voucher, location_id=whose.location_id, now=now)
    problem = None if refusal is None else why_not(refusal.code, shown)
    benefit, unlocks = voucher.benefit, of_voucher(voucher.id)
    if benefit is None:
        problem = problem or BY_HAND
    elif "promotion" in benefit:
        unlocks, benefit = _unlocked(benefit["promotion"], terms), None
        if not unlocks:
            problem = problem or PROMOTION_GONE
    return Presented("voucher", shown, voucher.id, voucher.title, problem, unlocks, benefit)


def _unlocked(named: str, terms: Terms) -> str:
    """What a voucher for a promotion adds, where that promotion runs; "" where it does not."""
    identifier = decode("prm", named)
    promotion = terms.promotions.get(str(identifier)) if identifier else None
    return of_promotion(promotion.id) if promotion is not None else ""
