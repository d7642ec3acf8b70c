"""What orders write of codes, vouchers, gift cards and memberships: used with the order, given back with it (RWD-4, RWD-10, LED-4).

What an open order reserves is used at once, so that no limit is ever exceeded and paying never refuses; where its time is
over it is given back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.codes.actions.parts import PlannedUse, use_parts
from regulars.codes.actions.parts import give_back_parts as give_codes_back
from regulars.codes.queries.usable import UseOfCode, lock_codes, uses_of_orders
from regulars.codes.rules.space import CodeOwner
from regulars.giftcards.actions.parts import Write, write_off_parts
from regulars.giftcards.actions.parts import give_back_parts as give_money_back
from regulars.giftcards.queries.payable import cancelled_as, lock_gift_cards_by_id, payments_of_order
from regulars.giftcards.rules.change import plan_give_back, plan_pass_back, plan_release, plan_write_off
from regulars.giftcards.rules.values import Change, PastEntry
from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.actions.post import Part, post
from regulars.memberships.actions.parts import GivenBack as VisitsBack
from regulars.memberships.actions.parts import give_back_parts as give_visits_back
from regulars.orders.actions.visits import parts_of_visits, plan_visits_back
from regulars.orders.queries.brought import Held
from regulars.orders.rules.redemptions import Redemption, State, held
from regulars.orders.rules.view import OrderView
from regulars.orders.rules.visits import Cover, all_visits, covers_json
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor
from regulars.rewards.actions.waiting import keep_waiting, settle_waiting
from regulars.vouchers.actions.parts import Return, redeem_parts
from regulars.vouchers.actions.parts import give_back_parts as give_vouchers_back
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.rules.redeeming import Redemption as VoucherUse


def parts_of_codes(actor: Actor, source: Held, holder_id: UUID | None, view: OrderView, *, now: datetime) -> list[Part]:
    """What an order writes of what its codes belong to; nothing where it is open and reserves nothing."""
    redemptions = [one for one in view.redemptions if one.state in ("used", "locked")]
    if not redemptions:
        return []
    assert view.id is not None
    codes = [
        PlannedUse(code_id=one.owner_id, order_id=view.id, holder_id=holder_id)
        for one in held(redemptions, "code")
        if one.owner_id
    ]
    vouchers = [
        VoucherUse(
            voucher=source.vouchers[one.owner_id], location_id=view.location_id, order_id=view.id, is_of_order=True
        )
        for one in held(redemptions, "voucher")
        if one.owner_id
    ]
    writes = []
    for one in held(redemptions, "gift_card"):
        assert one.owner_id is not None
        change = plan_write_off(
            source.gift_cards[one.owner_id],
            one.money,
            now=now,
            location_id=view.location_id,
            decimals=view.currency_decimals,
        )
        if isinstance(change, Refusal):
            raise Refused(change)
        writes.append(Write(change=change, actor=actor, order_id=view.id, location_id=view.location_id))
    return [
        *use_parts(codes, source.codes, now=now),
        *redeem_parts(actor, vouchers, now=now),
        *write_off_parts(writes, now=now),
        *parts_of_visits(actor, source, view, now=now),
    ]


@dataclass(slots=True)
class Giving:
    """What goes back, planned under locks; `paid_out` is money of gift cards that take nothing any more (`closed`)."""

    vouchers: list[Return] = field(default_factory=list)
    uses: list[UseOfCode] = field(default_factory=list)
    changes: list[Write] = field(default_factory=list)
    visits: list[VisitsBack] = field(default_factory=list)
    paid_out: int = 0
    closed: set[UUID] = field(default_factory=set)

    def parts(self, actor: Actor, *, now: datetime) -> list[Part]:
        """What it writes beside the order's own rows."""
        return [
            *give_codes_back(self.uses, now=now),
            *give_vouchers_back(actor, self.vouchers, now=now),
            *give_money_back(self.changes, now=now),
            *give_visits_back(actor, self.visits, now=now),
        ]


