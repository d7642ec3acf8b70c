"""What an order without a card earns on one that came later, by the versions of promotions that priced it (ORD-3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from msgspec import structs

from regulars.orders.rules.decide import NO_CARD, Earn
from regulars.orders.rules.presented import own_promotion
from regulars.orders.rules.reasons import Verdict, id_of
from regulars.orders.rules.snapshot import Seen
from regulars.orders.rules.view import OrderView
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Uses
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced, Reason
from regulars.promotions.rules.promotion import Promotion, PublishedVersion, compile_promotions


@dataclass(frozen=True, slots=True)
class LateCard:
    """A card that its customer got after they had ordered without one."""

    id: UUID
    number: str
    card_type_id: UUID
    program_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An order as it is with the card: what promotions saw and said, and what those that waited for it bring."""

    seen: Seen
    verdicts: tuple[Verdict, ...]
    applied: tuple[Applied, ...]
    earns: tuple[Earn, ...]


Versions = Mapping[UUID, PublishedVersion]


def waiting_for(order: OrderView, versions: Versions, card: LateCard) -> frozenset[UUID]:
    """The promotions that only lacked this card.

    One that takes something off, or costs something, gives nothing afterwards: what was paid stays as it was. Nor does one
    that would have stood against what another had given, or would not have suffered another beside it.
    """
    missed = {one.promotion_id for one in order.verdicts if not one.is_applied and one.steps == (NO_CARD,)}
    given = [versions[one.promotion_id] for one in order.verdicts if one.is_applied and one.promotion_id in versions]
    if any(one.rule.stands_alone for one in given):
        return frozenset()
    groups = {one.rule.group for one in given if one.rule.group}
    return frozenset(
        promotion_id
        for promotion_id in missed
        if (version := versions.get(promotion_id)) is not None
        and version.program_id == card.program_id
        and (version.card_type_ids is None or card.card_type_id in version.card_type_ids)
        and not version.rule.benefits
        and version.rule.cost is None
        and version.rule.group not in groups
        and not (version.rule.stands_alone and given)
    )


def take_over(
    order: OrderView,
    versions: Versions,
    card: LateCard,
    *,
    uses: Mapping[str, Uses],
    carried: Mapping[str, int],
    earns_on_points: bool,
) -> TakenOver | None:
    """Decide again what waited for the card, on the ground of that time; None where nothing did.

    `uses` are those of the limits now, `carried` the money that waits for the next full block on the card. What had been
    given stays as it was given.
    """
    seen = order.seen
    wanted = waiting_for(order, versions, card)
    if not wanted or seen is None or seen.facts.customer is None:
        return None
    customer = seen.facts.customer
    facts = replace(
        seen.facts,
        customer=replace(customer, card_types=customer.card_types | {str(card.card_type_id)}),
        uses={**seen.facts.uses, **uses},
        carried={**seen.facts.carried, **carried},
    )
    rules = {promotion_id: version.rule for promotion_id, version in versions.items()} | _of_vouchers(order)
    asked = [
        rules[one.promotion_id]
        for one in order.verdicts
        if one.promotion_id in rules and (one.is_applied or one.promotion_id in wanted)
    ]
    priced = evaluate(
        facts, compile_promotions(asked), paid_with_points=0 if earns_on_points else seen.paid_with_points
    )
    said = {UUID(one.promotion): one for one in priced.verdicts if UUID(one.promotion) in wanted}
    applied = tuple(one for one in said.values() if isinstance(one, Applied))
    return TakenOver(
        seen=replace(seen, facts=facts),
        verdicts=tuple(_told(one, said.get(one.promotion_id), card) for one in order.verdicts),
        applied=applied,
        earns=_earns(priced, wanted, card),
    )


def _of_vouchers(order: OrderView) -> dict[UUID, Promotion]:
    """The discounts that vouchers brought by themselves: no version is published of them."""
    return {
        one.owner_id: own_promotion(one.owner_id, one.benefit, currency_decimals=order.currency_decimals)
        for one in order.redemptions
        if one.kind == "voucher" and one.owner_id and one.benefit
    }


def _told(before: Verdict, now: Applied | NotApplied | None, card: LateCard) -> Verdict:
    match now:
        case None:
            return before
        case NotApplied(reason=reason):
            return structs.replace(before, steps=(reason,))
        case Applied(earned=earned):
            return structs.replace(
                before,
                is_applied=True,
                steps=(Reason("taken_over", {"card": card.number}), *(step for one in earned for step in one.steps)),
                earned=tuple((id_of(one.balance_type), one.amount) for one in earned),
            )


def _earns(priced: Priced, wanted: frozenset[UUID], card: LateCard) -> tuple[Earn, ...]:
    return tuple(
        Earn(UUID(verdict.promotion), card.id, id_of(one.balance_type), one.amount, one.carried)
        for verdict in priced.verdicts
        if isinstance(verdict, Applied) and UUID(verdict.promotion) in wanted
        for one in verdict.earned
    )
