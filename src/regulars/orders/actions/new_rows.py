"""The rows of new orders, one or a hundred, as parts of the one statement that records them (DESIGN section 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.orders.actions.rows import (
    NewOrder,
    cards_of,
    detail_parts,
    facts_of_view,
    rows_text,
    verdicts_of_view,
)

ORDERS: Final = """
recorded AS (
    INSERT INTO orders (id, chain_id, external_id, state, card_id, customer_id, phone, referred_by, location_id,
        channel, contact_point, staff_id, key_id, currency, codes, at, starts_at, recorded_at, paid_at, completed_at,
        reserved_until, sold, prepaid, total_before, discount_total, total, shipping, shipping_discount, shipping_method, tips,
        tax, paid_by_balances, refunded, facts, verdicts, version)
    SELECT o.id, %(chain)s::uuid, o.external_id, o.state, o.card, o.customer, o.phone, o.referred_by, o.location,
        o.channel, o.contact_point, o.staff, o.key, o.currency,
        ARRAY(SELECT json_array_elements_text(o.codes)), o.at, o.starts_at, %(order_now)s::timestamptz, o.paid_at,
        o.completed_at, o.reserved_until, o.sold, o.prepaid, o.total_before, o.discount_total, o.total, o.shipping,
        o.shipping_discount, o.shipping_method, o.tips, o.tax, o.paid_by_balances, 0, o.facts, o.verdicts, 1
    FROM json_to_recordset(%(orders)s::json) AS o (id uuid, external_id text, state text, card uuid, customer uuid,
        phone text, referred_by uuid, location uuid, channel text, contact_point text, staff uuid, key uuid,
        currency text, codes json,
        at timestamptz, starts_at timestamptz, paid_at timestamptz, completed_at timestamptz,
        reserved_until timestamptz, sold bigint, prepaid bigint, total_before bigint, discount_total bigint, total bigint,
        shipping bigint, shipping_discount bigint, shipping_method text, tips bigint, tax bigint,
        paid_by_balances bigint, facts jsonb, verdicts jsonb)
)"""
# Small rows of their own: what promotions saw and said is read but once.
TOLD: Final = """
order_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT o.event, %(chain)s::uuid, %(order_now)s::timestamptz, %(order_event_kind)s::text,
        ARRAY(SELECT json_array_elements_text(o.cards)::uuid), ARRAY[]::uuid[],
        jsonb_build_object('order_id', o.id, 'state', o.state)
    FROM json_to_recordset(%(orders_told)s::json) AS o (id uuid, event uuid, cards json, state text)
), order_queued AS (
    INSERT INTO event_queue (event_id, chain_id)
    SELECT o.event, %(chain)s::uuid FROM json_to_recordset(%(orders_told)s::json) AS o (event uuid)
), order_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    SELECT o.audit, %(chain)s::uuid, %(order_now)s::timestamptz, o.staff, o.login, o.key, o.through, o.address,
        o.request, %(order_event_kind)s::text, 'order', o.id, o.location
    FROM json_to_recordset(%(orders_told)s::json) AS o (id uuid, audit uuid, location uuid, staff uuid, login uuid,
        key uuid, through text, address text, request text)
)"""
KEYS: Final = """
order_named AS (
    INSERT INTO order_keys (chain_id, external_id, order_id, content_hash)
    SELECT %(chain)s::uuid, k.external_id, k.id, decode(k.hash, 'hex')
    FROM json_to_recordset(%(order_keys)s::json) AS k (external_id text, id uuid, hash text)
)"""


def new_order_parts(orders: Sequence[NewOrder], *, event: str, now: datetime) -> list[Part]:
    """Everything that new orders write beside the ledger. No two of them carry a rest on one card."""
    shared = {
        "orders": rows_text([_order(one) for one in orders]),
        "order_event_kind": event,
        "order_now": now,
    }
    keys = [_key(one) for one in orders if one.view.external_id]
    named = [Part(KEYS, {"order_keys": rows_text(keys)})] if keys else []
    told = rows_text([_told(one) for one in orders])
    return [Part(ORDERS, shared), Part(TOLD, {"orders_told": told}), *named, *detail_parts(orders)]


def _order(one: NewOrder) -> dict[str, Any]:
    view = one.view
    return {
        "id": view.id,
        "external_id": view.external_id,
        "state": view.state,
        "card": view.card_id,
        "customer": view.customer_id,
        "phone": view.phone,
        "referred_by": one.referred_by,
        "location": view.location_id,
        "channel": view.channel,
        "contact_point": view.contact_point,
        "staff": one.actor.staff_id,
        "key": one.actor.key_id,
        "currency": view.currency,
        "codes": view.codes,
        "at": view.at,
        "starts_at": view.starts_at,
        "paid_at": view.paid_at,
        "completed_at": view.completed_at,
        "reserved_until": view.reserved_until,
        "sold": view.sold,
        "prepaid": view.prepaid,
        "total_before": view.total_before,
        "discount_total": view.discount_total,
        "total": view.total,
        "shipping": view.shipping + view.shipping_discount,
        "shipping_discount": view.shipping_discount,
        "shipping_method": view.shipping_method,
        "tips": view.tips,
        "tax": view.tax,
        "paid_by_balances": view.paid_by_balances,
        "facts": facts_of_view(view),
        "verdicts": verdicts_of_view(view),
    }


def _told(one: NewOrder) -> dict[str, Any]:
    return {
        "id": one.id,
        "event": new_id(),
        "audit": new_id(),
        "cards": cards_of(one.view),
        "state": one.view.state,
        "location": one.view.location_id,
        "staff": one.actor.staff_id,
        "login": one.actor.login_id,
        "key": one.actor.key_id,
        "through": one.actor.through,
        "address": one.actor.address,
        "request": one.actor.request_id,
    }


def _key(one: NewOrder) -> dict[str, Any]:
    return {"external_id": one.view.external_id, "id": one.id, "hash": one.purchase.content_hash.hex()}
