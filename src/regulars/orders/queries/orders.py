"""Reads of recorded orders: one, or one page of a list; lines and effects in one query each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.orders.queries.lines import LINE_COLUMNS, LINE_WIDTH, stored_line
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import read_reason, read_verdict
from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.snapshot import from_json as read_seen
from regulars.orders.rules.spending import Spend
from regulars.orders.rules.view import EarnedReward, OrderView, PricedLine
from regulars.orders.rules.visits import read_covers
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows
from regulars.platform.hot import HotCursor

Run = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]

COLUMNS: Final = """
    o.id, o.state, o.currency, o.at, o.sold, o.total_before, o.discount_total, o.total, o.shipping,
    o.shipping_discount, o.tips, o.tax, o.external_id, o.card_id, o.customer_id, o.phone, o.location_id, o.channel,
    o.contact_point, o.codes, o.shipping_method, o.starts_at, o.recorded_at, o.paid_at, o.completed_at, o.cancelled_at,
    o.reserved_until, o.refunded, o.version, o.facts::text, o.verdicts::text, o.import_id,
    (SELECT json_agg(json_build_array(g.id, g.reward_id, g.card_id, g.voucher_id, g.kind, g.title, g.goal, g.state,
        g.drawn ->> 'lottery') ORDER BY g.id)::text FROM given_rewards g WHERE g.order_id = o.id)
"""
OF_EXTERNAL_ID: Final = """
o.id = (SELECT k.order_id FROM order_keys k WHERE k.chain_id = %(chain)s AND k.external_id = %(external_id)s)
"""
LINES: Final = f"""
SELECT order_id, {LINE_COLUMNS},
    discount, tax, total, refunded_quantity, refunded
FROM order_lines WHERE order_id = ANY(%(ids)s::uuid[]) AND chain_id = %(chain)s ORDER BY order_id, position
"""
EFFECTS: Final = """
SELECT order_id, kind, card_id, balance_type_id, amount, promotion_id, money, carried, activates_at, expires_at,
    transaction_id, hold_id
FROM order_effects WHERE order_id = ANY(%(ids)s::uuid[]) AND chain_id = %(chain)s ORDER BY order_id, position
"""
REDEMPTIONS: Final = """
SELECT order_id, kind, shown, state, owner_id, name, promotion_ids, reason::text, money, undone, benefit::text,
    covers::text
FROM order_redemptions WHERE order_id = ANY(%(ids)s::uuid[]) AND chain_id = %(chain)s ORDER BY order_id, position
"""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are meant; what is None or empty does not matter."""

    customer_id: UUID | None = None
    card_id: UUID | None = None
    location_id: UUID | None = None
    promotion_id: UUID | None = None
    state: str = ""
    external_id: str = ""
    channel: str = ""
    start: datetime | None = None
    end: datetime | None = None
    locations: tuple[UUID, ...] | None = None
    """The only places whose orders may be seen; None is all."""


