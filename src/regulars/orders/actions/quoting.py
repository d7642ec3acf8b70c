"""Quote orders (ORD-2): a hot path that writes nothing. Quotes that arrive together are read and decided together (ADR 18)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import structs

from regulars.kernel.refusal import Refusal, Refused
from regulars.orders.actions.booking import refuse_other_total
from regulars.orders.actions.goals import foreseen, within_rounds
from regulars.orders.actions.guessing import guarded
from regulars.orders.actions.read import TERMS_READ_MAX, ground_of, read_ground
from regulars.orders.actions.together import Asked, read_drafts
from regulars.orders.queries.gather import Gathered, gather
from regulars.orders.queries.terms import kept_terms, read_terms
from regulars.orders.rules.command import OrderDraft, Purchase
from regulars.orders.rules.effects import planned
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, Stage, view_of
from regulars.platform.actor import Actor
from regulars.platform.claims import Present
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.platform.parties import Parties


def quote_order(actor: Actor, draft: OrderDraft, *, now: datetime) -> OrderView:
    """Price an order, say what it would earn, which rewards it would bring and the most that could be spent on it.

    Nothing is stored, drawn or taken.

    Refuses: Forbidden, Invalid, NotFound, CardNotActive, NotValidHere, InsufficientBalance, SpendLimited,
    SpendNeedsCard, LoyaltyOff, TooManyAttempts, and for gift cards UnknownCode and why it
    cannot pay.
    """
    actor.require("orders:read")
    return guarded(actor, draft, lambda asked: _quote(actor, asked, now=now), now=now)


def answer_quote(actor: Actor, draft: OrderDraft, *, now: datetime, present: Present[OrderView]) -> str:
    """The same as the text of its answer: alone, or together with others where others are under way.

    Refuses what `quote_order` does.
    """
    actor.require("orders:read")

    def run(heard: OrderDraft) -> str:
        def alone() -> str:
            return present(_quote(actor, heard, now=now))[1]

        if heard.codes or heard.uses_memberships or any(one.is_gift_card for one in heard.spend):
            # More is read for it, and what is wrong with its codes is counted.
            return alone()
        return quotes_together.do(Asked(actor, heard, present=present), now=now, alone=alone)

    return guarded(actor, draft, run, now=now)


def _quote(actor: Actor, draft: OrderDraft, *, now: datetime) -> OrderView:
    with hot_unit_of_work(actor.chain_id) as cursor:
        purchase, terms, found = read_ground(cursor, actor, draft, now=now, locks=False)
        return _priced(cursor, actor, purchase, terms, found, now=now)


def quote_together(asked: Sequence[Asked], *, now: datetime) -> dict[int, str | Refusal]:
    """Quote orders of one chain in one reading; each answer in its own words. Raises KeyChanged."""
    chain_id = asked[0].actor.chain_id
    with hot_unit_of_work(chain_id) as cursor:
        terms = kept_terms(chain_id)
        for _attempt in range(TERMS_READ_MAX):
            is_fresh = terms is None
            if terms is None:
                terms = read_terms(cursor, chain_id)
            read, refused = read_drafts(cursor, asked, range(len(asked)), terms, now=now)
            if refused and not is_fresh:
                # What was kept may be older than what a request names.
                terms = None
                continue
            found = gather(cursor, chain_id, list(read.values()), terms, now=now, locks=False)
            if all(one.stamp == terms.stamp for one in found):
                break
            terms = None
        assert terms is not None, "the rules of a chain do not change that often"
        results: dict[int, str | Refusal] = {**refused}
        for (at, purchase), one in zip(read.items(), found, strict=True):
            try:
                view = _priced(cursor, asked[at].actor, purchase, terms, one, now=now)
            except Refused as problem:
                results[at] = problem.refusal
                continue
            present = asked[at].present
            assert present is not None
            results[at] = present(view)[1]
    return results


def _priced(
    cursor: HotCursor, actor: Actor, purchase: Purchase, terms: Terms, found: Gathered, *, now: datetime
) -> OrderView:
    ground = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now, is_asking=True)
    decision = within_rounds(cursor, ground, ground.decide())
    refuse_other_total(ground, decision)
    effects = planned(decision, ground.terms, at=purchase.at, is_completed=purchase.state == "completed")
    view = view_of(
        purchase,
        decision,
        ground.terms,
        effects,
        order_id=None,
        customer_id=found.customer_id,
        card_id=purchase.card_id,
        stage=Stage(purchase.state),
    )
    rewards = foreseen(cursor, actor.chain_id, ground, effects, now=now)
    return structs.replace(view, rewards=rewards) if rewards else view


quotes_together: Final = Parties[Asked, str](quote_together, fails_with=())
