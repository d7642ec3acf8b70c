"""What an order costs, what balances pay of it, and what it earns, with why or why not for every promotion (ORD-2 to ORD-7).

Pure: the quote, the recording under lock, and the later question "why did I get no points?" are this one call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from regulars.kernel.refusal import Refusal
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.presented import NOTHING_BROUGHT, Brought, Use, told_with_codes, unlocking, uses_of
from regulars.orders.rules.reasons import id_of
from regulars.orders.rules.spending import GiftSpend, Purse, Spend, bill_of, plan_spends, spendable_of
from regulars.orders.rules.terms import CardTypeTerms, PromotionTerms, Terms
from regulars.orders.rules.visits import VisitSpend, plan_visits
from regulars.promotions.errors import LoyaltyOff
from regulars.promotions.rules.evaluate import CODE_MISSING, evaluate
from regulars.promotions.rules.facts import Customer, Facts, Uses
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced, Reason
from regulars.promotions.rules.promotion import Compiled


class Balance(Struct, frozen=True):
    """One account of a card as it was read: `available` can be spent now."""

    account_id: UUID
    balance_type_id: UUID
    available: int


class Holding(Struct, frozen=True):
    """A card that takes part, with its balances."""

    id: UUID
    card_type: CardTypeTerms
    is_blank: bool
    balances: tuple[Balance, ...]
    issued_order: UUID
    """Later issued, larger: its id."""

    @property
    def available(self) -> int:
        """What can be spent of all its balances: what CRD-2 compares."""
        return sum(one.available for one in self.balances)


class Buyer(Struct, frozen=True):
    """Who buys: the customer, where one is known, and the cards that take part, by CRD-2 in each program."""

    customer: Customer | None
    holdings: tuple[Holding, ...]
    """Cards that may pay, the picked one of each program first."""
    picked: Mapping[UUID, Holding]
    """The card of each program that earns."""
    holder_id: UUID | None = None
    """Whom limits count: the customer, or the card that nobody has claimed."""
    takes_part: bool = True
    """False where loyalty is switched off for the customer (CUS-4)."""


NOBODY: Final = Buyer(None, (), {})


class Earn(Struct, frozen=True):
    """Units that a promotion brings to a balance of a card; `carried` is money that waits for the next block."""

    promotion_id: UUID
    card_id: UUID
    balance_type_id: UUID
    units: int
    carried: int = 0


class Cost(Struct, frozen=True):
    """Units that a promotion takes from a balance in return for what it gives."""

    promotion_id: UUID
    card_id: UUID
    account_id: UUID
    balance_type_id: UUID
    units: int


class Decision(Struct, frozen=True):
    """An order decided: its price with a verdict for every promotion, and what happens on which balance."""

    facts: Facts
    priced: Priced
    spends: tuple[Spend, ...] = ()
    spendable: tuple[Spend, ...] = ()
    costs: tuple[Cost, ...] = ()
    earns: tuple[Earn, ...] = ()
    paid_with_points: int = 0
    """Money paid with points that did not earn."""
    holder_id: UUID | None = None
    gifts: tuple[GiftSpend, ...] = ()
    """What gift cards pay."""
    visits: tuple[VisitSpend, ...] = ()
    """What memberships pay."""
    codes: tuple[Use, ...] = ()
    """What came of each code."""
    slogans: tuple[str, ...] = ()
    """The codes that belong to nothing by themselves: promotions know them."""

    @property
    def total(self) -> int:
        """What is to be paid, by whatever means."""
        return self.priced.total

    @property
    def paid_by_balances(self) -> int:
        """What points and deposits pay of it."""
        return sum(one.money for one in self.spends)


NO_CARD: Final = Reason("no_card")
LOYALTY_OFF: Final = Reason("loyalty_off")


def decide(
    purchase: Purchase,
    terms: Terms,
    buyer: Buyer,
    *,
    uses: Mapping[str, Uses],
    carried: Mapping[str, int],
    brought: Brought = NOTHING_BROUGHT,
) -> Decision | Refusal:
    """Decide an order: what it costs, what memberships, balances and gift cards pay, what it earns.

    Refuses: LoyaltyOff, InsufficientBalance, SpendLimited, SpendNeedsCard, GiftCardShort, GiftCardLimited.
    """
    if purchase.wishes and not buyer.takes_part:
        return LoyaltyOff()
    shut_out = _without_card(terms, buyer)
    compiled = _less(terms.compiled, shut_out)
    facts = facts_of(purchase, terms, buyer, uses=uses, carried=carried)
    if brought.presented:
        facts = replace(facts, codes=unlocking(brought.presented).union(brought.slogans))
    priced = evaluate(facts, compiled)
    bill = bill_of(facts, priced)
    visits: tuple[VisitSpend, ...] = ()
    if brought.memberships:
        visits, bill = plan_visits(bill, facts.lines, brought.memberships)
    costs = _costs(terms, buyer, priced)
    purses = _purses(terms, buyer, costs)
    by_type: dict[UUID, list[Purse]] = {}
    for purse in purses:
        by_type.setdefault(purse.balance.id, []).append(purse)
    paid = plan_spends(
        bill,
        purchase.wishes,
        by_type,
        terms.balances,
        gifts=brought.purses,
        currency_decimals=terms.currency_decimals,
    )
    if isinstance(paid, Refusal):
        return paid
    spends = paid.spends
    by_points = sum(one.money for one in spends if terms.balances[one.balance_type_id].kind == "points")
    priced, not_earning = _less_points(facts, compiled, terms, priced, by_points)
    priced = _in_order(terms, priced, shut_out)
    codes: tuple[Use, ...] = ()
    if brought.presented:
        rules = {name: one.rule for name, one in terms.promotions.items()}
        codes = uses_of(brought.presented, priced, rules, brought.slogans)
        priced = told_with_codes(priced, codes, rules, CODE_MISSING)
    return Decision(
        facts=facts,
        priced=priced,
        spends=spends,
        spendable=spendable_of(bill, purses, currency_decimals=terms.currency_decimals),
        costs=costs,
        earns=_earns(terms, buyer, priced),
        paid_with_points=not_earning,
        holder_id=buyer.holder_id,
        gifts=paid.gifts,
        visits=visits,
        codes=codes,
        slogans=brought.slogans,
    )


def facts_of(
    purchase: Purchase,
    terms: Terms,
    buyer: Buyer,
    *,
    uses: Mapping[str, Uses],
    carried: Mapping[str, int],
) -> Facts:
    """What promotions see of an order."""
    spendable = {
        str(one.balance_type_id): one.available for holding in buyer.picked.values() for one in holding.balances
    }
    return Facts(
        lines=purchase.lines,
        at=purchase.moment.astimezone(terms.zone_at(purchase.location_id)),
        shipping=purchase.shipping,
        shipping_method=purchase.shipping_method,
        tips=purchase.tips,
        location=str(purchase.location_id) if purchase.location_id else "",
        channel=purchase.channel,
        contact_point=purchase.contact_point,
        codes=frozenset(purchase.codes),
        customer=buyer.customer,
        prices_include_tax=terms.prices_include_tax,
        uses=uses,
        balances=spendable if buyer.takes_part else {},
        carried=carried,
    )


def _without_card(terms: Terms, buyer: Buyer) -> dict[str, Reason]:
    """The promotions that take a card, where there is none for them."""
    shut_out = {}
    for name, promotion in terms.promotions.items():
        if not promotion.needs_card:
            continue
        if not buyer.takes_part:
            shut_out[name] = LOYALTY_OFF
        elif not _has_card(promotion, buyer):
            shut_out[name] = NO_CARD
    return shut_out


def _has_card(promotion: PromotionTerms, buyer: Buyer) -> bool:
    card = buyer.picked.get(promotion.program_id)
    if card is None:
        return False
    if card.is_blank and promotion.rule.cost is not None:
        return False
    return promotion.card_type_ids is None or card.card_type.id in promotion.card_type_ids


def _less(compiled: Compiled, shut_out: Mapping[str, Reason]) -> Compiled:
    if not shut_out:
        return compiled
    return replace(compiled, promotions=tuple([one for one in compiled.promotions if one.id not in shut_out]))


def _less_points(facts: Facts, compiled: Compiled, terms: Terms, priced: Priced, by_points: int) -> tuple[Priced, int]:
    """The price again where points paid and programs let that part earn nothing; what did not earn."""
    if not by_points or not compiled.promotions:
        return priced, 0
    again = evaluate(facts, compiled, paid_with_points=by_points)
    verdicts = tuple(
        full if terms.earns_on_points(full.promotion) else less
        for full, less in zip(priced.verdicts, again.verdicts, strict=True)
    )
    return structs.replace(again, verdicts=verdicts), by_points


def _in_order(terms: Terms, priced: Priced, shut_out: Mapping[str, Reason]) -> Priced:
    """Verdicts for all promotions, in the order in which they are asked."""
    if not shut_out:
        return priced
    found: dict[str, Applied | NotApplied] = {verdict.promotion: verdict for verdict in priced.verdicts}
    return structs.replace(
        priced,
        verdicts=tuple(
            NotApplied(one.id, shut_out[one.id]) if one.id in shut_out else found[one.id]
            for one in terms.compiled.promotions
        ),
    )


def _costs(terms: Terms, buyer: Buyer, priced: Priced) -> tuple[Cost, ...]:
    costs = []
    for verdict in priced.verdicts:
        if not isinstance(verdict, Applied):
            continue
        promotion = terms.promotions[verdict.promotion]
        for name, units in verdict.cost:
            card = buyer.picked[promotion.program_id]
            account = next(one for one in card.balances if str(one.balance_type_id) == name)
            costs.append(Cost(promotion.id, card.id, account.account_id, account.balance_type_id, units))
    return tuple(costs)


def _purses(terms: Terms, buyer: Buyer, costs: Sequence[Cost]) -> tuple[Purse, ...]:
    """The balances that could pay, in the order in which they do, less what promotions cost."""
    if not buyer.takes_part:
        return ()
    taken: dict[UUID, int] = {}
    for cost in costs:
        taken[cost.account_id] = taken.get(cost.account_id, 0) + cost.units
    return tuple(
        Purse(
            card_id=holding.id,
            account_id=one.account_id,
            card_type=holding.card_type,
            balance=balance,
            available=one.available - taken.get(one.account_id, 0),
        )
        for holding in buyer.holdings
        if not holding.is_blank
        for one in holding.balances
        if (balance := terms.balances.get(one.balance_type_id)) is not None and balance.is_payment
    )


def _earns(terms: Terms, buyer: Buyer, priced: Priced) -> tuple[Earn, ...]:
    earns = []
    for verdict in priced.verdicts:
        if not isinstance(verdict, Applied) or not verdict.earned:
            continue
        promotion = terms.promotions[verdict.promotion]
        card = buyer.picked[promotion.program_id]
        earns += [
            Earn(promotion.id, card.id, id_of(one.balance_type), one.amount, one.carried) for one in verdict.earned
        ]
    return tuple(earns)
