"""What a promotion would have changed on the orders of a day; nothing is stored (ORD-13, REP-5 in small)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.orders.queries.day import orders_of_day
from regulars.orders.queries.terms import promotion_terms, read_terms
from regulars.orders.rules.effect import Effect, compare
from regulars.orders.rules.terms import PromotionTerms, Terms
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import hot_unit_of_work
from regulars.promotions.queries.written import written_promotion

PAST_MAX: Final = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class DayEffect:
    """The effect on a day; `found` orders there were, of which the effect tells the latest. `terms` say its words."""

    day: date
    found: int
    effect: Effect
    terms: Terms


def effect_of_promotion(actor: Actor, promotion: str, day: date | None, *, now: datetime) -> DayEffect:
    """What a promotion as it is written would have changed on the orders of a day, by default yesterday.

    Refuses: Forbidden, NotFound, Invalid, ProgramNotActive.
    """
    actor.require("orders:read")
    with unit_of_work(actor.chain_id):
        written = written_promotion(actor, promotion)
        trying = promotion_terms(written)
        if written.definition.trigger is not None:
            problem = FieldProblem("", "no_orders", "An event sets this promotion off; orders are not asked.")
            raise Refused(Invalid(errors=(problem,)))
        return effect_on_day(actor, trying, day, now=now)


def effect_on_day(actor: Actor, trying: PromotionTerms, day: date | None, *, now: datetime) -> DayEffect:
    """The same with a promotion that is at hand; needs a unit of work. Refuses: Forbidden, Invalid."""
    with hot_unit_of_work(actor.chain_id) as cursor:
        terms = read_terms(cursor, actor.chain_id)
    today = now.astimezone(terms.zone).date()
    day = day or today - timedelta(days=1)
    if day > today or today - day > PAST_MAX:
        raise Refused(Invalid(errors=(FieldProblem("/day", "out_of_range", "Choose a day that has been."),)))
    needs = terms.compiled.needs | trying.rule.needs
    scopes = terms.compiled.histories | trying.rule.histories
    found = orders_of_day(actor, day, zone=terms.zone, needs=needs, scopes=scopes)
    return DayEffect(day, found.found, compare(found.orders, terms, trying), terms)
