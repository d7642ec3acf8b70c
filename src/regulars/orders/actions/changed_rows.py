"""What an order that was open writes anew, as parts of one statement."""

from datetime import datetime
from typing import Any, Final

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.orders.actions.rows import NewOrder, cards_of, detail_parts, facts_of_view, rows_text, verdicts_text
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor

CHANGED: Final = """
changed_order AS (
    UPDATE orders SET state = %(order_state)s::text, customer_id = %(order_customer)s, card_id = %(order_card)s,
        location_id = %(order_location)s::uuid, contact_point = %(order_contact_point)s, codes = %(order_codes)s::text[],
        at = %(order_at)s, starts_at = %(order_starts_at)s, paid_at = %(order_paid_at)s,
        reserved_until = %(order_reserved_until)s, sold = %(order_sold)s, prepaid = %(order_prepaid)s, total_before = %(order_total_before)s,
        discount_total = %(order_discount_total)s, total = %(order_total)s, shipping = %(order_shipping)s,
        shipping_discount = %(order_shipping_discount)s, shipping_method = %(order_shipping_method)s,
        tips = %(order_tips)s, tax = %(order_tax)s, paid_by_balances = %(order_paid_by_balances)s,
        facts = %(order_facts)s::jsonb, verdicts = %(order_verdicts)s::jsonb, version = version + 1
    WHERE id = %(order_id)s::uuid AND chain_id = %(chain)s::uuid
)"""
PAID: Final = """
paid_order AS (
    UPDATE orders SET state = %(order_state)s::text, paid_at = %(order_paid_at)s, reserved_until = NULL,
        version = version + 1
    WHERE id = %(order_id)s::uuid AND chain_id = %(chain)s::uuid
)"""
EVENT: Final = """
order_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    VALUES (%(order_event)s::uuid, %(chain)s::uuid, %(order_now)s::timestamptz, %(order_event_kind)s::text, %(order_event_cards)s::uuid[],
        ARRAY[]::uuid[], jsonb_build_object('order_id', %(order_id)s::uuid, 'state', %(order_state)s::text))
), order_queued AS (
    INSERT INTO event_queue (event_id, chain_id) VALUES (%(order_event)s::uuid, %(chain)s::uuid)
)"""
AUDIT: Final = """
order_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    VALUES (%(order_audit)s::uuid, %(chain)s::uuid, %(order_now)s::timestamptz, %(order_staff)s::uuid, %(order_login)s::uuid, %(order_key)s::uuid,
        %(order_through)s::text, %(order_address)s::text, %(order_request)s::text, %(order_event_kind)s::text, 'order', %(order_id)s::uuid,
        %(order_location)s::uuid)
)"""


def change_parts(actor: Actor, order: NewOrder, *, event: str, now: datetime) -> list[Part]:
    """Everything that an order which was open writes anew, once what it had planned is deleted."""
    return [
        Part(CHANGED, _order(actor, order.view, now=now)),
        *told_parts(actor, order.view, event=event),
        *detail_parts([order]),
    ]


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
        Part(EVENT, {"order_event": new_id(), "order_event_kind": event, "order_event_cards": cards_of(view)}),
        Part(AUDIT, told),
    ]


def _order(actor: Actor, view: OrderView, *, now: datetime) -> dict[str, Any]:
    return {
        "order_id": view.id,
        "order_external_id": view.external_id,
        "order_state": view.state,
        "order_card": view.card_id,
        "order_customer": view.customer_id,
        "order_phone": view.phone,
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
        "order_prepaid": view.prepaid,
        "order_total_before": view.total_before,
        "order_discount_total": view.discount_total,
        "order_total": view.total,
        "order_shipping": view.shipping + view.shipping_discount,
        "order_shipping_discount": view.shipping_discount,
        "order_shipping_method": view.shipping_method,
        "order_tips": view.tips,
        "order_tax": view.tax,
        "order_paid_by_balances": view.paid_by_balances,
        "order_facts": rows_text(facts_of_view(view)),
        "order_verdicts": verdicts_text(view),
    }
