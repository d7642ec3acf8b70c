"""Trying a promotion on an order, as if it ran beside the others; nothing is stored (ORD-9, ORD-13)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.orders.actions.guessing import guarded
from regulars.orders.actions.read import ground_of, read_ground
from regulars.orders.queries.orders import access_order
from regulars.orders.queries.terms import promotion_terms
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import planned
from regulars.orders.rules.redraft import draft_of
from regulars.orders.rules.terms import PromotionTerms, Terms
from regulars.orders.rules.view import OrderView, Stage, view_of
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import hot_unit_of_work
from regulars.promotions.queries.written import written_promotion
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.promotion import Promotion

NOBODYS: Final = UUID(int=0)


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
    trying = promotion_terms(written)
    return _price(actor, _draft(actor, order), trying, now=now)[0]


def decide_trial(actor: Actor, trying: PromotionTerms, draft: OrderDraft, *, now: datetime) -> Decision:
    """Decide a sample order of somebody who is known, with a promotion that is at hand beside all that runs.

    Refuses: Forbidden, and what a quote refuses.
    """
    actor.require("orders:read")
    return guarded(actor, draft, lambda heard: _decided(actor, trying, heard, now=now), now=now)


def _decided(actor: Actor, trying: PromotionTerms, draft: OrderDraft, *, now: datetime) -> Decision:
    with hot_unit_of_work(actor.chain_id) as cursor:
        purchase, terms, found = read_ground(cursor, actor, draft, now=now, locks=False, trying=trying)
        terms = replace(terms, kept=())
        return ground_of(cursor, actor.chain_id, purchase, terms, found, now=now, is_asking=True).decide()


def _draft(actor: Actor, order: OrderDraft | str) -> OrderDraft:
    if isinstance(order, OrderDraft):
        return order
    with unit_of_work(actor.chain_id):
        recorded = access_order(actor, order)
    return draft_of(recorded, state="paid", at=recorded.at)


def _price(actor: Actor, draft: OrderDraft, trying: PromotionTerms, *, now: datetime) -> tuple[Tried, Facts]:
    return guarded(actor, draft, lambda heard: _priced(actor, heard, trying, now=now), now=now)


def _priced(actor: Actor, draft: OrderDraft, trying: PromotionTerms, *, now: datetime) -> tuple[Tried, Facts]:
    with hot_unit_of_work(actor.chain_id) as cursor:
        purchase, terms, found = read_ground(cursor, actor, draft, now=now, locks=False, trying=trying)
        # What is tried is asked as if it ran for everybody: nobody keeps another version here.
        terms = replace(terms, kept=())
        decision = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now, is_asking=True).decide()
        view = view_of(
            purchase,
            decision,
            terms,
            planned(decision, terms, at=purchase.moment, is_completed=True),
            order_id=None,
            customer_id=found.customer_id,
            card_id=purchase.card_id,
            stage=Stage("completed"),
        )
    return Tried(view, terms), decision.facts


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition of a segment about an order; `reason` is why it is not met."""

    condition: Condition
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class TriedSegment:
    """An order asked about every condition of a segment."""

    asked: tuple[Asked, ...]
    tried: Tried

    @property
    def is_met(self) -> bool:
        """Whether the order is in the segment."""
        return all(one.reason is None for one in self.asked)


def try_segment(
    actor: Actor, conditions: tuple[Condition, ...], order: OrderDraft | str, *, now: datetime
) -> TriedSegment:
    """Ask a sample order, or one that was recorded (its id), about conditions, each by itself (ORD-9).

    Refuses: Forbidden, NotFound, Invalid, and what a quote refuses.
    """
    actor.require("orders:read")
    actor.require("promotions:read")
    draft = _draft(actor, order)
    # As a promotion that gives nothing: what the conditions need is gathered, and nothing else changes.
    asking = PromotionTerms(
        id=NOBODYS,
        number=0,
        name="",
        program_id=NOBODYS,
        card_type_ids=None,
        rule=Promotion(str(NOBODYS), conditions=conditions),
    )
    tried, facts = _price(actor, structs.replace(draft, spend=(), expected_total=None), asking, now=now)
    left = facts.untouched
    asked = tuple(Asked(one, one.check(facts, left, facts.included)) for one in conditions)
    return TriedSegment(asked, tried)
