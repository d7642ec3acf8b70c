"""Orders recorded in one transaction: those of a batch, and those that arrived at the same moment (DESIGN section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Invalid, Refusal, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.rules.posting import Posting
from regulars.orders.actions.booking import book_with_enough_lots, decided, refuse_other_total, stage_of
from regulars.orders.actions.goals import met
from regulars.orders.actions.in_turn import Aftermath, can_follow
from regulars.orders.actions.new_rows import new_order_parts
from regulars.orders.actions.read import at_own_place, ground_of
from regulars.orders.actions.rows import NewOrder
from regulars.orders.events import ORDER_RECORDED
from regulars.orders.queries.gather import Gathered, gather
from regulars.orders.queries.products import products_of
from regulars.orders.queries.terms import kept_terms, read_terms
from regulars.orders.rules.buyer import lacks_automatic_card
from regulars.orders.rules.command import OrderDraft, Purchase
from regulars.orders.rules.effects import By
from regulars.orders.rules.reading import read_order
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, view_of
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim, Present, StoredAnswer
from regulars.platform.hot import HotCursor, hot_unit_of_work

WAVES_MAX: Final = 10
"""In how many steps a transaction records what depends on each other; what is left then is recorded alone."""

Outcome = OrderView | Refusal | Answered


class NotTogether(Exception):
    """One of them cannot be recorded with the others after something was taken for it: each is recorded alone."""


class Asked(Struct, frozen=True):
    """An order that somebody asks to record, and how the answer is written that its idempotency key keeps."""

    actor: Actor
    draft: OrderDraft
    claim: Claim | None = None
    present: Present[OrderView] | None = None

    def presented_by(self, present: Present[OrderView]) -> "Asked":
        """The same, with an answer that is written in another way."""
        return structs.replace(self, present=present)


@dataclass(frozen=True, slots=True)
class _PutOff:
    """An order that comes in a later wave: what it touches, and whether it can be decided behind others that touch it."""

    touched: set[object]
    can_follow: bool


@dataclass(slots=True)
class _Wave:
    """Orders that are written in one statement: none has to be read behind another."""

    aftermath: Aftermath
    orders: list[NewOrder] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    answers: list[StoredAnswer] = field(default_factory=list)
    names: set[object] = field(default_factory=set)
    buyers: set[object] = field(default_factory=set)
    put_off: set[object] = field(default_factory=set)
    """What those touch that come in a later wave: whoever comes behind one of them comes later too."""


def record_together(asked: Sequence[Asked], *, now: datetime) -> dict[int, Outcome]:
    """Record orders of one chain in one transaction; what is not in the answer has to be recorded alone.

    Their claims are of one holder on one route. Raises what a transaction may fail with, and NotTogether: then nothing is
    recorded.
    """
    results: dict[int, Outcome] = {}
    chain_id = asked[0].actor.chain_id
    with hot_unit_of_work(chain_id) as cursor:
        terms = kept_terms(chain_id)
        is_fresh = terms is None
        if terms is None:
            terms = read_terms(cursor, chain_id)
        pending = list(range(len(asked)))
        put_off: dict[int, _PutOff] = {}
        left: set[object] = set()
        for _step in range(WAVES_MAX):
            if not pending:
                break
            at_once, waiting = _at_once(pending, put_off)
            read, refused = read_drafts(cursor, asked, at_once, terms, now=now)
            claims = [asked[at].claim for at in read]
            found = gather(cursor, chain_id, list(read.values()), terms, now=now, claims=claims, locks=True)
            if (refused and not is_fresh) or (found and found[0].stamp != terms.stamp):
                # What was kept may be older than what a request names.
                terms, is_fresh = read_terms(cursor, chain_id), True
                continue
            results |= refused
            wave = _Wave(Aftermath(terms, now=now))
            later = _decide(
                cursor, asked, wave, zip(read.items(), found, strict=True), terms, results, left=left, now=now
            )
            put_off |= later
            pending = sorted([*waiting, *later])
            if wave.orders:
                parts = new_order_parts(wave.orders, event=ORDER_RECORDED, now=now)
                actor = wave.orders[0].actor
                post(cursor, actor, wave.postings, answers=wave.answers, also=parts, and_commit=not pending)
            if cursor.is_committed:
                break
    return results


def _at_once(pending: Sequence[int], put_off: Mapping[int, _PutOff]) -> tuple[list[int], list[int]]:
    """Those that can share a wave by what is known of them, and the rest, which need not be read yet."""
    at_once: list[int] = []
    waiting: list[int] = []
    before: set[object] = set()
    behind: set[object] = set()
    for at in pending:
        one = put_off.get(at)
        if one is None:
            at_once.append(at)
        elif behind.isdisjoint(one.touched) and (one.can_follow or before.isdisjoint(one.touched)):
            at_once.append(at)
            before |= one.touched
        else:
            waiting.append(at)
            behind |= one.touched
    return at_once, waiting


def goes_with_others(draft: OrderDraft) -> bool:
    """Whether an order needs nothing that is done for one order only."""
    return draft.state != "open" and draft.referred_by is None and not any(one.is_gift_card for one in draft.spend)


def answer_of(asked: Asked, view: OrderView) -> list[StoredAnswer]:
    """What is kept for the key that came with an order: nothing where none did."""
    if asked.claim is None or asked.present is None:
        return []
    status, text = asked.present(view)
    return [asked.claim.answered(status=status, answer=text)]


def read_drafts(
    cursor: HotCursor, asked: Sequence[Asked], which: Iterable[int], terms: Terms, *, now: datetime
) -> tuple[dict[int, Purchase], dict[int, Refusal]]:
    """Read those of the orders by the terms of their chain: those that can be read, and why the others cannot."""
    drafts = {at: asked[at].draft for at in which}
    lines = [line for draft in drafts.values() for line in draft.lines]
    products = products_of(cursor, asked[0].actor.chain_id, terms, lines)
    read: dict[int, Purchase] = {}
    refused: dict[int, Refusal] = {}
    for at, draft in drafts.items():
        try:
            purchase = read_order(at_own_place(asked[at].actor, draft, terms), terms, now=now, products=products)
        except Refused as problem:
            refused[at] = problem.refusal
            continue
        if isinstance(purchase, Invalid):
            refused[at] = purchase
        else:
            read[at] = purchase
    return read, refused


def _decide(
    cursor: HotCursor,
    asked: Sequence[Asked],
    wave: _Wave,
    read: Iterable[tuple[tuple[int, Purchase], Gathered]],
    terms: Terms,
    results: dict[int, Outcome],
    *,
    left: set[object],
    now: datetime,
) -> dict[int, _PutOff]:
    """Decide what can be decided together; those that have to be read behind one of these are answered.

    `left` is what those touch that are recorded alone, after this: whoever comes behind one of them is left to that as well.
    """
    later: dict[int, _PutOff] = {}
    for (at, purchase), read_now in read:
        names, buyer = _names(purchase, asked[at].claim), _buyer(purchase, read_now)
        touched = names | buyer
        follows, may_follow = not wave.buyers.isdisjoint(buyer), can_follow(purchase, terms)
        if not wave.put_off.isdisjoint(touched) or not wave.names.isdisjoint(names) or (follows and not may_follow):
            wave.put_off |= touched
            later[at] = _PutOff(touched, may_follow)
            continue
        wave.names |= names
        wave.buyers |= buyer
        found = wave.aftermath.seen_by(read_now) if follows else read_now
        if found.answered is not None:
            results[at] = Answered(found.answered)
            continue
        if not left.isdisjoint(touched):
            left |= touched
            continue
        if (
            not goes_with_others(asked[at].draft)
            or found.recorded_id is not None
            or (purchase.phone is not None and found.customer_id is None)
            or lacks_automatic_card(purchase, terms, found.person, found.cards)
            or purchase.presents(terms.compiled.codes)
        ):
            # What is done for one order only, the answer of one that is there, a customer or a card to be made first, codes.
            left |= touched
            continue
        try:
            new = _decide_one(cursor, asked[at].actor, wave, purchase, terms, found, now=now)
        except Refused as refused:
            if terms.counted or terms.kept:
                # Something may have been taken of a limit for it.
                raise NotTogether from refused
            results[at] = refused.refusal
            continue
        wave.answers += answer_of(asked[at], new.view)
        results[at] = new.view
    return later


def _buyer(purchase: Purchase, found: Gathered) -> set[object]:
    """Whose orders are decided one after another: the customer, by cards and phone as well."""
    buyer: set[object] = {card.id for card in found.cards}
    if found.person is not None:
        buyer.add(found.person.id)
    if purchase.phone is not None:
        buyer.add(purchase.phone)
    return buyer


def _names(purchase: Purchase, claim: Claim | None) -> set[object]:
    """What says that two orders are the same one: external id, key."""
    names: set[object] = set()
    if purchase.external_id is not None:
        names.add(("external id", purchase.external_id))
    if claim is not None:
        names.add(("key", claim.key))
    return names


def _decide_one(
    cursor: HotCursor, actor: Actor, wave: _Wave, purchase: Purchase, terms: Terms, found: Gathered, *, now: datetime
) -> NewOrder:
    """Decide an order and take it into the wave, behind those that it holds already."""
    ground = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now)
    ground, decision = decided(cursor, actor, ground, now=now)
    refuse_other_total(ground, decision)
    order_id: UUID = new_id()
    by = By(order_id, actor.through, actor.staff_id, actor.key_id, purchase.location_id)
    booking = book_with_enough_lots(cursor, ground, decision, by, now=now, is_completed=purchase.state == "completed")
    postings, rewards = met(cursor, actor, booking.postings, ground.terms, order_id=order_id, now=now)
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
    if rewards:
        view = structs.replace(view, rewards=rewards)
    new = NewOrder(actor, purchase, decision, view, ground.terms)
    wave.orders.append(new)
    wave.postings += postings
    wave.aftermath.add(new, booking, found.person)
    return new
