"""An order under its lock, with all that a refund is reckoned from and written with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.kernel.ids import decode
from regulars.ledger.rules.posting import size_of
from regulars.orders.queries.lines import LINE_COLUMNS, stored_line
from regulars.orders.queries.orders import redemptions_of_orders
from regulars.orders.rules.presented import own_promotion
from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.refund import (
    EarlierRefund,
    LineBack,
    RecordedEffect,
    RecordedLine,
    RecordedOrder,
    RecordedPromotion,
)
from regulars.orders.rules.refund.booking import EffectRow
from regulars.orders.rules.refund.codes import payments_of
from regulars.orders.rules.snapshot import from_json as read_seen
from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor
from regulars.programs.rules import read_refunds
from regulars.promotions.queries.versions import rules_of_versions


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """A promotion that gave something to an order, and whose limits it took, for whom, on which day."""

    promotion_id: UUID
    holder_id: UUID | None
    day: date


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """An order that nobody else can change now. `is_paid` says whether it was paid at some time."""

    id: UUID
    state: str
    currency: str
    location_id: UUID | None
    card_id: UUID | None
    customer_id: UUID | None
    recorded: RecordedOrder
    effects: tuple[EffectRow, ...]
    promotions: tuple[PromotionRow, ...]
    refunds: int
    redemptions: tuple[Redemption, ...] = ()
    """What it used of codes, vouchers and gift cards, in their order."""

    @property
    def decimals(self) -> int:
        """Of its currency."""
        return int(get_currency_precision(self.currency))


@dataclass(frozen=True, slots=True)
class StoredRefund:
    """A refund that was made under an external id."""

    order_id: UUID
    kind: str
    outcome: Mapping[str, Any] = field(default_factory=dict)


LOCK: Final = """
SELECT o.id, o.state, o.currency, o.location_id, o.card_id, o.customer_id, o.total, o.shipping - o.shipping_discount,
    o.tips, o.facts::text
FROM orders o WHERE o.chain_id = %(chain)s AND o.state <> 'undone' AND {condition} FOR NO KEY UPDATE
"""
BY_ID: Final = "o.id = %(id)s"
BY_EXTERNAL_ID: Final = (
    "o.id = (SELECT k.order_id FROM order_keys k WHERE k.chain_id = %(chain)s AND k.external_id = %(external_id)s)"
)
LINES: Final = f"""
SELECT {LINE_COLUMNS}, total, tax,
    refunded_quantity
FROM order_lines WHERE order_id = %(order)s AND chain_id = %(chain)s ORDER BY position
"""
EFFECTS: Final = """
SELECT e.position, e.kind, e.card_id, k.status, e.balance_type_id, b.external_id, b.kind, b.decimals, a.id,
    e.promotion_id, e.amount, e.undone, e.transaction_id, e.hold_id, g.refunds::text, e.money, e.carried, r.ordinal,
    r.left_after, r.kind
FROM order_effects e
JOIN balance_types b ON b.id = e.balance_type_id
JOIN programs g ON g.id = b.program_id
JOIN cards k ON k.id = e.card_id
JOIN accounts a ON a.card_id = e.card_id AND a.balance_type_id = e.balance_type_id
LEFT JOIN LATERAL (
    SELECT r.ordinal, r.left_after, t.kind FROM reversals r JOIN transactions t ON t.id = r.transaction_id
    WHERE r.original_id = e.transaction_id ORDER BY r.ordinal DESC LIMIT 1
) r ON true
WHERE e.order_id = %(order)s AND e.chain_id = %(chain)s ORDER BY e.position
"""
ENTRIES: Final = """
SELECT e.transaction_id, e.account_id, e.id, e.amount, l.id,
    coalesce((SELECT sum(d.amount) FROM lot_draws d JOIN entries x ON x.id = d.entry_id
        WHERE d.lot_id = l.id AND x.kind = 'expire'), 0),
    coalesce((SELECT sum(abs(x.amount)) FROM reversals r
        JOIN entries x ON x.transaction_id = r.transaction_id AND x.account_id = e.account_id
        WHERE r.original_id = e.transaction_id), 0)
