"""The rows of an order as parts of the one statement that records it (DESIGN section 4)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import verdict_json
from regulars.orders.rules.snapshot import to_json
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor
from regulars.promotions.rules.outcome import Applied

ORDER: Final = """
recorded AS (
    INSERT INTO orders (id, chain_id, external_id, state, card_id, customer_id, phone, referred_by, location_id,
        channel, contact_point, staff_id, key_id, currency, codes, at, starts_at, recorded_at, paid_at, completed_at,
        reserved_until, sold, total_before, discount_total, total, shipping, shipping_discount, shipping_method, tips,
        tax, paid_by_balances, refunded, facts, verdicts, version)
    VALUES (%(order_id)s, %(chain)s, %(order_external_id)s, %(order_state)s, %(order_card)s, %(order_customer)s,
        %(order_phone)s, %(order_referred_by)s, %(order_location)s, %(order_channel)s, %(order_contact_point)s,
        %(order_staff)s, %(order_key)s, %(order_currency)s, %(order_codes)s::text[], %(order_at)s,
        %(order_starts_at)s, %(order_now)s, %(order_paid_at)s, %(order_completed_at)s, %(order_reserved_until)s,
        %(order_sold)s, %(order_total_before)s, %(order_discount_total)s, %(order_total)s, %(order_shipping)s,
        %(order_shipping_discount)s, %(order_shipping_method)s, %(order_tips)s, %(order_tax)s,
        %(order_paid_by_balances)s, 0, %(order_facts)s::jsonb, %(order_verdicts)s::jsonb, 1)
)"""
CHANGED: Final = """
changed_order AS (
    UPDATE orders SET state = %(order_state)s, customer_id = %(order_customer)s, card_id = %(order_card)s,
        location_id = %(order_location)s, contact_point = %(order_contact_point)s, codes = %(order_codes)s::text[],
        at = %(order_at)s, starts_at = %(order_starts_at)s, paid_at = %(order_paid_at)s,
        reserved_until = %(order_reserved_until)s, sold = %(order_sold)s, total_before = %(order_total_before)s,
        discount_total = %(order_discount_total)s, total = %(order_total)s, shipping = %(order_shipping)s,
        shipping_discount = %(order_shipping_discount)s, shipping_method = %(order_shipping_method)s,
        tips = %(order_tips)s, tax = %(order_tax)s, paid_by_balances = %(order_paid_by_balances)s,
        facts = %(order_facts)s::jsonb, verdicts = %(order_verdicts)s::jsonb, version = version + 1
    WHERE id = %(order_id)s AND chain_id = %(chain)s
)"""
PAID: Final = """
paid_order AS (
    UPDATE orders SET state = %(order_state)s, paid_at = %(order_paid_at)s, reserved_until = NULL,
        version = version + 1
    WHERE id = %(order_id)s AND chain_id = %(chain)s
)"""
KEY: Final = """
order_named AS (
    INSERT INTO order_keys (chain_id, external_id, order_id, content_hash)
    VALUES (%(chain)s, %(order_external_id)s, %(order_id)s, %(order_hash)s)
)"""
LINES: Final = """
lined AS (
    INSERT INTO order_lines (order_id, position, chain_id, sku, name, category, tags, kind, quantity, price, price_min,
        till_discount, is_excluded, tax_percent, discount, tax, total, refunded_quantity, refunded)
    SELECT %(order_id)s, line.position, %(chain)s, line.sku, line.name, line.category,
        ARRAY(SELECT jsonb_array_elements_text(line.tags)), line.kind, line.quantity, line.price, line.price_min,
        line.till_discount, line.is_excluded, line.tax_percent, line.discount, line.tax, line.total, 0, 0
    FROM jsonb_to_recordset(%(order_lines)s::jsonb) AS line (position smallint, sku text, name text, category text,
        tags jsonb, kind text, quantity bigint, price bigint, price_min bigint, till_discount bigint,
        is_excluded boolean, tax_percent numeric, discount bigint, tax bigint, total bigint)
)"""
PROMOTIONS: Final = """
promoted AS (
    INSERT INTO order_promotions (order_id, promotion_id, chain_id, number, discount, units, uses, holder_id, day)
    SELECT %(order_id)s, p.id, %(chain)s, p.number, p.discount, p.units, 1, %(order_holder)s, %(order_day)s
    FROM unnest(%(promotion_ids_used)s::uuid[], %(promotion_numbers)s::int[], %(promotion_discounts)s::bigint[],
        %(promotion_units)s::bigint[]) AS p (id, number, discount, units)
)"""
EFFECTS: Final = """
affected AS (
    INSERT INTO order_effects (order_id, position, chain_id, kind, card_id, balance_type_id, promotion_id, amount, money,
        carried, activates_at, expires_at, transaction_id, hold_id, undone)
    SELECT %(order_id)s, e.position, %(chain)s, e.kind, e.card_id, e.balance_type_id, e.promotion_id, e.amount, e.money,
        e.carried, e.activates_at, e.expires_at, e.transaction_id, e.hold_id, 0
    FROM jsonb_to_recordset(%(order_effects)s::jsonb) AS e (position smallint, kind text, card_id uuid,
        balance_type_id uuid, promotion_id uuid, amount bigint, money bigint, carried bigint, activates_at timestamptz,
        expires_at timestamptz, transaction_id uuid, hold_id uuid)
)"""
CARRIED: Final = """
rested AS (
    INSERT INTO carried_rests (promotion_id, card_id, chain_id, money)
    SELECT r.promotion_id, r.card_id, %(chain)s, r.money
    FROM unnest(%(rest_promotions)s::uuid[], %(rest_cards)s::uuid[], %(rests)s::bigint[])
        AS r (promotion_id, card_id, money)
    ON CONFLICT (promotion_id, card_id) DO UPDATE SET money = excluded.money
)"""
EVENT: Final = """
order_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    VALUES (%(order_event)s, %(chain)s, %(order_now)s, %(order_event_kind)s, %(order_event_cards)s::uuid[],
        ARRAY[]::uuid[], jsonb_build_object('order_id', %(order_id)s::text, 'state', %(order_state)s::text))
), order_queued AS (
    INSERT INTO event_queue (event_id, chain_id) VALUES (%(order_event)s, %(chain)s)
)"""
AUDIT: Final = """
order_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    VALUES (%(order_audit)s, %(chain)s, %(order_now)s, %(order_staff)s, %(order_login)s, %(order_key)s,
        %(order_through)s, %(order_address)s, %(order_request)s, %(order_event_kind)s, 'order', %(order_id)s,
        %(order_location)s)
)"""


def order_parts(
    actor: Actor,
    purchase: Purchase,
    decision: Decision,
    view: OrderView,
    terms: Terms,
    *,
    event: str,
    referred_by: UUID | None,
    now: datetime,
) -> list[Part]:
    """Everything that a new order writes beside the ledger."""
    assert view.id is not None
    parts = [
        Part(ORDER, _order(actor, view, referred_by=referred_by, now=now)),
        *told_parts(actor, view, event=event),
    ]
    if view.external_id:
        parts.append(Part(KEY, {"order_hash": purchase.content_hash}))
    if view.lines:
        parts.append(Part(LINES, {"order_lines": lines_json(view)}))
    parts += decision_parts(decision, view, terms)
    return parts


def change_parts(
    actor: Actor, decision: Decision, view: OrderView, terms: Terms, *, event: str, now: datetime
) -> list[Part]:
    """Everything that an order which was open writes anew, once what it had planned is deleted."""
    parts = [
        Part(CHANGED, _order(actor, view, referred_by=None, now=now)),
        *told_parts(actor, view, event=event),
    ]
    if view.lines:
        parts.append(Part(LINES, {"order_lines": lines_json(view)}))
    return parts + decision_parts(decision, view, terms)


def paid_parts(actor: Actor, view: OrderView, *, event: str, now: datetime) -> list[Part]:
    """What an order writes that is paid as it was decided when it was recorded."""
    values = {
        "order_id": view.id,
        "order_state": view.state,
        "order_paid_at": view.paid_at,
        "order_now": now,
        "order_staff": actor.staff_id,
        "order_key": actor.key_id,
        "order_location": view.location_id,
    }
    return [Part(PAID, values), *told_parts(actor, view, event=event)]


def told_parts(actor: Actor, view: OrderView, *, event: str) -> list[Part]:
    """The event and the entry in the journal, which name what the statement says of the order already."""
    told = {
        "order_audit": new_id(),
        "order_login": actor.login_id,
        "order_through": actor.through,
        "order_address": actor.address,
        "order_request": actor.request_id,
    }
    return [
        Part(EVENT, {"order_event": new_id(), "order_event_kind": event, "order_event_cards": _cards(view)}),
        Part(AUDIT, told),
    ]


def decision_parts(decision: Decision, view: OrderView, terms: Terms) -> list[Part]:
    """The promotions that gave something, what happens on balances, and, once it is paid, what waits for the next block."""
    parts = []
    is_open = view.state == "open"
    takes_limits = not is_open or view.reserved_until is not None
    applied = [verdict for verdict in decision.priced.verdicts if isinstance(verdict, Applied)]
    if applied and takes_limits:
        parts.append(
            Part(
                PROMOTIONS,
                {
                    "promotion_ids_used": [UUID(one.promotion) for one in applied],
                    "promotion_numbers": [terms.promotions[one.promotion].number for one in applied],
                    "promotion_discounts": [one.cut.total for one in applied],
                    "promotion_units": [sum(one.cut.units) for one in applied],
                    "order_holder": decision.holder_id,
                    "order_day": decision.facts.at.date(),
                },
            )
        )
    parts += effect_parts(view.effects)
    if not is_open:
        parts += carried_parts({(one.promotion_id, one.card_id): one.carried for one in decision.earns}, terms)
    return parts


def effect_parts(effects: Sequence[Effect]) -> list[Part]:
    """What happens on balances."""
    return [Part(EFFECTS, {"order_effects": effects_json(effects)})] if effects else []


def carried_parts(rests: Mapping[tuple[UUID, UUID], int], terms: Terms) -> list[Part]:
    """The money that waits for the next full block, by promotion and card."""
    kept = {names: money for names, money in rests.items() if names[0] in terms.carrying}
    if not kept:
        return []
    values = {
        "rest_promotions": [promotion_id for promotion_id, _ in kept],
        "rest_cards": [card_id for _, card_id in kept],
        "rests": list(kept.values()),
    }
    return [Part(CARRIED, values)]


def _order(actor: Actor, view: OrderView, *, referred_by: UUID | None, now: datetime) -> dict[str, Any]:
    return {
        "order_id": view.id,
        "order_external_id": view.external_id,
        "order_state": view.state,
        "order_card": view.card_id,
        "order_customer": view.customer_id,
        "order_phone": view.phone,
        "order_referred_by": referred_by,
        "order_location": view.location_id,
        "order_channel": view.channel,
        "order_contact_point": view.contact_point,
        "order_staff": actor.staff_id,
        "order_key": actor.key_id,
        "order_currency": view.currency,
        "order_codes": list(view.codes),
        "order_at": view.at,
        "order_starts_at": view.starts_at,
        "order_now": now,
        "order_paid_at": view.paid_at,
        "order_completed_at": view.completed_at,
        "order_reserved_until": view.reserved_until,
        "order_sold": view.sold,
        "order_total_before": view.total_before,
        "order_discount_total": view.discount_total,
        "order_total": view.total,
        "order_shipping": view.shipping + view.shipping_discount,
        "order_shipping_discount": view.shipping_discount,
        "order_shipping_method": view.shipping_method,
        "order_tips": view.tips,
        "order_tax": view.tax,
        "order_paid_by_balances": view.paid_by_balances,
        "order_facts": facts_text(view),
        "order_verdicts": verdicts_text(view),
    }


def facts_text(view: OrderView) -> str:
    """What promotions saw beside the lines, and what could have paid, as the column keeps it."""
    assert view.seen is not None
    stored = to_json(view.seen)
    if view.spendable:
        stored["spendable"] = [
            [str(one.card_id), str(one.balance_type_id), one.units, one.money] for one in view.spendable
        ]
    return json.dumps(stored, separators=(",", ":"), ensure_ascii=False)


def verdicts_text(view: OrderView) -> str:
    """What promotions said, as the column keeps it."""
    return json.dumps([verdict_json(one) for one in view.verdicts], separators=(",", ":"), ensure_ascii=False)


def lines_json(view: OrderView) -> str:
    """The lines as the statement reads them."""
    return json.dumps(
        [
            {
                "position": position,
                "sku": one.line.sku,
                "name": one.line.name,
                "category": one.line.category,
                "tags": sorted(one.line.tags),
                "kind": one.line.kind,
                "quantity": one.line.quantity,
                "price": one.line.price,
                "price_min": one.line.price_min,
                "till_discount": one.line.discount,
                "is_excluded": one.line.is_excluded,
                "tax_percent": None if one.line.tax_percent is None else str(one.line.tax_percent),
                "discount": one.discount,
                "tax": one.tax,
                "total": one.total,
            }
            for position, one in enumerate(view.lines)
        ],
        ensure_ascii=False,
    )


def effects_json(effects: Sequence[Effect]) -> str:
    """What happens on balances as the statement reads it."""
    return json.dumps(
        [
            {
                "position": position,
                "kind": one.kind,
                "card_id": str(one.card_id),
                "balance_type_id": str(one.balance_type_id),
                "promotion_id": str(one.promotion_id) if one.promotion_id else None,
                "amount": one.amount,
                "money": one.money,
                "carried": one.carried,
                "activates_at": _time(one.activates_at),
                "expires_at": _time(one.expires_at),
                "transaction_id": str(one.transaction_id) if one.transaction_id else None,
                "hold_id": str(one.hold_id) if one.hold_id else None,
            }
            for position, one in enumerate(effects)
        ]
    )


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _cards(view: OrderView) -> list[UUID]:
    named = {one.card_id for one in view.effects} | ({view.card_id} if view.card_id else set())
    return sorted(named)
