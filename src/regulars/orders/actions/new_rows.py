"""The rows of new orders, one or a hundred, as parts of the one statement that records them (DESIGN section 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.orders.actions.rows import (
    NewOrder,
    Row,
    cards_of,
    detail_parts,
    facts_of_view,
    rows_text,
    verdicts_text,
)
from regulars.platform.hot_rows import NO_ITEMS, Columns, ids_item, texts_item

ORDER: Final = Columns(
    "o",
    "id uuid, external_id text, state text, card uuid, customer uuid, phone text, referred_by uuid, location uuid,"
    " channel text, contact_point text, staff uuid, key uuid, currency text, codes text, at timestamptz,"
    " starts_at timestamptz, paid_at timestamptz, completed_at timestamptz, reserved_until timestamptz, sold bigint, prepaid bigint,"
    " total_before bigint, discount_total bigint, total bigint, shipping bigint, shipping_discount bigint,"
    " shipping_method text, tips bigint, tax bigint, paid_by_balances bigint, facts text, verdicts text",
)
ORDERS: Final = f"""
recorded AS (
    INSERT INTO orders (id, chain_id, external_id, state, card_id, customer_id, phone, referred_by, location_id,
        channel, contact_point, staff_id, key_id, currency, codes, at, starts_at, recorded_at, paid_at, completed_at,
        reserved_until, sold, prepaid, total_before, discount_total, total, shipping, shipping_discount, shipping_method, tips,
        tax, paid_by_balances, refunded, facts, verdicts, version)
    SELECT o.id, %(chain)s::uuid, o.external_id, o.state, o.card, o.customer, o.phone, o.referred_by, o.location,
        o.channel, o.contact_point, o.staff, o.key, o.currency,
        o.codes::text[], o.at, o.starts_at, %(order_now)s::timestamptz, o.paid_at,
        o.completed_at, o.reserved_until, o.sold, o.prepaid, o.total_before, o.discount_total, o.total, o.shipping,
        o.shipping_discount, o.shipping_method, o.tips, o.tax, o.paid_by_balances, 0, o.facts::jsonb, o.verdicts::jsonb, 1
    FROM {ORDER.sql}
)"""
TELLING: Final = Columns(
    "told",
    "id uuid, event uuid, audit uuid, cards text, state text, location uuid, staff uuid, login uuid, key uuid,"
    " through text, address text, request text",
)
TOLD: Final = f"""
told AS (SELECT * FROM {TELLING.sql}), order_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT told.event, %(chain)s::uuid, %(order_now)s::timestamptz, %(order_event_kind)s::text, told.cards::uuid[],
        ARRAY[]::uuid[], jsonb_build_object('order_id', told.id, 'state', told.state)
    FROM told
), order_queued AS (
    INSERT INTO event_queue (event_id, chain_id) SELECT told.event, %(chain)s::uuid FROM told
), order_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    SELECT told.audit, %(chain)s::uuid, %(order_now)s::timestamptz, told.staff, told.login, told.key, told.through,
        told.address, told.request, %(order_event_kind)s::text, 'order', told.id, told.location
    FROM told
)"""
KEY: Final = Columns("keyed", "external_id text, id uuid, hash text")
KEYS: Final = f"""
order_named AS (
    INSERT INTO order_keys (chain_id, external_id, order_id, content_hash)
    SELECT %(chain)s::uuid, keyed.external_id, keyed.id, decode(keyed.hash, 'hex') FROM {KEY.sql}
)"""


def new_order_parts(orders: Sequence[NewOrder], *, event: str, now: datetime) -> list[Part]:
    """Everything that new orders write beside the ledger; they stand in the order in which they were decided."""
    shared = {"order_event_kind": event, "order_now": now}
    keys = [_key(one) for one in orders if one.view.external_id]
    return [
        Part(ORDERS, shared | ORDER.values([_order(one) for one in orders])),
        Part(TOLD, TELLING.values([_told(one) for one in orders])),
        *([Part(KEYS, KEY.values(keys))] if keys else []),
        *detail_parts(orders),
    ]


def _order(one: NewOrder) -> Row:
    view, actor = one.view, one.actor
    return (
        view.id,
        view.external_id,
        view.state,
        view.card_id,
        view.customer_id,
        view.phone,
        one.referred_by,
        view.location_id,
        view.channel,
        view.contact_point,
        actor.staff_id,
        actor.key_id,
        view.currency,
        texts_item(view.codes) if view.codes else NO_ITEMS,
        view.at,
        view.starts_at,
        view.paid_at,
        view.completed_at,
        view.reserved_until,
        view.sold,
        view.prepaid,
        view.total_before,
        view.discount_total,
        view.total,
        view.shipping + view.shipping_discount,
        view.shipping_discount,
        view.shipping_method,
        view.tips,
        view.tax,
        view.paid_by_balances,
        rows_text(facts_of_view(view)),
        verdicts_text(view),
    )


def _told(one: NewOrder) -> Row:
    view, actor = one.view, one.actor
    return (
        view.id,
        new_id(),
        new_id(),
        ids_item(cards_of(view)),
        view.state,
        view.location_id,
        actor.staff_id,
        actor.login_id,
        actor.key_id,
        actor.through,
        actor.address,
        actor.request_id,
    )


def _key(one: NewOrder) -> Row:
    return one.view.external_id, one.id, one.purchase.content_hash.hex()