FROM entries e LEFT JOIN lots l ON l.account_id = e.account_id AND l.entry_id = e.id
WHERE e.transaction_id = ANY(%(transactions)s::uuid[]) AND e.chain_id = %(chain)s ORDER BY e.id
"""
PROMOTIONS: Final = """
SELECT p.promotion_id, p.number, p.uses, p.discount, p.units, p.holder_id, p.day, g.refunds::text
FROM order_promotions p
JOIN promotions m ON m.id = p.promotion_id
JOIN programs g ON g.id = m.program_id
WHERE p.order_id = %(order)s AND p.chain_id = %(chain)s ORDER BY m.program_id, m.position, m.id
"""
OF_VOUCHERS: Final = """
SELECT p.promotion_id, p.number, p.uses, p.discount, p.units, p.holder_id, p.day
FROM order_promotions p
WHERE p.order_id = %(order)s AND p.chain_id = %(chain)s AND p.promotion_id = ANY(%(vouchers)s::uuid[])
"""
RESTS: Final = """
SELECT promotion_id, card_id, money FROM carried_rests
WHERE promotion_id = ANY(%(promotions)s::uuid[]) AND card_id = ANY(%(cards)s::uuid[])
"""
REFUNDS: Final = """
SELECT lines::text, outcome::text FROM refunds WHERE order_id = %(order)s AND chain_id = %(chain)s ORDER BY ordinal
"""
NAMED: Final = """
SELECT order_id, kind, outcome::text FROM refunds WHERE chain_id = %(chain)s AND external_id = %(external_id)s
"""


def lock_order(cursor: HotCursor, chain_id: UUID, identifier: str) -> LockedOrder | None:
    """Lock the order with this id (`ord_…` or `ext:…`) and read what a refund needs of it; None where there is none."""
    wanted: dict[str, Any] = {"chain": chain_id}
    if identifier.startswith("ext:"):
        condition, wanted["external_id"] = BY_EXTERNAL_ID, identifier.removeprefix("ext:")
    else:
        condition, wanted["id"] = BY_ID, decode("ord", identifier)
        if wanted["id"] is None:
            return None
    found = cursor.row(LOCK.format(condition=condition), wanted)
    return _read(cursor, chain_id, found) if found else None


def find_refund_by_external_id(cursor: HotCursor, chain_id: UUID, external_id: str) -> StoredRefund | None:
    """The refund with this external id, or None."""
    found = cursor.row(NAMED, {"chain": chain_id, "external_id": external_id})
    return StoredRefund(found[0], found[1], from_json(found[2])) if found else None


def _read(cursor: HotCursor, chain_id: UUID, found: Sequence[Any]) -> LockedOrder:
    order_id, state, currency, location_id, card_id, customer_id, total, shipping, tips, facts = found
    wanted = {"order": order_id, "chain": chain_id}
    lines = cursor.rows(LINES, wanted)
    seen = read_seen(from_json(facts), tuple(stored_line(values) for values in lines))
    rows, effects = _effects(cursor, chain_id, cursor.rows(EFFECTS, wanted))
    promoted = cursor.rows(PROMOTIONS, wanted)
    rules = rules_of_versions(cursor, chain_id, [(values[0], values[1]) for values in promoted])
    refunds = [_earlier(from_json(values[0]), from_json(values[1])) for values in cursor.rows(REFUNDS, wanted)]
    rests = cursor.rows(
        RESTS, {"promotions": [values[0] for values in promoted], "cards": sorted({row.card_id for row in rows})}
    )
    redemptions: tuple[Redemption, ...] = ()
    if '"redemptions"' in facts:
        redemptions = redemptions_of_orders(cursor.rows, chain_id, [order_id]).get(order_id, ())
    decimals = int(get_currency_precision(currency))
    own = _of_vouchers(cursor, redemptions, wanted, decimals)
    added = 0 if seen.facts.prices_include_tax else 1
    known = {values[0] for values in promoted if values[0] in rules}
    return LockedOrder(
        id=order_id,
        state=state,
        currency=currency,
        location_id=location_id,
        card_id=card_id,
        customer_id=customer_id,
        recorded=RecordedOrder(
            facts=seen.facts,
            lines=tuple(RecordedLine(values[11] + added * values[12], values[13]) for values in lines),
            total=total,
            shipping=shipping,
            tips=tips,
            paid_with_points=seen.paid_with_points,
            effects=(
                *(
                    one if one.kind == "spend" or row.promotion_id in known else _promised(one)
                    for one, row in zip(effects, rows, strict=True)
                ),
                *payments_of(redemptions),
            ),
            promotions=(
                *(
                    RecordedPromotion(
                        rules[values[0]], values[2], values[3], values[4], read_refunds(from_json(values[7]))
                    )
                    for values in promoted
                    if values[0] in rules
                ),
                *(promotion for promotion, _row in own),
            ),
            refunds=tuple(refunds),
            rests={(str(values[0]), str(values[1])): values[2] for values in rests},
        ),
        effects=rows,
        promotions=(
            *(PromotionRow(values[0], values[5], values[6]) for values in promoted),
            *(row for _promotion, row in own),
        ),
        refunds=len(refunds),
        redemptions=redemptions,
    )


def _of_vouchers(
    cursor: HotCursor, redemptions: Sequence[Redemption], wanted: Mapping[str, Any], decimals: int
) -> list[tuple[RecordedPromotion, PromotionRow]]:
    """The discounts that vouchers brought by themselves, as promotions of this order."""
    benefits = {
        one.owner_id: one.benefit for one in redemptions if one.kind == "voucher" and one.owner_id and one.benefit
    }
    if not benefits:
        return []
    found = cursor.rows(OF_VOUCHERS, {**wanted, "vouchers": sorted(benefits)})
    return [
        (
            RecordedPromotion(
                own_promotion(values[0], benefits[values[0]], currency_decimals=decimals),
                values[2],
                values[3],
                values[4],
            ),
            PromotionRow(values[0], values[5], values[6]),
        )
        for values in found
    ]


def _promised(effect: RecordedEffect) -> RecordedEffect:
    # A trigger, an inviter's bonus, a version that cannot be read any more: no rule says what the rest deserves.
    return replace(effect, is_promised=True)


def _earlier(lines: list[dict[str, Any]], outcome: dict[str, Any]) -> EarlierRefund:
    return EarlierRefund(
        value=outcome["value"],
        lines=tuple(LineBack(one["index"], one["quantity"], one["money"]) for one in lines),
        is_last=outcome["is_last"],
    )


def _effects(
    cursor: HotCursor, chain_id: UUID, found: Sequence[Sequence[Any]]
) -> tuple[tuple[EffectRow, ...], tuple[RecordedEffect, ...]]:
    transactions = sorted({values[12] for values in found if values[12]})
    entries: dict[tuple[UUID, UUID], list[Sequence[Any]]] = {}
    sizes: dict[UUID, list[int]] = {}
    if transactions:
        for one in cursor.rows(ENTRIES, {"transactions": transactions, "chain": chain_id}):
            entries.setdefault((one[0], one[1]), []).append(one)
            sizes.setdefault(one[0], []).append(one[3])
    rows, effects = [], []
    recovered: dict[tuple[UUID, UUID], int] = {}
    for values in found:
        # Several earnings of one promotion are entries of one transaction, in the order of the effects.
        own = entries.get((values[12], values[8]), [])
        entry = own.pop(0) if own and values[10] else None
        # What staff took back by hand is not taken back again.
        undone = values[10] if values[19] == "reverse" else values[11]
        whole = size_of(sizes.get(values[12], ()))
        settings = read_refunds(from_json(values[14]))
        row = EffectRow(
            position=values[0],
            kind=values[1],
            card_id=values[2],
            card_status=values[3],
            balance_type_id=values[4],
            balance_type=values[5],
            balance_kind=values[6],
            decimals=values[7],
            account_id=values[8],
            promotion_id=values[9],
            amount=values[10],
            undone=undone,
            transaction_id=values[12],
            hold_id=values[13],
            settings=settings,
            ordinal=values[17] or 0,
            left=whole if values[18] is None else values[18],
            entry_id=entry[2] if entry else None,
            lot_id=entry[4] if entry else None,
            expired=int(entry[5]) if entry else 0,
            recovered=_recovered(entry, undone, recovered) if entry else 0,
        )
        rows.append(row)
        effects.append(
            RecordedEffect(
                position=row.position,
                kind=values[1],
                card=str(row.card_id),
                balance_type=str(row.balance_type_id),
                amount=row.amount,
                promotion=str(row.promotion_id) if row.promotion_id else None,
                money=values[15],
                undone=undone,
                carried=values[16],
                settings=settings,
            )
        )
    return tuple(rows), tuple(effects)


def _recovered(entry: Sequence[Any], undone: int, before: dict[tuple[UUID, UUID], int]) -> int:
    """How much of this entry came back; what several entries of one account share, the first counts first."""
    key = (entry[0], entry[1])
    left = before.setdefault(key, int(entry[6]))
    own = min(left, undone, abs(int(entry[3])))
    before[key] = left - own
    return own
