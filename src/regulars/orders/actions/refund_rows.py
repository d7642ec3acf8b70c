"""The rows of a refund as parts of the one statement that writes it, and what goes before it under the locks."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.orders.events import ORDER_CANCELLED, ORDER_REFUNDED
from regulars.orders.queries.refundable import LockedOrder
from regulars.orders.rules.refund import RefundPlan, Returned, TakenBack
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor

ORDER: Final = """
undone_order AS (
    UPDATE orders SET state = %(undo_state)s::text, refunded = refunded + %(undo_value)s::bigint, version = version + 1,
        cancelled_at = CASE WHEN %(undo_state)s::text = 'cancelled' THEN %(undo_at)s::timestamptz ELSE cancelled_at END,
        reserved_until = NULL
    WHERE id = %(undo_order)s::uuid
)"""
LINES: Final = """
undone_lines AS (
    UPDATE order_lines l SET refunded_quantity = l.refunded_quantity + b.quantity, refunded = l.refunded + b.money
    FROM unnest(%(undo_lines)s::int[], %(undo_quantities)s::bigint[], %(undo_monies)s::bigint[])
        AS b (position, quantity, money)
    WHERE l.order_id = %(undo_order)s::uuid AND l.position = b.position
)"""
EFFECTS: Final = """
undone_effects AS (
    UPDATE order_effects e SET undone = e.undone + b.amount
    FROM unnest(%(undo_effects)s::int[], %(undo_amounts)s::bigint[]) AS b (position, amount)
    WHERE e.order_id = %(undo_order)s::uuid AND e.position = b.position
)"""
PROMOTIONS: Final = """
undone_promotions AS (
    UPDATE order_promotions p SET uses = p.uses - b.uses, discount = p.discount - b.discount, units = p.units - b.units
    FROM unnest(%(undo_promotions)s::uuid[], %(undo_uses)s::int[], %(undo_discounts)s::bigint[],
        %(undo_units)s::bigint[]) AS b (id, uses, discount, units)
    WHERE p.order_id = %(undo_order)s::uuid AND p.promotion_id = b.id
)"""
RESTS: Final = """
undone_rests AS (
    UPDATE carried_rests r SET money = b.money
    FROM unnest(%(undo_rest_promotions)s::uuid[], %(undo_rest_cards)s::uuid[], %(undo_rests)s::bigint[])
        AS b (promotion_id, card_id, money)
    WHERE r.promotion_id = b.promotion_id AND r.card_id = b.card_id
)"""
REFUND: Final = """
made_refund AS (
    INSERT INTO refunds (id, chain_id, order_id, ordinal, external_id, kind, at, money_back, lines, outcome, staff_id,
        key_id, location_id)
    VALUES (%(undo_id)s::uuid, %(chain)s, %(undo_order)s::uuid, %(undo_ordinal)s::smallint,
        %(undo_external_id)s::text, %(undo_kind)s::text, %(undo_at)s::timestamptz, %(undo_money)s::bigint,
        %(undo_line_rows)s::jsonb, %(undo_outcome)s::jsonb, %(undo_staff)s::uuid, %(undo_key)s::uuid,
        %(undo_location)s::uuid)
)"""
EVENT: Final = """
undo_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    VALUES (%(undo_event)s::uuid, %(chain)s, %(undo_at)s::timestamptz, %(undo_event_kind)s::text,
        %(undo_cards)s::uuid[], ARRAY[]::uuid[],
        jsonb_build_object('order_id', %(undo_order)s::uuid::text, 'refund_id', %(undo_id)s::uuid::text,
            'state', %(undo_state)s::text))
), undo_queued AS (
    INSERT INTO event_queue (event_id, chain_id) VALUES (%(undo_event)s::uuid, %(chain)s)
)"""
AUDIT: Final = """
undo_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    VALUES (%(undo_audit)s::uuid, %(chain)s, %(undo_at)s::timestamptz, %(undo_staff)s::uuid, %(undo_login)s::uuid,
        %(undo_key)s::uuid, %(undo_through)s::text, %(undo_address)s::text, %(undo_request)s::text,
        %(undo_event_kind)s::text, 'order', %(undo_order)s::uuid, %(undo_location)s::uuid)
)"""


def refund_parts(
    actor: Actor,
    locked: LockedOrder,
    plan: RefundPlan,
    *,
    kind: str,
    state: str,
    refund_id: UUID | None,
    external_id: str | None,
    location_id: UUID | None,
    money_back: int,
    stored: str,
    now: datetime,
) -> list[Part]:
    """Everything that a refund writes beside the ledger. Without `refund_id` no refund is kept: nothing was paid."""
    event = ORDER_CANCELLED if kind == "cancel" else ORDER_REFUNDED
    cards = {row.card_id for row in locked.effects} | ({locked.card_id} if locked.card_id else set())
    parts = [
        Part(
            ORDER,
            {"undo_order": locked.id, "undo_state": state, "undo_value": plan.value, "undo_at": now},
        ),
        Part(
            EVENT,
            {
                "undo_event": new_id(),
                "undo_event_kind": event,
                "undo_cards": sorted(cards),
                "undo_id": refund_id,
            },
        ),
        Part(
            AUDIT,
            {
                "undo_audit": new_id(),
                "undo_staff": actor.staff_id,
                "undo_login": actor.login_id,
                "undo_key": actor.key_id,
                "undo_through": actor.through,
                "undo_address": actor.address,
                "undo_request": actor.request_id,
                "undo_location": location_id or locked.location_id,
            },
        ),
    ]
    if refund_id is not None:
        lines = [{"index": one.index, "quantity": one.quantity, "money": one.money} for one in plan.lines]
        parts.append(
            Part(
                REFUND,
                {
                    "undo_ordinal": locked.refunds + 1,
                    "undo_external_id": external_id,
                    "undo_kind": kind,
                    "undo_money": money_back,
                    "undo_line_rows": json.dumps(lines),
                    "undo_outcome": stored,
                },
            )
        )
    return [*parts, *_changed_parts(plan)]


def _changed_parts(plan: RefundPlan) -> list[Part]:
    """What the order's own rows count from now on."""
    parts = []
    if plan.lines:
        parts.append(
            Part(
                LINES,
                {
                    "undo_lines": [one.index for one in plan.lines],
                    "undo_quantities": [one.quantity for one in plan.lines],
                    "undo_monies": [one.money for one in plan.lines],
                },
            )
        )
    undone: list[Returned | TakenBack] = [*plan.returned, *plan.taken_back]
    if undone:
        parts.append(
            Part(
                EFFECTS,
                {
                    "undo_effects": [one.position for one in undone],
                    "undo_amounts": [one.amount for one in undone],
                },
            )
        )
    if plan.limits:
        parts.append(
            Part(
                PROMOTIONS,
                {
                    "undo_promotions": [UUID(one.promotion) for one in plan.limits],
                    "undo_uses": [one.uses for one in plan.limits],
                    "undo_discounts": [one.discount for one in plan.limits],
                    "undo_units": [one.units for one in plan.limits],
                },
            )
        )
    if plan.rests:
        parts.append(
            Part(
                RESTS,
                {
                    "undo_rest_promotions": [UUID(one.promotion) for one in plan.rests],
                    "undo_rest_cards": [UUID(one.card) for one in plan.rests],
                    "undo_rests": [one.money for one in plan.rests],
                },
            )
        )
    return parts


def allow_debt(cursor: HotCursor, accounts: Iterable[UUID]) -> None:
    """Let locked accounts go below zero: what was spent and is taken back is owed until new units fill it."""
    wanted = sorted(accounts)
    if wanted:
        cursor.rows("UPDATE accounts SET allows_debt = true WHERE id = ANY(%(ids)s::uuid[])", {"ids": wanted})


def end_reservations(cursor: HotCursor, locked: LockedOrder, *, now: datetime) -> None:
    """Release what an open order had set aside."""
    holds = [row.hold_id for row in locked.effects if row.hold_id]
    if not holds:
        return
    accounts = sorted({row.account_id for row in locked.effects if row.hold_id})
    cursor.rows(
        "SELECT id FROM accounts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE", {"ids": accounts}
    )
    cursor.rows("SELECT regulars_end_holds(%(holds)s::uuid[], %(now)s, 'released')", {"holds": holds, "now": now})
