"""The rows of orders as parts of the one statement that writes them, for one order or a hundred (DESIGN section 4)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from msgspec import Struct

from regulars.ledger.actions.post import Part
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import other_json, reason_json, verdict_json
from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.snapshot import to_json
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, PricedLine
from regulars.orders.rules.visits import covers_json
from regulars.platform.actor import Actor
from regulars.platform.hot_rows import NO_ITEMS, Columns, texts_item
from regulars.promotions.rules.outcome import Applied, Reason

Row = tuple[Any, ...]

LINE: Final = Columns(
    "line",
    "order_id uuid, position smallint, sku text, name text, category text, tags text, kind text, quantity bigint,"
    " price bigint, price_min bigint, till_discount bigint, is_excluded boolean, tax_percent numeric, discount bigint,"
    " tax bigint, total bigint",
)
LINES: Final = f"""
lined AS (
    INSERT INTO order_lines (order_id, position, chain_id, sku, name, category, tags, kind, quantity, price, price_min,
        till_discount, is_excluded, tax_percent, discount, tax, total, refunded_quantity, refunded)
    SELECT line.order_id, line.position, %(chain)s::uuid, line.sku, line.name, line.category, line.tags::text[], line.kind,
        line.quantity, line.price, line.price_min, line.till_discount, line.is_excluded, line.tax_percent, line.discount,
        line.tax, line.total, 0, 0
    FROM {LINE.sql}
)"""
PROMOTION: Final = Columns(
    "promotion",
    "order_id uuid, promotion_id uuid, number int, discount bigint, units bigint, holder_id uuid, day date",
)
PROMOTIONS: Final = f"""
promoted AS (
    INSERT INTO order_promotions (order_id, promotion_id, chain_id, number, discount, units, uses, holder_id, day)
    SELECT promotion.order_id, promotion.promotion_id, %(chain)s::uuid, promotion.number, promotion.discount,
        promotion.units, 1, promotion.holder_id, promotion.day
    FROM {PROMOTION.sql}
)"""
EFFECT: Final = Columns(
    "effect",
    "order_id uuid, position smallint, kind text, card_id uuid, balance_type_id uuid, promotion_id uuid, amount bigint,"
    " money bigint, carried bigint, activates_at timestamptz, expires_at timestamptz, transaction_id uuid, hold_id uuid",
)
EFFECTS: Final = f"""
affected AS (
    INSERT INTO order_effects (order_id, position, chain_id, kind, card_id, balance_type_id, promotion_id, amount, money,
        carried, activates_at, expires_at, transaction_id, hold_id, undone)
    SELECT effect.order_id, effect.position, %(chain)s::uuid, effect.kind, effect.card_id, effect.balance_type_id,
        effect.promotion_id, effect.amount, effect.money, effect.carried, effect.activates_at, effect.expires_at,
        effect.transaction_id, effect.hold_id, 0
    FROM {EFFECT.sql}
)"""
REDEMPTIONS: Final = """
redeemed_by_order AS (
    INSERT INTO order_redemptions (order_id, position, chain_id, kind, shown, state, owner_id, name, promotion_ids, reason,
        money, undone, benefit, visits, covers)
    SELECT r.order_id, r.position, %(chain)s::uuid, r.kind, r.shown, r.state, r.owner_id, r.name,
        ARRAY(SELECT json_array_elements_text(r.promotions)::uuid), r.reason, r.money, r.undone, r.benefit,
        r.visits, r.covers
    FROM json_to_recordset(%(order_redemptions)s::json) AS r (order_id uuid, position smallint, kind text, shown text,
        state text, owner_id uuid, name text, promotions json, reason jsonb, money bigint, undone bigint, benefit jsonb,
        visits int, covers jsonb)
)"""
CARRIED: Final = """
rested AS (
    INSERT INTO carried_rests (promotion_id, card_id, chain_id, money)
    SELECT r.promotion_id, r.card_id, %(chain)s::uuid, r.money
    FROM json_to_recordset(%(order_rests)s::json) AS r (promotion_id uuid, card_id uuid, money bigint)
    ON CONFLICT (promotion_id, card_id) DO UPDATE SET money = excluded.money
)"""


class NewOrder(Struct, frozen=True):
    """An order that was decided and booked by these terms, ready to be written."""

    actor: Actor
    purchase: Purchase
    decision: Decision
    view: OrderView
    terms: Terms
    referred_by: UUID | None = None

    @property
    def id(self) -> UUID:
        """Its id."""
        assert self.view.id is not None
        return self.view.id


def detail_parts(orders: Sequence[NewOrder]) -> list[Part]:
    """Lines, promotions that gave something, what happens on balances, and what waits for the next block.

    Of several that leave a rest on one card the last one is kept: they stand in the order in which they were decided.
    """
    return [
        *_columns(LINES, LINE, [row for one in orders for row in _lines(one)]),
        *promotion_parts([row for one in orders for row in _used(one)]),
        *effect_parts({one.id: one.view.effects for one in orders}),
        *redemption_parts({one.id: one.view.redemptions for one in orders if one.view.redemptions}),
        *carried_parts({names: money for one in orders for names, money in _rests(one).items()}),
    ]


def effect_parts(effects: Mapping[UUID, Sequence[Effect]]) -> list[Part]:
    """What orders do to balances, by order."""
    return placed_effect_parts(
        [
            effect_row(order_id, position, effect)
            for order_id, listed in effects.items()
            for position, effect in enumerate(listed)
        ]
    )


def placed_effect_parts(rows: Sequence[Row]) -> list[Part]:
    """Rows of `effect_row`."""
    return _columns(EFFECTS, EFFECT, rows)


def promotion_parts(rows: Sequence[Row]) -> list[Part]:
    """Promotions that gave something: order, promotion, version, discount, units, holder, day."""
    return _columns(PROMOTIONS, PROMOTION, rows)


def redemption_parts(redemptions: Mapping[UUID, Sequence[Redemption]]) -> list[Part]:
    """What came of the codes of orders, by order."""
    rows = [
        {
            "order_id": order_id,
            "position": position,
            "kind": one.kind,
            "shown": one.shown,
            "state": one.state,
            "owner_id": one.owner_id,
            "name": one.name,
            "promotions": one.promotions,
            "reason": None if one.reason is None else _reason(one.reason),
            "money": one.money,
            "undone": one.undone,
            "benefit": None if one.benefit is None else dict(one.benefit),
            "visits": one.visits,
            "covers": covers_json(one.covers),
        }
        for order_id, listed in redemptions.items()
        for position, one in enumerate(listed)
    ]
    return _part(REDEMPTIONS, "order_redemptions", rows)


def carried_parts(rests: Mapping[tuple[UUID, UUID], int]) -> list[Part]:
    """The money that waits for the next full block, by promotion and card."""
    rows = [
        {"promotion_id": promotion_id, "card_id": card_id, "money": money}
        for (promotion_id, card_id), money in rests.items()
    ]
    return _part(CARRIED, "order_rests", rows)


def _part(statement: str, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    return [Part(statement, {name: rows_text(rows)})] if rows else []


def _columns(statement: str, columns: Columns, rows: Sequence[Row]) -> list[Part]:
    return [Part(statement, columns.values(rows))] if rows else []


def _lines(one: NewOrder) -> list[Row]:
    return [_line_row(one.id, position, line) for position, line in enumerate(one.view.lines)]


def _used(one: NewOrder) -> list[Row]:
    """The promotions that gave something, in which version, and whom limits count."""
    if one.view.state == "open" and one.view.reserved_until is None:
        return []
    decision, terms = one.decision, one.terms
    order_id, holder_id, day = one.id, decision.holder_id, decision.facts.at.date()
    rows: list[Row] = []
    for verdict in decision.priced.verdicts:
        if isinstance(verdict, Applied):
            promotion, cut = terms.promotions[verdict.promotion], verdict.cut
            rows.append((order_id, promotion.id, promotion.number, cut.total, sum(cut.units), holder_id, day))
    return rows


def _rests(one: NewOrder) -> dict[tuple[UUID, UUID], int]:
    if one.view.state == "open":
        return {}
    carrying = one.terms.carrying
    return {
        (earn.promotion_id, earn.card_id): earn.carried for earn in one.decision.earns if earn.promotion_id in carrying
    }


def facts_of_view(view: OrderView) -> dict[str, Any]:
    """What promotions saw beside the lines, and what could have paid, as the column keeps it."""
    assert view.seen is not None
    stored = to_json(view.seen)
    if view.redemptions:
        stored["redemptions"] = len(view.redemptions)
    if view.spendable:
        stored["spendable"] = [
            [str(one.card_id), str(one.balance_type_id), one.units, one.money] for one in view.spendable
        ]
    return stored


def verdicts_text(view: OrderView) -> str:
    """What promotions said, as the column keeps it."""
    verdicts = [verdict_json(one) for one in view.verdicts]
    return orjson.dumps(verdicts, default=other_json, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _line_row(order_id: UUID, position: int, one: PricedLine) -> Row:
    line = one.line
    return (
        order_id,
        position,
        line.sku,
        line.name,
        line.category,
        texts_item(sorted(line.tags)) if line.tags else NO_ITEMS,
        line.kind,
        line.quantity,
        line.price,
        line.price_min,
        line.discount,
        line.is_excluded,
        None if line.tax_percent is None else str(line.tax_percent),
        one.discount,
        one.tax,
        one.total,
    )


def effect_row(order_id: UUID, position: int, one: Effect) -> Row:
    """What happens on a balance as its statement reads it."""
    return (
        order_id,
        position,
        one.kind,
        one.card_id,
        one.balance_type_id,
        one.promotion_id,
        one.amount,
        one.money,
        one.carried,
        one.activates_at,
        one.expires_at,
        one.transaction_id,
        one.hold_id,
    )


def cards_of(view: OrderView) -> list[UUID]:
    """The cards that an order is about."""
    named = {one.card_id for one in view.effects}
    if view.card_id:
        named.add(view.card_id)
    return sorted(named)


def _reason(reason: Reason) -> orjson.Fragment:
    return orjson.Fragment(
        orjson.dumps(reason_json(reason), default=other_json, option=orjson.OPT_PASSTHROUGH_DATETIME)
    )


def _other(value: object) -> str:
    """What JSON has no form for: its text, as PostgreSQL reads it."""
    return str(value)


def rows_text(rows: object) -> str:
    """Rows as a statement reads them."""
    return orjson.dumps(rows, default=_other).decode()
