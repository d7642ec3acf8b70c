"""Record orders (ORD-2). A hot path: read, decide, write, in a few round trips (DESIGN section 4)."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import structs
from psycopg import errors

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.actions.holders import issue_with_order
from regulars.cards.errors import CardExists
from regulars.customers.actions import enter_customer
from regulars.customers.errors import PhoneTaken
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.rules.posting import Posting
from regulars.orders.actions.booking import (
    book_with_enough_lots,
    decided,
    for_a_short_time,
    refuse_other_total,
    stage_of,
)
from regulars.orders.actions.codes import parts_of_codes
from regulars.orders.actions.convoy import record_in_convoy
from regulars.orders.actions.goals import met
from regulars.orders.actions.guessing import guarded, tallied
from regulars.orders.actions.lapsed import releasing
from regulars.orders.actions.new_rows import new_order_parts
from regulars.orders.actions.read import Ground, ground_of, read_ground
from regulars.orders.actions.referrals import invite_buyer
from regulars.orders.actions.reserve import set_aside
from regulars.orders.actions.rows import NewOrder
from regulars.orders.actions.together import Asked, answer_of
from regulars.orders.errors import OrderExists
from regulars.orders.events import ORDER_RECORDED
from regulars.orders.queries.orders import find_order_hot, may_see
from regulars.orders.rules.buyer import lacks_automatic_card
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import By, Effect, planned
from regulars.orders.rules.view import EarnedReward, OrderView, view_of
from regulars.platform.actor import Actor
from regulars.platform.begin_again import begins_again
from regulars.platform.claims import Claim, Present
from regulars.platform.database import edge_unit_of_work
from regulars.platform.hot import HotCursor, hot_unit_of_work


class Newcomer(Exception):
    """The order names a phone that nobody has yet: its customer is made first (CUS-3)."""

    def __init__(self, phone: str, country: str, zone: ZoneInfo, location_id: UUID | None) -> None:
        super().__init__()
        self.phone, self.country, self.zone, self.location_id = phone, country, zone, location_id


class Cardless(Exception):
    """The customer has no card of a program that gives cards by itself: whether they get one is looked at first."""

    def __init__(self, customer_id: UUID, location_id: UUID | None) -> None:
        super().__init__()
        self.customer_id, self.location_id = customer_id, location_id


def record_order(
    actor: Actor,
    draft: OrderDraft,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[OrderView] | None = None,
) -> OrderView:
    """Record an order: price it under lock, post what it spends and earns, and keep why (ORD-1, ORD-2).

    A code or voucher that cannot be used any more is no reason to refuse: the order goes without it and says so.

    A customer who is known and has no card gets one first where a card type says so (TYP-2). An order with an external
    id that is recorded already is answered as it was recorded. Refuses: Forbidden, Invalid,
    NotFound, TotalChanged, OrderExists, CardNotActive, NotValidHere, InsufficientBalance, SpendLimited, SpendNeedsCard,
    LoyaltyOff, BalanceTooLarge, ReferralRefused, TooManyAttempts, and for gift cards UnknownCode and why it
    cannot pay. Raises Answered where the key was used before.
    """
    actor.require("orders:write")

    def run(draft: OrderDraft) -> OrderView:
        def alone() -> OrderView:
            return record_alone(actor, draft, now=now, claim=claim, present=present)

        return record_in_convoy(Asked(actor, draft, claim, present), now=now, alone=tallied(alone))

    return guarded(actor, draft, run, now=now)


def record_alone(
    actor: Actor,
    draft: OrderDraft,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[OrderView] | None = None,
) -> OrderView:
    """Record an order in a transaction of its own."""
    try:
        return _record(actor, draft, now=now, claim=claim, present=present)
    except Newcomer as newcomer:
        return _record_for_newcomer(actor, draft, newcomer, now=now, claim=claim, present=present)
    except Cardless as cardless:
        return _record_with_card(actor, draft, cardless, now=now, claim=claim, present=present)


@begins_again
def _record_for_newcomer(
    actor: Actor,
    draft: OrderDraft,
    newcomer: Newcomer,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[OrderView] | None,
) -> OrderView:
    """Make the customer of an unknown phone and record their order, both or neither."""
    try:
        with edge_unit_of_work(actor.chain_id):
            enter_customer(
                actor.acting_with("customers:write"),
                CustomerDraft(phones=(newcomer.phone,)),
                country=newcomer.country,
                today=now.astimezone(newcomer.zone).date(),
                now=now,
                location_id=newcomer.location_id,
            )
            return _record(actor, draft, now=now, claim=claim, present=present, issues=False)
    except Refused as refused:
        if not isinstance(refused.refusal, PhoneTaken):
            raise
    # Somebody entered them at the same instant.
    return _record(actor, draft, now=now, claim=claim, present=present, issues=False)


@begins_again
def _record_with_card(
    actor: Actor,
    draft: OrderDraft,
    cardless: Cardless,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[OrderView] | None,
) -> OrderView:
    """Issue what the customer gets by itself, and record their order, both or neither."""
    issuer = actor.acting_with("cards:write")
    try:
        with edge_unit_of_work(actor.chain_id):
            issue_with_order(issuer, cardless.customer_id, now=now, location_id=cardless.location_id)
            return _record(actor, draft, now=now, claim=claim, present=present, issues=False)
    except Refused as refused:
        if not isinstance(refused.refusal, CardExists):
            raise
    # Somebody issued it at the same instant.
    return _record(actor, draft, now=now, claim=claim, present=present, issues=False)


@retry_lost_races
@releasing
def _record(
    actor: Actor,
    draft: OrderDraft,
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[OrderView] | None,
    issues: bool = True,
) -> OrderView:
    with hot_unit_of_work(actor.chain_id) as cursor:
        purchase, terms, found = read_ground(cursor, actor, draft, now=now, claim=claim, locks=True)
        if found.recorded_id is not None:
            return _recorded_before(cursor, actor, draft, found.recorded_id, found.recorded_hash)
        customer_id = found.customer_id
        if purchase.phone is not None and customer_id is None:
            raise Newcomer(purchase.phone, terms.country, terms.zone, purchase.location_id)
        if issues and lacks_automatic_card(purchase, terms, found.person, found.cards):
            assert customer_id is not None
            raise Cardless(customer_id, purchase.location_id)
        purchase = for_a_short_time(purchase, terms, recorded_at=now, now=now)
        ground = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now)
        ground, decision = decided(cursor, actor, ground, now=now)
        refuse_other_total(ground, decision)
        view, booking = _booked(cursor, actor, ground, decision, customer_id=customer_id, now=now)
        referred_by = invite_buyer(cursor, actor.chain_id, purchase.referred_by, customer_id, now=now)
        new = NewOrder(actor, purchase, decision, view, ground.terms, referred_by)
        parts = [
            *new_order_parts([new], event=ORDER_RECORDED, now=now),
            *parts_of_codes(actor, ground.held, ground.buyer.holder_id, view, now=now),
        ]
        answer = answer_of(Asked(actor, draft, claim, present), view)
        try:
            post(cursor, actor, booking, answers=answer, also=parts, and_commit=True)
        except errors.UniqueViolation as problem:
            if problem.diag.constraint_name == "order_keys_pkey":
                # Somebody recorded the same order at the same instant: look again, it is there now.
                raise LostRace from problem
            raise
    return view


def _booked(
    cursor: HotCursor, actor: Actor, ground: Ground, decision: Decision, *, customer_id: UUID | None, now: datetime
) -> tuple[OrderView, list[Posting]]:
    purchase, terms = ground.purchase, ground.terms
    order_id = new_id()
    stage = stage_of(purchase.state, purchase.reserve_seconds, now)
    effects: tuple[Effect, ...]
    postings: list[Posting] = []
    rewards: tuple[EarnedReward, ...] = ()
    if purchase.state == "open":
        effects = planned(decision, terms, at=purchase.at, is_completed=False)
        if stage.reserved_until is not None:
            effects = set_aside(cursor, actor, effects, ground.account_of, terms, until=stage.reserved_until, now=now)
    else:
        by = By(order_id, actor.through, actor.staff_id, actor.key_id, purchase.location_id)
        booking = book_with_enough_lots(
            cursor, ground, decision, by, now=now, is_completed=purchase.state == "completed"
        )
        effects = tuple(booking.effects)
        postings, rewards = met(cursor, actor, booking.postings, terms, order_id=order_id, now=now)
    view = view_of(
        purchase,
        decision,
        terms,
        effects,
        order_id=order_id,
        customer_id=customer_id,
        card_id=purchase.card_id,
        stage=stage,
    )
    return structs.replace(view, rewards=rewards) if rewards else view, postings


def _recorded_before(
    cursor: HotCursor, actor: Actor, draft: OrderDraft, order_id: UUID, content_hash: bytes | None
) -> OrderView:
    """The order that has the external id, where it is the same order. Refuses: OrderExists."""
    found = find_order_hot(cursor, actor.chain_id, order_id)
    assert found is not None
    # Of an order of a place that is not theirs nobody hears more than that its number is taken.
    is_seen = may_see(actor, found.location_id)
    if content_hash != draft.content_hash or not is_seen:
        named = encode("ord", order_id) if is_seen else ""
        raise Refused(OrderExists(external_id=draft.external_id or "", order=named))
    return found
