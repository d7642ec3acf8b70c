"""Trying a promotion on an order, as if it ran beside the others; nothing is stored (ORD-9, ORD-13)."""

from dataclasses import dataclass
from datetime import datetime

from regulars.orders.actions.proceed import draft_of
from regulars.orders.actions.read import customer_of, ground_of, read_ground
from regulars.orders.queries.orders import access_order
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.effects import planned
from regulars.orders.rules.terms import PromotionTerms, Terms
from regulars.orders.rules.view import OrderView, Stage, view_of
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import hot_unit_of_work
from regulars.promotions.queries.written import written_promotion


@dataclass(frozen=True, slots=True)
class Tried:
    """An order priced with a promotion that does not run yet, and the terms that tell it."""

    view: OrderView
    terms: Terms


def try_promotion(actor: Actor, promotion: str, order: OrderDraft | str, *, now: datetime) -> Tried:
    """Price a sample order, or one that was recorded (its id), with what is written of a promotion beside all that runs.

    Refuses: Forbidden, NotFound, Invalid, ProgramNotActive, and what a quote refuses.
    """
    actor.require("orders:read")
    with unit_of_work(actor.chain_id):
        written = written_promotion(actor, promotion)
        recorded = access_order(actor, order) if isinstance(order, str) else None
    trying = PromotionTerms(
        id=written.id,
        number=written.number,
        name=written.name,
        program_id=written.program_id,
        card_type_ids=written.card_type_ids,
        rule=written.definition.rule(str(written.id)),
    )
    if recorded is None:
        assert isinstance(order, OrderDraft)
        draft = order
    else:
        draft = draft_of(recorded, state="paid", at=recorded.at)
    with hot_unit_of_work(actor.chain_id) as cursor:
        purchase, terms, found = read_ground(cursor, actor, draft, now=now, locks=False, trying=trying)
        decision = ground_of(cursor, purchase, terms, found, now=now).decide()
        view = view_of(
            purchase,
            decision,
            terms,
            planned(decision, terms, at=purchase.moment, is_completed=True),
            order_id=None,
            customer_id=customer_of(found, purchase),
            card_id=purchase.card_id,
            stage=Stage("completed"),
        )
    return Tried(view, terms)
