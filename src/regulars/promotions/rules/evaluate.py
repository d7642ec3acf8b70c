"""What an order gets, and for every promotion why or why not (ORD-3, ORD-5, ORD-7, ORD-15).

The conventions stand in docs/why/pricing.md: discounts one after another, each on what the earlier ones left; then tax;
then earning on what is paid.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import sub

from msgspec import Struct
from msgspec.structs import replace

from regulars.kernel.shares import Ratio, share_out
from regulars.promotions.rules.benefits import NO_LIMIT, NO_PRODUCTS, Room
from regulars.promotions.rules.earnings import Gain, paid_of, rounded
from regulars.promotions.rules.facts import NOT_USED, Facts, Left
from regulars.promotions.rules.outcome import Applied, Cut, Earned, NotApplied, Priced, Reason
from regulars.promotions.rules.products import choose
from regulars.promotions.rules.promotion import UNLIMITED, Compiled, Promotion
from regulars.promotions.rules.taxes import tax_of


def evaluate(facts: Facts, compiled: Compiled, *, paid_with_points: int = 0) -> Priced:
    """Price an order: every promotion in turn, then tax, then what is earned.

    `paid_with_points` is money that was paid with points and does not earn. Verdicts stand in the order in which the
    promotions were asked.
    """
    candidates, verdicts = _let_one_stand_alone(facts, compiled)
    left = _discount(facts, candidates, verdicts)
    _earn(facts, candidates, left, verdicts, paid_with_points)
    return _priced(facts, left, tuple([verdicts[one.id] for one in compiled.promotions]))


NO_UNITS = Ratio(0)
CODE_MISSING = Reason("code_missing")
Verdicts = dict[str, Applied | NotApplied]


def _let_one_stand_alone(facts: Facts, compiled: Compiled) -> tuple[tuple[Promotion, ...], Verdicts]:
    """The promotions that are asked, and verdicts for those that another one shuts out."""
    if not compiled.alone:
        return compiled.promotions, {}
    winner = _best(facts, facts.untouched, compiled.alone)
    if winner is None:
        return compiled.promotions, {}
    shut_out = Reason("shut_out", {"by": winner.id})
    verdicts: Verdicts = {one.id: NotApplied(one.id, shut_out) for one in compiled.promotions if one.id != winner.id}
    return (winner,), verdicts


def _best(facts: Facts, left: Left, promotions: Sequence[Promotion]) -> Promotion | None:
    """The one that applies: highest priority, then best for the customer, then first; None where none gives anything."""
    best: tuple[int, int] | None = None
    found: Promotion | None = None
    for one in promotions:
        worth = _worth(facts, left, one)
        if worth and (best is None or (one.priority, worth) > best):
            best, found = (one.priority, worth), one
    return found


def _worth(facts: Facts, left: Left, promotion: Promotion) -> int:
    """What a promotion would give now: money, or, where it takes nothing off, units."""
    judged = _judge(facts, left, promotion)
    if type(judged) is Reason:
        return 0
    if judged.total:
        return judged.total
    paid, chosen, carried = paid_of(facts, left), choose(promotion.products, facts, left), _carried(facts, promotion)
    units = sum(
        rounded(gain.units, earning.rounding)
        for earning in promotion.earnings
        if type(gain := earning.earn(facts, paid, chosen, carried)) is Gain
    )
    return units or len(promotion.multipliers)


def _discount(facts: Facts, candidates: tuple[Promotion, ...], verdicts: Verdicts) -> Left:
    """Ask every promotion in turn; one without benefits is only looked at for whether it applies, when earning comes."""
    left = facts.untouched
    for promotion in candidates:
        if promotion.id in verdicts or not promotion.benefits:
            continue
        if promotion.group:
            _decide_group(facts, left, candidates, promotion.group, verdicts)
            if promotion.id in verdicts:
                continue
        judged = _judge(facts, left, promotion)
        if type(judged) is Reason:
            verdicts[promotion.id] = NotApplied(promotion.id, judged)
        else:
            verdicts[promotion.id] = Applied(promotion.id, judged, cost=_cost_of(promotion))
            left = _after(left, judged)
    return left


def _decide_group(facts: Facts, left: Left, candidates: tuple[Promotion, ...], group: str, verdicts: Verdicts) -> None:
    """When the first of a group is asked, all of it is decided: the losers get their verdict here."""
    members = [one for one in candidates if one.group == group and one.id not in verdicts]
    if any(one.group == group and type(verdicts.get(one.id)) is Applied for one in candidates):
        return
    winner = _best(facts, left, members)
    if winner is None:
        return
    for one in members:
        if one.id != winner.id:
            judged = _judge(facts, left, one)
            reason = judged if type(judged) is Reason else Reason("better_one", {"by": winner.id})
            verdicts[one.id] = NotApplied(one.id, reason)


def _cost_of(promotion: Promotion) -> tuple[tuple[str, int], ...]:
    return (promotion.cost,) if promotion.cost else ()


def _judge(facts: Facts, left: Left, promotion: Promotion) -> Cut | Reason:
    """What a promotion takes off now, or the first thing that stands against it."""
    if promotion.codes and promotion.codes.isdisjoint(facts.codes):
        return CODE_MISSING
    chosen = choose(promotion.products, facts, left)
    for condition in promotion.conditions:
        reason = condition.check(facts, left, chosen)
        if reason is not None:
            return reason
    room = NO_LIMIT
    if promotion.limits is not UNLIMITED:
        reason = used_up(facts, promotion)
        if reason is not None:
            return reason
        room = _room(facts, promotion)
    if promotion.cost is not None and facts.balances.get(promotion.cost[0], 0) < promotion.cost[1]:
        balance_type, units = promotion.cost
        return Reason("balance_short", {"of": balance_type, "wanted": units})
    return _cut(facts, left, promotion, chosen, room)


def used_up(facts: Facts, promotion: Promotion) -> Reason | None:
    """The limit of a promotion that is used up, or None."""
    limits = promotion.limits
    if limits.is_personal and facts.customer is None:
        return Reason("customer_required")
    uses = facts.uses.get(promotion.id, NOT_USED)
    for code, limit, used in (
        ("limit_total", limits.total, uses.total),
        ("limit_per_customer", limits.per_customer, uses.by_customer),
        ("limit_per_day", limits.per_day, uses.today),
        ("limit_discount", limits.discount, uses.discount),
        ("limit_units", limits.units, uses.units),
        ("limit_earned_per_day", limits.earned_per_day, uses.earned_today),
    ):
        if limit is not None and used >= limit:
            values: dict[str, object] = {"limit": limit, "used": used}
            if code == "limit_earned_per_day" and promotion.earnings:
                values["of"] = promotion.earnings[0].balance_type
            return Reason(code, values)
    return None


def _room(facts: Facts, promotion: Promotion) -> Room:
    units = promotion.limits.units
    if units is not None:
        units -= facts.uses.get(promotion.id, NOT_USED).units
    return Room(units=units, count=promotion.limits.per_order)


def _cut(facts: Facts, left: Left, promotion: Promotion, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
    """All benefits of a promotion, each on what the one before left, within its budget."""
    benefits = promotion.benefits
    if not benefits:
        return Cut((0,) * len(facts.lines))
    if not promotion.counts_units_once:
        left = replace(left, units=facts.untouched.units)
    if len(benefits) == 1:
        cut = benefits[0].cut(facts, left, chosen, room)
        if type(cut) is Reason or promotion.limits is UNLIMITED:
            return cut
        return _within_budget(facts, promotion, cut)
    cuts: list[Cut] = []
    why: Reason = NO_PRODUCTS
    for benefit in benefits:
        cut = benefit.cut(facts, left, chosen, room)
        if type(cut) is Reason:
            why = why if cuts else cut
        else:
            cuts.append(cut)
            left = _after(left, cut)
    if not cuts:
        return why
    return _within_budget(facts, promotion, cuts[0] if len(cuts) == 1 else _together(cuts))


def _together(cuts: list[Cut]) -> Cut:
    nothing = (0,) * len(cuts[0].lines)
    return Cut(
        lines=tuple(sum(parts) for parts in zip(*(cut.lines for cut in cuts), strict=True)),
        shipping=sum(cut.shipping for cut in cuts),
        units=tuple(sum(parts) for parts in zip(*(cut.units or nothing for cut in cuts), strict=True)),
        count=max(cut.count for cut in cuts),
        steps=tuple(step for cut in cuts for step in cut.steps),
    )


def _within_budget(facts: Facts, promotion: Promotion, cut: Cut) -> Cut:
    budget = promotion.limits.discount
    if budget is None:
        return cut
    rest = budget - facts.uses.get(promotion.id, NOT_USED).discount
    if cut.total <= rest:
        return cut
    shares = share_out(rest, [*cut.lines, cut.shipping])
    step = Reason("budget_ends", {"rest": rest, "wanted": cut.total})
    return replace(cut, lines=shares[:-1], shipping=shares[-1], steps=(*cut.steps, step))


def _after(left: Left, cut: Cut) -> Left:
    units = left.units
    if cut.units:
        units = tuple([there - taken if there > taken else 0 for there, taken in zip(units, cut.units, strict=True)])
    return Left(tuple(map(sub, left.lines, cut.lines)), left.shipping - cut.shipping, units)


class _Earner(Struct, frozen=True):
    """A promotion that applies and brings something."""

    promotion: Promotion
    cut: Cut
    chosen: tuple[int, ...]


def _earn(
    facts: Facts, candidates: tuple[Promotion, ...], left: Left, verdicts: Verdicts, paid_with_points: int
) -> None:
    """What is earned on what is paid: first all units, then the multipliers on their sum."""
    earners = _earners(facts, candidates, left, verdicts)
    if not earners:
        return
    paid = paid_of(facts, left, not_counted=paid_with_points)
    sums: dict[str, Ratio] = {}
    roundings: dict[str, str] = {}
    for one in earners:
        promotion = one.promotion
        carried = _carried(facts, promotion)
        earned: list[Earned] = []
        why: Reason | None = None
        for earning in promotion.earnings:
            gain = earning.earn(facts, paid, one.chosen, carried)
            if type(gain) is Reason:
                why = why or gain
                continue
            name, rounding = earning.balance_type, earning.rounding
            units = wanted = rounded(gain.units, rounding)
            steps = gain.steps
            if promotion.limits is not UNLIMITED:
                units = _within_day(facts, promotion, wanted, earned)
                if units < wanted:
                    steps = (*steps, Reason("day_ends", {"limit": promotion.limits.earned_per_day, "of": name}))
            if units:
                sums[name] = sums[name].plus(gain.units) if name in sums else gain.units
            roundings[name] = rounding
            earned.append(Earned(name, units, steps, gain.carried))
        if earned or one.cut.total:
            verdicts[promotion.id] = Applied(promotion.id, one.cut, tuple(earned), _cost_of(promotion))
        elif not promotion.multipliers:
            verdicts[promotion.id] = NotApplied(promotion.id, why or NO_PRODUCTS)
    _multiply(earners, sums, roundings, verdicts)


def _earners(facts: Facts, candidates: tuple[Promotion, ...], left: Left, verdicts: Verdicts) -> list[_Earner]:
    earners = []
    for promotion in candidates:
        verdict = verdicts.get(promotion.id)
        if not (promotion.earnings or promotion.multipliers):
            if verdict is None:
                verdicts[promotion.id] = NotApplied(promotion.id, Reason("gives_nothing"))
            continue
        if type(verdict) is NotApplied:
            continue
        chosen = choose(promotion.products, facts, left)
        if verdict is None and promotion.group:
            _decide_group(facts, left, candidates, promotion.group, verdicts)
            if promotion.id in verdicts:
                continue
        if verdict is None:
            judged = _judge(facts, left, promotion)
            if type(judged) is Reason:
                verdicts[promotion.id] = NotApplied(promotion.id, judged)
                continue
            earners.append(_Earner(promotion, judged, chosen))
        else:
            earners.append(_Earner(promotion, verdict.cut, chosen))
    return earners


def _carried(facts: Facts, promotion: Promotion) -> int:
    return facts.carried.get(promotion.id, 0) if facts.carried else 0


def _within_day(facts: Facts, promotion: Promotion, units: int, earned: list[Earned]) -> int:
    limit = promotion.limits.earned_per_day
    if limit is None:
        return units
    used = facts.uses.get(promotion.id, NOT_USED).earned_today + sum(one.amount for one in earned)
    return min(units, max(0, limit - used))


def _multiply(earners: list[_Earner], sums: dict[str, Ratio], roundings: dict[str, str], verdicts: Verdicts) -> None:
    """Let each multiplier bring the difference that it makes, so that the parts add up."""
    for one in earners:
        for multiplier in one.promotion.multipliers:
            name = multiplier.balance_type
            base = sums.get(name, NO_UNITS)
            grown = base.times(_ratio_of(multiplier.factor))
            rounding = roundings.get(name, "down")
            units = rounded(base, rounding)
            more = rounded(grown, rounding) - units
            sums[name] = grown
            step = Reason("multiplied", {"factor": multiplier.factor, "base": units, "of": name})
            before = verdicts.get(one.promotion.id)
            earned = before.earned if type(before) is Applied else ()
            if more:
                verdicts[one.promotion.id] = Applied(
                    one.promotion.id, one.cut, (*earned, Earned(name, more, (step,))), _cost_of(one.promotion)
                )
            elif before is None:
                verdicts[one.promotion.id] = NotApplied(one.promotion.id, Reason("nothing_to_multiply"))


@lru_cache(maxsize=256)
def _ratio_of(factor: Decimal) -> Ratio:
    """The few factors that run, each reckoned once."""
    return Ratio(*factor.as_integer_ratio())


def _priced(facts: Facts, left: Left, verdicts: tuple[Applied | NotApplied, ...]) -> Priced:
    taxes = (0,) * len(facts.lines)
    if facts.is_taxed:
        taxes = tuple(
            tax_of(line, amount, included=facts.prices_include_tax)
            for line, amount in zip(facts.lines, left.lines, strict=True)
        )
    return Priced(
        line_totals=left.lines,
        line_discounts=tuple(map(sub, facts.untouched.lines, left.lines)),
        line_taxes=taxes,
        shipping=left.shipping,
        shipping_discount=facts.shipping - left.shipping,
        tips=facts.tips,
        tax_added=0 if facts.prices_include_tax else sum(taxes),
        verdicts=verdicts,
    )
