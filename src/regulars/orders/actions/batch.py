"""Many orders at once, as tills send them that were offline: set by set, a hundred in one transaction (DESIGN section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
from django.db import Error as DatabaseFault

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Invalid, Refusal, Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.rules.posting import Posting
from regulars.orders.actions.new_rows import new_order_parts
from regulars.orders.actions.read import at_own_place, ground_of
from regulars.orders.actions.record import book_with_enough_lots, decided, record_order, stage_of
from regulars.orders.actions.rows import NewOrder
from regulars.orders.events import ORDER_RECORDED
from regulars.orders.queries.gather import Gathered, gather
from regulars.orders.queries.products import products_of
from regulars.orders.queries.terms import kept_terms, read_terms
from regulars.orders.rules.command import OrderDraft, Products, Purchase
from regulars.orders.rules.effects import By
from regulars.orders.rules.reading import read_order
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, view_of
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.platform.problems import refusal_of

TOGETHER_MAX: Final = 100
"""How many orders are recorded in one transaction."""
WAVES_MAX: Final = 10
"""In how many steps a transaction records what depends on each other; what is left then is recorded alone."""

Result = OrderView | Refusal


class _NotTogether(Exception):
    """One of them cannot be recorded with the others after something was taken for it: each is recorded alone."""


def record_batch(actor: Actor, drafts: Sequence[OrderDraft], *, now: datetime) -> list[Result]:
    """Record orders in their order; the result of each is what recording it alone would answer.

    Orders of one buyer are decided one after another, also where they stand in one transaction. One that loses a race
    is recorded again by itself. Refuses: Forbidden.
    """
    actor.require("orders:write")
    results: list[Result] = []
    for start in range(0, len(drafts), TOGETHER_MAX):
        results += _record_some(actor, drafts[start : start + TOGETHER_MAX], now=now)
    return results


def _record_some(actor: Actor, drafts: Sequence[OrderDraft], *, now: datetime) -> list[Result]:
    try:
        found = _record_together(actor, drafts, now=now)
    except (LostRace, _NotTogether, psycopg.Error, DatabaseFault):
        # Nothing of them is recorded.
        found = {}
    return [found[at] if at in found else _record_alone(actor, draft, now=now) for at, draft in enumerate(drafts)]


def _record_alone(actor: Actor, draft: OrderDraft, *, now: datetime) -> Result:
    try:
        return record_order(actor, draft, now=now)
    except Refused as refused:
        return refused.refusal
    except (LostRace, psycopg.Error, DatabaseFault) as fault:
        return refusal_of(fault)


@dataclass(slots=True)
class _Wave:
    """Orders that are written in one statement: none depends on another."""

    orders: list[NewOrder] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    touched: set[object] = field(default_factory=set)


def _record_together(actor: Actor, drafts: Sequence[OrderDraft], *, now: datetime) -> dict[int, Result]:
    """Record orders in one transaction; what is not in the answer has to be recorded alone."""
    results: dict[int, Result] = {}
    with hot_unit_of_work(actor.chain_id) as cursor:
        terms = kept_terms(actor.chain_id) or read_terms(cursor, actor.chain_id)
        lines = [line for draft in drafts for line in draft.lines]
        products = products_of(cursor, actor.chain_id, terms, lines)
        pending = [at for at, draft in enumerate(drafts) if _goes_with_others(draft)]
        for _step in range(WAVES_MAX):
            if not pending:
                break
            read = _read(actor, drafts, pending, terms, products, results, now=now)
            found = gather(cursor, actor.chain_id, list(read.values()), terms, now=now, locks=True)
            if found and found[0].stamp != terms.stamp:
                terms = read_terms(cursor, actor.chain_id)
                products = products_of(cursor, actor.chain_id, terms, lines)
                for at in pending:
                    results.pop(at, None)
                continue
            wave = _Wave()
            pending = _decide(cursor, actor, wave, zip(read.items(), found, strict=True), terms, results, now=now)
            if wave.orders:
                parts = new_order_parts(actor, wave.orders, event=ORDER_RECORDED, now=now)
                post(cursor, actor, wave.postings, also=parts, and_commit=not pending)
            if cursor.is_committed:
                break
    return results


def _goes_with_others(draft: OrderDraft) -> bool:
    """Whether an order needs nothing that is done for one order only."""
    return draft.state != "open" and draft.expected_total is None and draft.referred_by is None


def _read(
    actor: Actor,
    drafts: Sequence[OrderDraft],
    pending: Iterable[int],
    terms: Terms,
    products: Products,
    results: dict[int, Result],
    *,
    now: datetime,
) -> dict[int, Purchase]:
    """Those that can be read; what cannot is answered."""
    read: dict[int, Purchase] = {}
    for at in pending:
        try:
            purchase = read_order(at_own_place(actor, drafts[at], terms), terms, now=now, products=products)
        except Refused as refused:
            results[at] = refused.refusal
            continue
        if isinstance(purchase, Invalid):
            results[at] = purchase
        else:
            read[at] = purchase
    return read


def _decide(
    cursor: HotCursor,
    actor: Actor,
    wave: _Wave,
    read: Iterable[tuple[tuple[int, Purchase], Gathered]],
    terms: Terms,
    results: dict[int, Result],
    *,
    now: datetime,
) -> list[int]:
    """Decide what can be decided together; those that depend on one of these come in the next wave."""
    later = []
    for (at, purchase), found in read:
        touched = _touched(purchase, found)
        if not wave.touched.isdisjoint(touched):
            wave.touched |= touched
            later.append(at)
            continue
        wave.touched |= touched
        if found.recorded_id is not None or (purchase.phone is not None and found.customer_id is None):
            # The answer of an order that is there, or a customer to be made first.
            continue
        try:
            new, postings = _decide_one(cursor, actor, purchase, terms, found, now=now)
        except Refused as refused:
            if terms.counted:
                # Something may have been taken of a limit for it.
                raise _NotTogether from refused
            results[at] = refused.refusal
            continue
        wave.orders.append(new)
        wave.postings += postings
        results[at] = new.view
    return later


def _touched(purchase: Purchase, found: Gathered) -> set[object]:
    """What the decision on another order may depend on: buyer, cards, external id."""
    touched: set[object] = {card.id for card in found.cards}
    if found.person is not None:
        touched.add(found.person.id)
    if purchase.phone is not None:
        touched.add(purchase.phone)
    if purchase.external_id is not None:
        touched.add(("external id", purchase.external_id))
    return touched


def _decide_one(
    cursor: HotCursor, actor: Actor, purchase: Purchase, terms: Terms, found: Gathered, *, now: datetime
) -> tuple[NewOrder, list[Posting]]:
    ground = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now)
    ground, decision = decided(cursor, actor, ground, now=now)
    order_id: UUID = new_id()
    by = By(order_id, actor.through, actor.staff_id, actor.key_id, purchase.location_id)
    booking = book_with_enough_lots(cursor, ground, decision, by, now=now, is_completed=purchase.state == "completed")
    view = view_of(
        purchase,
        decision,
        ground.terms,
        tuple(booking.effects),
        order_id=order_id,
        customer_id=found.customer_id,
        card_id=purchase.card_id,
        stage=stage_of(purchase.state, 0, now),
    )
    return NewOrder(purchase, decision, view, ground.terms), booking.postings
