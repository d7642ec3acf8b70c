"""The rows of orders as parts of the one statement that writes them, for one order or a hundred (DESIGN section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from regulars.ledger.actions.post import Part
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import reason_json, verdict_json
from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.snapshot import to_json
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, PricedLine
from regulars.orders.rules.visits import covers_json
from regulars.platform.actor import Actor
from regulars.promotions.rules.outcome import Applied

LINES: Final = """
lined AS (
    INSERT INTO order_lines (order_id, position, chain_id, sku, name, category, tags, kind, quantity, price, price_min,
        till_discount, is_excluded, tax_percent, discount, tax, total, refunded_quantity, refunded)
    SELECT line.order_id, line.position, %(chain)s::uuid, line.sku, line.name, line.category,
        ARRAY(SELECT json_array_elements_text(line.tags)), line.kind, line.quantity, line.price, line.price_min,
        line.till_discount, line.is_excluded, line.tax_percent, line.discount, line.tax, line.total, 0, 0
    FROM json_to_recordset(%(order_lines)s::json) AS line (order_id uuid, position smallint, sku text, name text,
        category text, tags json, kind text, quantity bigint, price bigint, price_min bigint, till_discount bigint,
        is_excluded boolean, tax_percent numeric, discount bigint, tax bigint, total bigint)
)"""
PROMOTIONS: Final = """
promoted AS (
    INSERT INTO order_promotions (order_id, promotion_id, chain_id, number, discount, units, uses, holder_id, day)
    SELECT p.order_id, p.promotion_id, %(chain)s::uuid, p.number, p.discount, p.units, 1, p.holder_id, p.day
    FROM json_to_recordset(%(order_promotions)s::json) AS p (order_id uuid, promotion_id uuid, number int,
        discount bigint, units bigint, holder_id uuid, day date)
)"""
EFFECTS: Final = """
affected AS (
    INSERT INTO order_effects (order_id, position, chain_id, kind, card_id, balance_type_id, promotion_id, amount, money,
        carried, activates_at, expires_at, transaction_id, hold_id, undone)
    SELECT e.order_id, e.position, %(chain)s::uuid, e.kind, e.card_id, e.balance_type_id, e.promotion_id, e.amount,
        e.money, e.carried, e.activates_at, e.expires_at, e.transaction_id, e.hold_id, 0
    FROM json_to_recordset(%(order_effects)s::json) AS e (order_id uuid, position smallint, kind text, card_id uuid,
        balance_type_id uuid, promotion_id uuid, amount bigint, money bigint, carried bigint, activates_at timestamptz,
        expires_at timestamptz, transaction_id uuid, hold_id uuid)
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


@dataclass(frozen=True, slots=True)
class NewOrder:
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

    No two of the orders carry a rest on one card.
    """
    return [
        *_part(LINES, "order_lines", [row for one in orders for row in _lines(one)]),
        *_part(PROMOTIONS, "order_promotions", [row for one in orders for row in _used(one)]),
        *effect_parts({one.id: one.view.effects for one in orders}),
        *redemption_parts({one.id: one.view.redemptions for one in orders if one.view.redemptions}),
        *carried_parts({names: money for one in orders for names, money in _rests(one).items()}),
    ]


def effect_parts(effects: Mapping[UUID, Sequence[Effect]]) -> list[Part]:
    """What orders do to balances, by order."""
    rows = [
        {"order_id": order_id, **effect_row(position, effect)}
        for order_id, listed in effects.items()
        for position, effect in enumerate(listed)
    ]
    return _part(EFFECTS, "order_effects", rows)


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
            "reason": None if one.reason is None else reason_json(one.reason),
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


def _lines(one: NewOrder) -> list[dict[str, Any]]:
    return [{"order_id": one.id, **line_row(position, line)} for position, line in enumerate(one.view.lines)]


def _used(one: NewOrder) -> list[dict[str, Any]]:
    if one.view.state == "open" and one.view.reserved_until is None:
        return []
    return [{"order_id": one.id, **row} for row in used_rows(one.decision, one.terms)]


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


def verdicts_of_view(view: OrderView) -> list[dict[str, Any]]:
    """What promotions said, as the column keeps it."""
    return [verdict_json(one) for one in view.verdicts]


def line_row(position: int, one: PricedLine) -> dict[str, Any]:
    """A line as its statement reads it."""
    line = one.line
    return {
        "position": position,
        "sku": line.sku,
        "name": line.name,
        "category": line.category,
        "tags": sorted(line.tags),
        "kind": line.kind,
        "quantity": line.quantity,
        "price": line.price,
        "price_min": line.price_min,
        "till_discount": line.discount,
        "is_excluded": line.is_excluded,
        "tax_percent": None if line.tax_percent is None else str(line.tax_percent),
        "discount": one.discount,
        "tax": one.tax,
        "total": one.total,
    }


def effect_row(position: int, one: Effect) -> dict[str, Any]:
    """What happens on a balance as its statement reads it."""
    return {
        "position": position,
        "kind": one.kind,
        "card_id": one.card_id,
        "balance_type_id": one.balance_type_id,
        "promotion_id": one.promotion_id,
        "amount": one.amount,
        "money": one.money,
        "carried": one.carried,
        "activates_at": one.activates_at,
        "expires_at": one.expires_at,
        "transaction_id": one.transaction_id,
        "hold_id": one.hold_id,
    }


def used_rows(decision: Decision, terms: Terms) -> list[dict[str, Any]]:
    """The promotions that gave something, in which version, and whom limits count."""
    day = decision.facts.at.date()
    return [
        {
            "promotion_id": one.promotion,
            "number": terms.promotions[one.promotion].number,
            "discount": one.cut.total,
            "units": sum(one.cut.units),
            "holder_id": decision.holder_id,
            "day": day,
        }
        for one in decision.priced.verdicts
        if isinstance(one, Applied)
    ]


def cards_of(view: OrderView) -> list[UUID]:
    """The cards that an order is about."""
    named = {one.card_id for one in view.effects}
    if view.card_id:
        named.add(view.card_id)
    return sorted(named)


def _other(value: object) -> str:
    """What JSON has no form for: its text, as PostgreSQL reads it."""
    return str(value)


def rows_text(rows: object) -> str:
    """Rows as a statement reads them."""
    return orjson.dumps(rows, default=_other).decode()
