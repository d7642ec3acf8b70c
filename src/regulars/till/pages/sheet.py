"""What the till shows of a card: who, how far, what is ready, what can be done."""

import secrets
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.kernel.ids import encode
from regulars.memberships.queries.memberships import MembershipView, list_of_card
from regulars.platform.pages import figures
from regulars.platform.sessions import PageRequest
from regulars.rewards.queries.given import GivenFilter, find_given
from regulars.rewards.queries.milestones import CardStanding, find_card_standing, find_milestones
from regulars.rewards.queries.rewards import list_rewards
from regulars.till.pages import words
from regulars.till.rules.presses import COUNTS, number_end, short_name
from regulars.vouchers.queries.vouchers import list_vouchers_of_holder

READY_MAX: Final = 6
OFFERED_MAX: Final = 12
DOTS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Ready:
    """Something that the person may have right now: a voucher to redeem or an award to hand over."""

    kind: str
    subject: str
    title: str
    icon: str
    ends: Any = None


def card_context(request: PageRequest, card: CardView, *, place_id: UUID | None) -> dict[str, Any]:
    """A card for the till; everything that is read for it is read here."""
    actor = request.actor
    standing = find_card_standing(actor.chain_id, card.id)
    stamps = next((one for one in card.balances if one.kind == "stamps"), None)
    may_spend = actor.may("rewards:write") and not card.is_blank
    milestones = find_milestones(actor.chain_id, card.type_id) if stamps else None
    dots = _dots(card, stamps, standing)
    points = [_balance(one, request.chain.currency) for one in card.balances if one.kind in ("points", "deposit")]
    return {
        "card": card,
        "card_id": encode("crd", card.id),
        "who": short_name(card.customer_name),
        "number": number_end(card.number),
        "type_name": card.type_name,
        "has_stamps": stamps is not None,
        "count": _count(card, stamps, standing),
        "dots": dots,
        "columns": columns_of(len(dots)),
        "balances": points,
        "ready": _ready(request, card) if may_spend else [],
        "offers": _offers(request, card) if may_spend and actor.may("balances:write") else [],
        "memberships": _memberships(request, card) if may_spend else [],
        "spendable": [one for one in points if one["kind"] == "points" and one["available"] > 0] if may_spend else [],
        "counts": COUNTS,
        "stamps_by_money": bool(milestones and milestones.money_per_stamp),
        "may_stamp": actor.may("balances:write"),
        "may_buy": actor.may("orders:write"),
        "currency": request.chain.currency,
        "keys": Keys(),
        "may_give": card.is_blank and actor.may("cards:write"),
    }


class Keys:
    """A new idempotency key each time a template asks: one per form (LED-2)."""

    @property
    def new(self) -> str:
        """The next key."""
        return secrets.token_urlsafe(18)


def choice_context(card: CardView) -> dict[str, str]:
    """A card in a list of several: enough to tell them apart, no phone, no e-mail."""
    return {
        "id": encode("crd", card.id),
        "who": short_name(card.customer_name),
        "number": number_end(card.number),
        "type": card.type_name,
    }


def issuing_types(request: PageRequest, place_id: UUID | None) -> list[tuple[str, str]]:
    """The types that issue cards here now."""
    if not request.actor.may("cards:write"):
        return []
    found: list[CardTypeView] = list_card_types(request.actor, with_archived=False)
    return [
        (encode("ctp", one.id), one.name)
        for one in found
        if one.program.state == "active"
        and (place_id is None or one.location_ids is None or place_id in one.location_ids)
    ]


def _count(card: CardView, stamps: BalanceView | None, standing: CardStanding | None) -> dict[str, int] | None:
    if stamps is None:
        return None
    if standing is not None:
        return {"stamps": standing.filled, "goal": standing.size}
    return {"stamps": stamps.total, "goal": card.goal or 0}


def _dots(card: CardView, stamps: BalanceView | None, standing: CardStanding | None) -> list[dict[str, bool]]:
    count = _count(card, stamps, standing)
    if count is None or not 0 < count["goal"] <= DOTS_MAX:
        return []
    goals = {one.stamps for one in standing.goals} if standing else {count["goal"]}
    return [
        {"is_full": number <= count["stamps"], "is_goal": number in goals} for number in range(1, count["goal"] + 1)
    ]


def columns_of(dots: int) -> int:
    """How many dots stand in a row, so that the rows are alike; 0 leaves it to the width of the page."""
    for columns in range(5, 9):
        if dots in (columns, columns * 2):
            return columns
    return 0


def _balance(one: BalanceView, currency: str) -> dict[str, Any]:
    shown = figures.balance(one.total, kind=one.kind, decimals=one.decimals, currency=currency)
    return {
        "id": encode("bal", one.balance_type_id),
        "name": one.name,
        "shown": shown,
        "kind": one.kind,
        "available": one.available,
    }


def _ready(request: PageRequest, card: CardView) -> list[Ready]:
    given, _ = find_given(
        request.actor.chain_id, GivenFilter(card_id=card.id, is_open=True), now=request.now, limit=READY_MAX
    )
    found = [Ready("award", encode("grw", one.id), one.title, one.icon) for one in given if one.kind == "award"]
    icons = {one.voucher_id: one.icon for one in given if one.voucher_id}
    vouchers = list_vouchers_of_holder(
        request.actor.chain_id, card.id, card.customer_id, now=request.now, limit=READY_MAX * 2
    )
    found += [
        Ready("voucher", encode("vch", one.id), one.title, icons.get(one.id, "ticket"), words.last_day(one.expires_at))
        for one in vouchers
        if one.state == "active"
    ]
    return found[:READY_MAX]


def _offers(request: PageRequest, card: CardView) -> list[dict[str, Any]]:
    available = {one.balance_type_id: one for one in card.balances}
    found = []
    for one in list_rewards(request.actor, listed=True):
        balance = available.get(one.price_type_id) if one.price_type_id else None
        if one.price is None or balance is None or balance.available < one.price or one.stock == 0:
            continue
        price = figures.amount(one.price, balance.decimals)
        found.append(
            {"id": encode("rwd", one.id), "title": one.title, "icon": one.icon, "price": f"{price} {balance.name}"}
        )
    return found[:OFFERED_MAX]


def _memberships(request: PageRequest, card: CardView) -> list[dict[str, Any]]:
    today = request.now.astimezone(request.chain.zone).date()
    found = list_of_card(request.actor.chain_id, card.id, card.customer_id, today=today)
    return [membership_context(one) for one in found if one.now.state in ("sold", "active")][:READY_MAX]


def membership_context(one: MembershipView) -> dict[str, Any]:
    """A membership that can be used."""
    return {
        "id": encode("mbr", one.id),
        "title": one.now.type_name,
        "remaining": one.now.remaining,
        "skus": one.terms.skus,
        "needs_sku": bool(one.terms.skus or one.terms.categories),
    }
