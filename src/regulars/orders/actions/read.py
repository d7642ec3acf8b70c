"""The first half of every order: read it by the terms of its chain and gather what it is decided on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from regulars.codes.rules.space import CodeOwner
from regulars.kernel.refusal import FieldProblem, Invalid, Refusal, Refused
from regulars.orders.actions.guessing import note_wrong
from regulars.orders.actions.lapsed import release_first
from regulars.orders.queries.birthdays import birthday_of
from regulars.orders.queries.brought import NOTHING_HELD, Held, Whose, bring, kept_too_long, with_vouchers
from regulars.orders.queries.gather import Gathered, gather
from regulars.orders.queries.histories import histories_of
from regulars.orders.queries.products import products_of
from regulars.orders.queries.referrals import was_invited
from regulars.orders.queries.terms import kept_terms, read_terms
from regulars.orders.rules.buyer import find_buyer
from regulars.orders.rules.command import OrderDraft, Purchase
from regulars.orders.rules.decide import Buyer, Decision, decide
from regulars.orders.rules.reading import read_order
from regulars.orders.rules.terms import PromotionTerms, Terms
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim
from regulars.platform.hot import HotCursor
from regulars.promotions.queries.kept import kept_by
from regulars.promotions.queries.uses import uses_of
from regulars.promotions.rules.facts import Need, Uses

TERMS_READ_MAX: Final = 5
"""How often in a row the rules of a chain may change under an order before it gives up."""


class Ground(Struct, frozen=True):
    """What an order is decided on: the order as it was read, the terms, the facts, who buys, what limits are used."""

    purchase: Purchase
    terms: Terms
    found: Gathered
    buyer: Buyer
    uses: Mapping[str, Uses]
    carried: Mapping[str, int]
    held: Held = NOTHING_HELD
    """What its codes belong to."""

    @property
    def account_of(self) -> dict[tuple[UUID, UUID], UUID]:
        """The account of each card and balance type that was read."""
        return {
            (card.id, balance.balance_type_id): balance.account_id
            for card in self.found.cards
            for balance in card.balances
        }

    def decide(self) -> Decision:
        """The decision on it. Refuses: what `rules.decide` does."""
        outcome = decide(
            self.purchase, self.terms, self.buyer, uses=self.uses, carried=self.carried, brought=self.held.brought
        )
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        return outcome


def read_ground(
    cursor: HotCursor,
    actor: Actor,
    draft: OrderDraft,
    *,
    now: datetime,
    claim: Claim | None = None,
    locks: bool,
    trying: PromotionTerms | None = None,
) -> tuple[Purchase, Terms, Gathered]:
    """Read an order and gather what it depends on, by the terms that hold at this moment.

    `trying` is a promotion that is asked as if it ran. Refuses: Invalid. Raises Answered where the key was used before.
    """
    terms = kept_terms(actor.chain_id)
    for _attempt in range(TERMS_READ_MAX):
        is_fresh = terms is None
        if terms is None:
            terms = read_terms(cursor, actor.chain_id)
        if trying is not None:
            terms = terms.trying(trying)
        products = products_of(cursor, actor.chain_id, terms, draft.lines)
        purchase = read_order(at_own_place(actor, draft, terms), terms, now=now, products=products)
        if isinstance(purchase, Invalid):
            if is_fresh:
                raise Refused(purchase)
            # What was kept may be older than what the request names.
            terms = None
            continue
        (found,) = gather(cursor, actor.chain_id, [purchase], terms, now=now, claims=[claim], locks=locks)
        if found.answered is not None:
            raise Answered(found.answered)
        if found.stamp == terms.stamp:
            return purchase, terms, found
        terms = None
    raise AssertionError("the rules of a chain do not change that often")


def ground_of(
    cursor: HotCursor,
    chain_id: UUID,
    purchase: Purchase,
    terms: Terms,
    found: Gathered,
    *,
    now: datetime,
    order_id: UUID | None = None,
    is_asking: bool = False,
) -> Ground:
    """Who buys, by which terms, and what is used of the limits that count; `order_id` is an order that was open.

    Whoever was promised something that runs otherwise now keeps it (ORD-13). Who `is_asking` takes nothing of a limit, and so
    does not give back what others held too long: it counts as free. Refuses: what `rules.find_buyer` does.
    """
    buyer = find_buyer(purchase, terms, found.person, found.cards)
    if isinstance(buyer, Refusal):
        raise Refused(buyer)
    picked = {card.id for card in buyer.picked.values()}
    asked = {one.id for one in terms.kept if one.until > now}
    if asked:
        subjects = {*picked, *(one for one in (buyer.holder_id, order_id) if one)}
        terms = terms.keeping(kept_by(cursor, chain_id, subjects, asked, now=now), now)
    if buyer.customer is not None and buyer.holder_id is not None and terms.compiled.histories:
        histories = histories_of(cursor, terms.compiled.histories, holder_id=buyer.holder_id, zone=terms.zone)
        buyer = structs.replace(buyer, customer=replace(buyer.customer, histories=histories))
    if buyer.customer is not None and Need.BIRTHDAY in terms.compiled.needs and buyer.holder_id is not None:
        birthday = birthday_of(cursor, buyer.holder_id)
        buyer = structs.replace(buyer, customer=replace(buyer.customer, birthday=birthday))
    if Need.REFERRAL in terms.compiled.needs and buyer.customer is not None:
        is_invited = purchase.referred_by is not None or was_invited(cursor, found.customer_id)
        buyer = structs.replace(buyer, customer=replace(buyer.customer, is_invited=is_invited))
    held = NOTHING_HELD
    if purchase.presents(terms.compiled.codes):
        whose = _whose(purchase, found, buyer)
        held = _brought(cursor, chain_id, purchase, terms, whose, found.owners, now=now, is_asking=is_asking)
        terms = with_vouchers(terms, held)
    return Ground(
        purchase=purchase,
        terms=terms,
        found=found,
        buyer=buyer,
        uses=read_uses(cursor, terms, buyer, purchase, asked_at=now if is_asking else None),
        carried={promotion: money for (promotion, card_id), money in found.carried.items() if card_id in picked},
        held=held,
    )


def _whose(purchase: Purchase, found: Gathered, buyer: Buyer) -> Whose:
    return Whose(
        customer_id=found.customer_id,
        holder_id=buyer.holder_id,
        card_ids=frozenset(card.id for card in found.cards),
        location_id=purchase.location_id,
    )


def _brought(
    cursor: HotCursor,
    chain_id: UUID,
    purchase: Purchase,
    terms: Terms,
    whose: Whose,
    owners: Mapping[str, CodeOwner],
    *,
    now: datetime,
    is_asking: bool,
) -> Held:
    """What the codes of an order belong to; what an open order keeps too long is given back first, or taken for free.

    Refuses: UnknownCode and what stands against paying with a gift card. Raises KeptTooLong.
    """
    held = bring(cursor, chain_id, purchase, terms, whose, owners, now=now, locks=not is_asking)
    if held.taken and is_asking:
        free = kept_too_long(cursor, chain_id, held.taken, now=now)
        if free:
            held = bring(cursor, chain_id, purchase, terms, whose, owners, now=now, locks=False, free=free)
    elif held.taken:
        release_first(cursor, chain_id, now=now, owner_ids=held.taken)
    note_wrong(held)
    if held.refusal is not None:
        raise Refused(held.refusal)
    return held


def read_uses(
    cursor: HotCursor, terms: Terms, buyer: Buyer, purchase: Purchase, *, asked_at: datetime | None = None
) -> dict[str, Uses]:
    """How much is used of the limits that count, at this moment; no query where none does."""
    day = day_of(purchase, terms)
    return uses_of(cursor, terms.counted, holder_id=buyer.holder_id, day=day, asked_at=asked_at)


def day_of(purchase: Purchase, terms: Terms) -> date:
    """The day of an order at its location, which limits per day go by."""
    return purchase.moment.astimezone(terms.zone_at(purchase.location_id)).date()


def at_own_place(actor: Actor, draft: OrderDraft, terms: Terms) -> OrderDraft:
    """An order of staff who work at some places only happens at one of these; unnamed, at the only one.

    A place that the actor may not act in is as missing as one that is not there. Refuses: Invalid.
    """
    own = actor.location_ids
    if own is None:
        return draft
    if draft.location is None:
        if len(own) != 1:
            return draft
        name = next((name for name, place in terms.places.items() if place.id in own), None)
        return structs.replace(draft, location=name)
    place = terms.places.get(draft.location)
    if place is not None and place.id not in own:
        problem = FieldProblem("/location", "unknown_location", "There is no such location.")
        raise Refused(Invalid(errors=(problem,)))
    return draft
