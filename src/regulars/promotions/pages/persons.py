"""Somebody of one's own customers in "Try it": found by name, phone or card, and asked as at the till (CRD-2, CUS-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.orders.actions.try_out import decide_trial
from regulars.orders.queries.buyers import Buyers, Choice, find_buyers, preset_buyer, read_buyer
from regulars.orders.rules.command import LineDraft, OrderDraft
from regulars.orders.rules.terms import PromotionTerms
from regulars.platform.pages import figures
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest
from regulars.promotions.pages.sample import SAMPLE, Sample, Unclear
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.rules.facts import Facts, Line
from regulars.promotions.rules.outcome import NotApplied, Reason

PERSON = f"{SAMPLE}.person"
NO_CARD_CODES = ("no_card", "loyalty_off")


@dataclass(frozen=True, slots=True)
class RealFacts:
    """The facts of the sample order with somebody who is known, and the promotions that take a card they do not have."""

    facts: Facts
    shut_out: Mapping[str, Reason]
    name: str


def may_name_buyer(request: PageRequest) -> bool:
    """Whether the reader may try an order as one of the customers or cards."""
    actor = request.actor
    return actor.may("orders:read") and (actor.may("customers:read") or actor.may("cards:read"))


def person_context(request: PageRequest, sample: Sample) -> dict[str, Any]:
    """The field for somebody, and whom the text that stands there can mean."""
    if not may_name_buyer(request):
        return {"may_name_buyer": False}
    buyers = find_buyers(request, sample.person, now=request.now) if sample.person else Buyers()
    return {"may_name_buyer": True, "buyers": buyers, "buyer": sample.buyer}


def facts_of_person(request: PageRequest, sample: Sample, facts: Facts, trying: PromotionTerms) -> RealFacts | Unclear:
    """The sample order asked as an order of whoever is named; what stands in the sample's own fields of a customer is not."""
    if not may_name_buyer(request):
        return Unclear({PERSON: _("You may not see customers.")})
    chosen = _chosen(request, sample)
    if isinstance(chosen, Unclear):
        return chosen
    try:
        decision = decide_trial(request.actor, trying, _order(request, sample, facts, chosen), now=request.now)
    except Refused as refused:
        return Unclear({PERSON: _said(refused)})
    verdicts = [one for one in decision.priced.verdicts if isinstance(one, NotApplied)]
    shut_out = {one.promotion: one.reason for one in verdicts if one.reason.code in NO_CARD_CODES}
    return RealFacts(decision.facts, shut_out, chosen.name)


def tell_person(names: ChainNames, real: RealFacts) -> str:
    """Who it is, as far as promotions ask."""
    customer = real.facts.customer
    if customer is None:
        return _("As %(name)s, whom nobody knows yet.") % {"name": real.name}
    told = ngettext(
        "As %(name)s, after %(count)s order", "As %(name)s, after %(count)s orders", customer.orders_before
    ) % {"name": real.name, "count": figures.number(customer.orders_before)}
    tiers = [names.name(one) for one in sorted(customer.tiers)]
    return f"{told} · {', '.join(tiers)}" if tiers else told


def _chosen(request: PageRequest, sample: Sample) -> Choice | Unclear:
    buyers = find_buyers(request, sample.person, now=request.now)
    known = {one.id: one for one in buyers.choices}
    if sample.buyer in known:
        return known[sample.buyer]
    if buyers.new_phone or not buyers.choices:
        return Unclear({PERSON: buyers.refused or _("Nobody of yours is called that.")})
    found = read_buyer(buyers, "")
    only = found.card or found.customer
    if only is None:
        return Unclear({PERSON: found.problem})
    return known.get(only) or preset_buyer(request, only, now=request.now) or Unclear({PERSON: found.problem})


def _order(request: PageRequest, sample: Sample, facts: Facts, chosen: Choice) -> OrderDraft:
    decimals = request.chain.currency_decimals
    return OrderDraft(
        lines=tuple(_line(one, decimals) for one in facts.lines),
        card=chosen.id if chosen.is_card else None,
        customer=None if chosen.is_card else chosen.id,
        location=encode("loc", UUID(facts.location)) if facts.location else None,
        channel=facts.channel,
        # By whose clock promotions go: an order cannot lie ahead, a visit can.
        starts_at=facts.at,
        shipping_method=facts.shipping_method,
        codes=tuple(sorted(facts.codes)),
        state="open",
        reserve_seconds=0,
    )


def _line(one: Line, decimals: int) -> LineDraft:
    return LineDraft(
        sku=one.sku,
        name=one.name or None,
        category=one.category or None,
        quantity=format_amount(one.quantity, 3),
        price=format_amount(one.price, decimals),
    )


def _said(refused: Refused) -> str:
    refusal = refused.refusal
    if isinstance(refusal, Invalid) and refusal.errors:
        return _(refusal.errors[0].detail)
    return sentence(refusal)