def plan_giving(
    cursor: HotCursor,
    actor: Actor,
    order_id: UUID,
    free: Sequence[Redemption],
    money: Sequence[tuple[Redemption, int]],
    visits: Sequence[tuple[Redemption, Mapping[int, int]]] = (),
    *,
    skus: Sequence[str] = (),
    location_id: UUID | None,
    currency_decimals: int,
    was_open: bool,
    now: datetime,
) -> Giving:
    """Lock what an order gives back, in the order of all locks, and plan it: codes and vouchers that are free again, money, visits.

    `visits` are those of memberships, by place among what each covers; `skus` are those of the order's lines. What was only kept for an order that `was_open` lengthens no gift card's life.
    """
    giving = Giving()
    codes = sorted(one.owner_id for one in free if one.kind == "code" and one.owner_id)
    vouchers = sorted(one.owner_id for one in free if one.kind == "voucher" and one.owner_id)
    if codes:
        lock_codes(cursor, actor.chain_id, codes)
        giving.uses = [one for one in uses_of_orders(cursor, actor.chain_id, [order_id]) if one.code_id in codes]
    if vouchers:
        found = lock_vouchers(cursor, actor.chain_id, vouchers)
        giving.vouchers = [
            Return(voucher=one, order_id=order_id, location_id=location_id)
            for one in found.values()
            if one.state == "redeemed" and one.order_id == order_id
        ]
    wanted = [one.owner_id for one, _money in money if one.owner_id]
    cards = lock_gift_cards_by_id(cursor, actor.chain_id, wanted)
    ways = cancelled_as(cursor, actor.chain_id, [one.id for one in cards.values() if one.state == "cancelled"])
    paid = payments_of_order(cursor, actor.chain_id, order_id) if money else {}
    for one, amount in money:
        assert one.owner_id is not None
        entries = _last_payment(paid.get(one.owner_id, ()))
        back = min(amount, entries[0].left if entries else 0)
        if back <= 0:
            # Somebody gave it back by hand already.
            continue
        card, way = cards[one.owner_id], ways.get(one.owner_id, "pay_out") if was_open else "pay_out"
        change: Change | Refusal
        if was_open:
            change = plan_release(card, entries, back, cancelled_as=way, now=now, decimals=currency_decimals)
        elif card.state == "cancelled":
            change = plan_pass_back(card, entries, back, kind=way)
        else:
            change = plan_give_back(card, entries, back, now=now, decimals=currency_decimals)
        assert isinstance(change, Change), "so much is left of the payment"
        giving.changes.append(Write(change=change, actor=actor, order_id=order_id, location_id=location_id))
        if card.state == "cancelled":
            # It keeps nothing: the money goes back as money, or where that of the card went.
            giving.paid_out += back if way == "pay_out" else 0
            giving.closed.add(one.owner_id)
    if visits:
        giving.visits = plan_visits_back(cursor, actor, order_id, visits, skus, location_id=location_id, now=now)
    return giving


def lock_kept(
    cursor: HotCursor, chain_id: UUID, redemptions: Iterable[Redemption], owners: Iterable[CodeOwner] = ()
) -> None:
    """Lock all that open orders keep, and what these codes belong to, in the order of all locks (ADR 19).

    Codes, vouchers, gift cards, each by their ids.
    """
    kept: dict[str, set[UUID]] = {"code": set(), "voucher": set(), "gift_card": set()}
    for kind, owner_id in (
        *((one.kind, one.owner_id) for one in redemptions if one.state == "locked"),
        *((one.kind, one.owner_id) for one in owners),
    ):
        if owner_id is not None and kind in kept:
            kept[kind].add(owner_id)
    if kept["code"]:
        lock_codes(cursor, chain_id, sorted(kept["code"]))
    lock_vouchers(cursor, chain_id, sorted(kept["voucher"]))
    lock_gift_cards_by_id(cursor, chain_id, kept["gift_card"])