def access_order(actor: Actor, identifier: str) -> OrderView:
    """The order with this id (`ord_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("orders:read")
    found = find_order(actor.chain_id, identifier)
    if found is None or not may_see(actor, found.location_id):
        raise Refused(NotFound())
    return found


def may_see(actor: Actor, location_id: UUID | None) -> bool:
    """Whether the orders of a place are this actor's business; those of no place are everybody's."""
    return actor.location_ids is None or location_id is None or location_id in actor.location_ids


def find_order(chain_id: UUID, identifier: str | UUID) -> OrderView | None:
    """The order with this id or external id, or None."""
    return view_orders(rows, chain_id, _found(rows, chain_id, identifier)).get(0)


def find_order_hot(cursor: HotCursor, chain_id: UUID, order_id: UUID) -> OrderView | None:
    """The order with this id, read inside a hot unit of work."""

    def run(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        return cursor.rows(statement, parameters)

    return view_orders(run, chain_id, _found(run, chain_id, order_id)).get(0)


def _found(run: Run, chain_id: UUID, identifier: str | UUID) -> list[tuple[Any, ...]]:
    wanted: dict[str, Any] = {"chain": chain_id}
    if isinstance(identifier, str) and identifier.startswith("ext:"):
        condition = OF_EXTERNAL_ID
        wanted["external_id"] = identifier.removeprefix("ext:")
    else:
        order_id = identifier if isinstance(identifier, UUID) else decode("ord", identifier)
        if order_id is None:
            return []
        condition = "o.id = %(id)s"
        wanted["id"] = order_id
    return run(
        f"SELECT {COLUMNS} FROM orders o WHERE o.chain_id = %(chain)s AND o.state <> 'undone' AND {condition}", wanted
    )


def list_orders(
    actor: Actor, wanted: OrderFilter, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[OrderView], UUID | None]:
    """One page of the orders that a filter means, newest first, and the id it ends with where more follow."""
    actor.require("orders:read")
    conditions = ["o.chain_id = %(chain)s", "o.state <> 'undone'"]
    parameters: dict[str, Any] = {"chain": actor.chain_id, "limit": limit + 1}
    for condition, name, value in (
        ("o.customer_id = %(customer)s", "customer", wanted.customer_id),
        ("o.card_id = %(card)s", "card", wanted.card_id),
        ("o.location_id = %(location)s", "location", wanted.location_id),
        ("o.state = %(state)s", "state", wanted.state),
        ("o.channel = %(channel)s", "channel", wanted.channel),
        ("o.at >= %(start)s", "start", wanted.start),
        ("o.at < %(end)s", "end", wanted.end),
        ("o.id < %(after)s", "after", after),
        (
            "o.id IN (SELECT p.order_id FROM order_promotions p WHERE p.promotion_id = %(promotion)s)",
            "promotion",
            wanted.promotion_id,
        ),
        (OF_EXTERNAL_ID, "external_id", wanted.external_id),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    if wanted.locations is not None:
        conditions.append("(o.location_id IS NULL OR o.location_id = ANY(%(locations)s))")
        parameters["locations"] = list(wanted.locations)
    found = rows(
        f"SELECT {COLUMNS} FROM orders o WHERE {' AND '.join(conditions)} ORDER BY o.id DESC LIMIT %(limit)s",
        parameters,
    )
    views = view_orders(rows, actor.chain_id, found[:limit])
    shown = [views[position] for position in range(len(found[:limit]))]
    return shown, shown[-1].id if len(found) > limit else None


def view_orders(run: Run, chain_id: UUID, found: Sequence[Sequence[Any]]) -> dict[int, OrderView]:
    """The values of rows selected with COLUMNS, by position, with their lines and effects."""
    if not found:
        return {}
    wanted = {"ids": [values[0] for values in found], "chain": chain_id}
    lines: dict[UUID, list[PricedLine]] = {}
    for values in run(LINES, wanted):
        lines.setdefault(values[0], []).append(_line(values[1:]))
    effects: dict[UUID, list[Effect]] = {}
    for values in run(EFFECTS, wanted):
        effects.setdefault(values[0], []).append(Effect(*values[1:]))
    redemptions = redemptions_of_orders(run, chain_id, [values[0] for values in found if '"redemptions"' in values[29]])
    return {
        position: _view(
            values,
            tuple(lines.get(values[0], ())),
            tuple(effects.get(values[0], ())),
            redemptions.get(values[0], ()),
        )
        for position, values in enumerate(found)
    }


def redemptions_of_orders(run: Run, chain_id: UUID, ids: Sequence[UUID]) -> dict[UUID, tuple[Redemption, ...]]:
    """What came of the codes of these orders; no query where none came with any."""
    if not ids:
        return {}
    found: dict[UUID, list[Redemption]] = {}
    for values in run(REDEMPTIONS, {"ids": list(ids), "chain": chain_id}):
        order_id, kind, shown, state, owner_id, name, promotions, reason, money, undone, benefit, covers = values
        found.setdefault(order_id, []).append(
            Redemption(
                kind=kind,
                shown=shown,
                state=state,
                owner_id=owner_id,
                name=name,
                promotions=tuple(promotions),
                reason=read_reason(from_json(reason)) if reason else None,
                money=money,
                undone=undone,
                benefit=from_json(benefit) if benefit else None,
                covers=read_covers(from_json(covers)) if covers else (),
            )
        )
    return {order_id: tuple(listed) for order_id, listed in found.items()}


def _line(values: Sequence[Any]) -> PricedLine:
    return PricedLine(stored_line(values), *values[LINE_WIDTH:])


def _view(
    values: Sequence[Any],
    lines: tuple[PricedLine, ...],
    effects: tuple[Effect, ...],
    redemptions: tuple[Redemption, ...],
) -> OrderView:
    facts = from_json(values[29])
    seen = read_seen(facts, tuple(one.line for one in lines)) if facts else None
    return OrderView(
        id=values[0],
        state=values[1],
        currency=values[2],
        currency_decimals=get_currency_precision(values[2]),
        at=values[3],
        lines=lines,
        sold=values[4],
        total_before=values[5],
        discount_total=values[6],
        total=values[7],
        shipping=values[8] - values[9],
        shipping_discount=values[9],
        tips=values[10],
        tax=values[11],
        verdicts=tuple(read_verdict(one) for one in from_json(values[30])),
        effects=effects,
        redemptions=redemptions,
        spendable=tuple(
            Spend(UUID(one[0]), UUID(int=0), UUID(one[1]), one[2], one[3]) for one in facts.get("spendable", ())
        ),
        external_id=values[12],
        card_id=values[13],
        customer_id=values[14],
        phone=values[15],
        location_id=values[16],
        channel=values[17],
        contact_point=values[18],
        codes=tuple(values[19]),
        shipping_method=values[20],
        starts_at=values[21],
        recorded_at=values[22],
        paid_at=values[23],
        completed_at=values[24],
        cancelled_at=values[25],
        reserved_until=values[26],
        refunded=values[27],
        version=values[28],
        seen=seen,
        import_id=values[31],
        rewards=tuple(_reward(one) for one in from_json(values[32]) or ()),
    )


def _reward(values: Sequence[Any]) -> EarnedReward:
    given_id, reward_id, card_id, voucher_id, kind, title, goal, state, lottery = values
    return EarnedReward(
        id=UUID(given_id),
        reward_id=UUID(reward_id),
        card_id=UUID(card_id),
        kind=kind,
        title=title,
        goal=goal,
        voucher_id=UUID(voucher_id) if voucher_id else None,
        state=state,
        lottery=lottery,
    )