def _last_payment(entries: Sequence[PastEntry]) -> list[PastEntry]:
    """The write-off that stands, with what it forfeited; those before it were given back in full."""
    open_entries = [one for one in entries if one.left > 0]
    return [one for one in open_entries if one.kind == "write_off"][-1:] + [
        one for one in open_entries if one.kind == "forfeit"
    ][-1:]


STATES_NOW: Final = """
ended_redemptions AS (
    UPDATE order_redemptions r SET state = %(redemptions_state)s::text
    WHERE r.order_id = %(redemptions_order)s::uuid AND r.chain_id = %(chain)s::uuid
        AND r.position = ANY(%(redemptions_at)s::int[])
)"""
UNDONE: Final = """
undone_redemptions AS (
    UPDATE order_redemptions r SET undone = r.undone + b.money,
        covers = coalesce(b.covers::jsonb, r.covers),
        state = CASE WHEN r.kind NOT IN ('gift_card', 'membership') OR r.undone + b.money = r.money THEN 'given_back'
            ELSE r.state END
    FROM unnest(%(undo_redemptions)s::int[], %(undo_redemption_monies)s::bigint[], %(undo_redemption_covers)s::text[])
        AS b (position, money, covers)
    WHERE r.order_id = %(undo_order)s::uuid AND r.chain_id = %(chain)s::uuid AND r.position = b.position
)"""


def undone_part(undone: Mapping[int, int], covers: Mapping[int, Sequence[Cover]]) -> list[Part]:
    """What a refund writes in the order's own rows: by position, the money that went back, nothing for codes and vouchers.

    `covers` are those of memberships, as they are now.
    """
    if not undone:
        return []
    return [
        Part(
            UNDONE,
            {
                "undo_redemptions": list(undone),
                "undo_redemption_monies": list(undone.values()),
                "undo_redemption_covers": [
                    json.dumps(covers_json(covers[position])) if position in covers else None for position in undone
                ],
            },
        )
    ]


def state_part(order_id: UUID, redemptions: Sequence[Redemption], before: State, after: State) -> list[Part]:
    """That what an order kept for itself is used now, or is free again."""
    found = [position for position, one in enumerate(redemptions) if one.state == before]
    if not found:
        return []
    values = {"redemptions_order": order_id, "redemptions_at": found, "redemptions_state": after}
    return [Part(STATES_NOW, values)]


def settle_rewards(cursor: HotCursor, actor: Actor, giving: Giving, *, was_open: bool, now: datetime) -> None:
    """After vouchers went back: whose goal was taken back meanwhile stays where a paid order had used it, and is decided
    anew where an open one only kept it."""
    vouchers = [one.voucher.id for one in giving.vouchers]
    if was_open:
        settle_waiting(cursor, actor, vouchers, now=now)
    else:
        keep_waiting(cursor, actor, vouchers)


def kept_vouchers(redemptions: Sequence[Redemption]) -> set[UUID]:
    """The vouchers that an open order keeps for itself."""
    return {one.owner_id for one in redemptions if one.kind == "voucher" and one.state == "locked" and one.owner_id}


def free_locked(
    cursor: HotCursor,
    actor: Actor,
    order_id: UUID,
    redemptions: Sequence[Redemption],
    *,
    location_id: UUID | None,
    currency_decimals: int,
    after: State,
    now: datetime,
) -> bool:
    """Give back all that an open order keeps for itself, at once; whether there was anything."""
    locked = [one for one in redemptions if one.state == "locked"]
    if not locked:
        return False
    giving = plan_giving(
        cursor,
        actor,
        order_id,
        [one for one in locked if one.kind in ("code", "voucher")],
        [(one, one.money) for one in locked if one.kind == "gift_card"],
        [(one, all_visits(one.covers)) for one in locked if one.kind == "membership"],
        location_id=location_id,
        currency_decimals=currency_decimals,
        was_open=True,
        now=now,
    )
    parts = [*giving.parts(actor, now=now), *state_part(order_id, redemptions, "locked", after)]
    post(cursor, actor, (), also=parts)
    return True
