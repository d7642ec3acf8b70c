"""An order as sentences, from what was bought to what became of it: to be read aloud on the phone (ORD-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.kernel.ids import decode
from regulars.orders.pages import words
from regulars.orders.queries.refunds import RefundView
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import Verdict
from regulars.orders.rules.redemptions import Redemption, step_of
from regulars.orders.rules.refund.outcome import Moved, Outcome
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import EarnedReward, OrderView
from regulars.platform.pages import figures
from regulars.promotions.rules.explain import sentence

LINES_TOLD_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Teller:
    """What sentences about one order need: the order, its terms, and the numbers of the cards that it touched."""

    view: OrderView
    terms: Terms
    numbers: Mapping[UUID, str]

    def money(self, units: int) -> str:
        """Money of the order's currency."""
        return figures.money(units, self.view.currency)

    def units(self, effect: Effect) -> str:
        """Units of a balance with its name."""
        return words.units_text(self.terms, effect.balance_type_id, effect.amount)

    def number(self, card_id: UUID) -> str:
        """The number of a card."""
        return self.numbers.get(card_id, "?")

    def of_code(self, one: Redemption) -> str:
        """What a code, a voucher or a gift card did, or why it did nothing."""
        step = step_of(one)
        return sentence(step, words.voice_of(self.view, self.terms)) if step else ""

    def gift_name(self, one: Redemption) -> str:
        """A gift card or membership as one means of payment among others."""
        if one.kind == "membership":
            return (_("Membership “%(name)s” %(code)s") % {"name": one.name, "code": one.shown}).rstrip()
        return _("Gift card %(code)s") % {"code": one.shown}

    def steps(self, verdict: Verdict) -> tuple[str, ...]:
        """The arithmetic of a promotion, or why it gave nothing."""
        voice = words.voice_of(self.view, self.terms)
        return tuple(sentence(step, voice) for step in verdict.steps)

    def result(self, verdict: Verdict) -> list[str]:
        """What a promotion gave, in few words."""
        found = [_("%(amount)s off") % {"amount": self.money(verdict.discount)}] if verdict.discount else []
        found += [
            f"+{words.units_text(self.terms, balance_type_id, units)}"
            for balance_type_id, units in verdict.earned
            if units
        ]
        return found


def tell_order(teller: Teller, refunds: Sequence[RefundView]) -> list[str]:
    """Everything about an order, sentence by sentence."""
    view = teller.view
    told = [*_bought(teller), *_promotions(teller), *_to_pay(teller)]
    told += [tell_effect(teller, one, is_open=view.state == "open") for one in view.effects if one.amount]
    told += [_pays(teller, one) for one in view.redemptions if one.kind in ("gift_card", "membership") and one.money]
    told += [tell_reward(teller, one) for one in view.rewards]
    told += [_refused(teller, one) for one in view.verdicts if not one.is_applied]
    told += [teller.of_code(one) for one in view.redemptions if one.reason is not None]
    for refund in refunds:
        when = figures.moment(refund.at)
        told.append(
            _("On %(when)s the order was cancelled.") % {"when": when}
            if refund.kind == "cancel"
            else _("On %(when)s something came back.") % {"when": when}
        )
        told += tell_outcome(teller, refund.outcome)
    return told


def _pays(teller: Teller, one: Redemption) -> str:
    told = _("%(gift_card)s pays %(money)s.") % {"gift_card": teller.gift_name(one), "money": teller.money(one.money)}
    if one.kind != "membership":
        return told
    visits = ngettext("That takes %(count)s visit.", "That takes %(count)s visits.", one.visits)
    return f"{told} {visits % {'count': figures.number(one.visits)}}"


def _bought(teller: Teller) -> list[str]:
    view = teller.view
    values = {"when": figures.moment(view.starts_at or view.at), "total": teller.money(view.total_before)}
    place = teller.terms.place_names.get(view.location_id) if view.location_id else None
    if view.state == "open":
        told = [_("This is for %(when)s and is not paid yet.") % values]
    elif place:
        told = [_("Bought on %(when)s at %(place)s.") % {**values, "place": place}]
    else:
        told = [_("Bought on %(when)s.") % values]
    for one in view.lines[:LINES_TOLD_MAX]:
        line = {
            "name": one.line.name or one.line.sku or _("something without a name"),
            "count": words.quantity_text(one.line.quantity),
            "price": teller.money(one.line.price),
            "sum": teller.money(one.line.list_value),
        }
        told.append(
            _("%(name)s: %(price)s.") % line
            if one.line.quantity == 1000
            else _("%(name)s: %(count)s times %(price)s is %(sum)s.") % line
        )
    if len(view.lines) > LINES_TOLD_MAX:
        more = len(view.lines) - LINES_TOLD_MAX
        told.append(
            ngettext("And %(count)s more line.", "And %(count)s more lines.", more) % {"count": figures.number(more)}
        )
    till = sum(one.line.discount for one in view.lines)
    if till:
        told.append(_("The till took %(amount)s off by itself.") % {"amount": teller.money(till)})
    if view.shipping + view.shipping_discount:
        told.append(_("Shipping: %(amount)s.") % {"amount": teller.money(view.shipping + view.shipping_discount)})
    if view.tips:
        told.append(_("Tips: %(amount)s.") % {"amount": teller.money(view.tips)})
    told.append(_("Without promotions that is %(total)s.") % values)
    return told


def _promotions(teller: Teller) -> list[str]:
    return [
        _("“%(name)s”: %(steps)s") % {"name": one.name, "steps": " ".join(teller.steps(one))}
        for one in teller.view.verdicts
        if one.is_applied
    ]


def _refused(teller: Teller, one: Verdict) -> str:
    return _("“%(name)s” gave nothing: %(steps)s") % {"name": one.name, "steps": " ".join(teller.steps(one))}


def _to_pay(teller: Teller) -> list[str]:
    view = teller.view
    told = []
    if view.discount_total:
        told.append(
            _("Promotions take %(amount)s off in all, so the total is %(total)s.")
            % {"amount": teller.money(view.discount_total), "total": teller.money(view.total)}
        )
    else:
        told.append(_("The total is %(total)s.") % {"total": teller.money(view.total)})
    if view.tax:
        told.append(_("%(amount)s of it is tax.") % {"amount": teller.money(view.tax)})
    return told


def tell_effect(teller: Teller, one: Effect, *, is_open: bool) -> str:
    """What the order did, or will do, to one balance."""
    values: dict[str, Any] = {
        "units": teller.units(one),
        "card": teller.number(one.card_id),
        "money": teller.money(one.money),
    }
    if one.kind == "spend":
        if one.promotion_id is not None:
            return _("A promotion costs %(units)s of card %(card)s.") % values
        return _("%(units)s of card %(card)s pay %(money)s.") % values
    text = (
        _("When it is paid, card %(card)s gets %(units)s.") % values
        if is_open
        else _("Card %(card)s gets %(units)s.") % values
    )
    return f"{text} {times_text(one)}".strip()


def tell_reward(teller: Teller, one: EarnedReward) -> str:
    """What the stamps of the order brought, or would bring, to a card."""
    values = {"title": one.title, "card": teller.number(one.card_id), "lottery": one.lottery or ""}
    if one.state == "planned":
        if one.kind == "lottery":
            return _("For card %(card)s “%(lottery)s” will be drawn.") % values
        return _("Card %(card)s will get “%(title)s”.") % values
    if one.kind == "nothing":
        return _("“%(lottery)s” was drawn for card %(card)s: it won nothing.") % values
    if one.lottery:
        return _("“%(lottery)s” was drawn for card %(card)s: it won “%(title)s”.") % values
    return _("Card %(card)s got “%(title)s”.") % values


def times_text(one: Effect) -> str:
    """From when to when earned units can be spent."""
    if one.activates_at is None:
        return _("They can be spent once the order is completed.")
    values = {"from": figures.moment(one.activates_at), "to": figures.moment(one.expires_at) if one.expires_at else ""}
    if one.expires_at is None:
        return _("They can be spent from %(from)s on and do not expire.") % values
    return _("They can be spent from %(from)s to %(to)s.") % values


def tell_outcome(teller: Teller, outcome: Outcome) -> list[str]:
    """What a refund gives back, takes back, returns, and what could not be had."""
    told = [_("Money back: %(money)s.") % {"money": _money(teller, outcome.money_back)}]
    for one in outcome.returned:
        told.append(_("%(units)s go back to card %(card)s.") % _moved(teller, one))
        if one.expires_at:
            told.append(_("What had expired meanwhile lives a little longer."))
    for one in outcome.taken_back:
        told.append(_("%(units)s are taken back from card %(card)s.") % _moved(teller, one))
        if one.owed and one.owed.strip("0."):
            told.append(
                _("%(units)s of them were spent already: the card owes them.") % _moved(teller, one, amount=one.owed)
            )
    for one in outcome.not_recovered:
        values = {**_moved(teller, one), "reason": words.NOT_RECOVERED.get(one.reason or "", one.reason or "")}
        told.append(
            _("%(units)s cannot be taken back from card %(card)s: %(reason)s.") % values
            if one.kind == "earn"
            else _("%(units)s cannot go back to card %(card)s: %(reason)s.") % values
        )
    for back in outcome.given_back:
        values = {"code": back.code, "money": _money(teller, back.amount or "0")}
        if back.kind == "membership":
            count = back.visits or 0
            told.append(
                ngettext(
                    "%(count)s visit goes back to the membership %(code)s.",
                    "%(count)s visits go back to the membership %(code)s.",
                    count,
                )
                % {**values, "count": figures.number(count)}
            )
        elif back.kind == "gift_card":
            told.append(_("%(money)s go back to the gift card %(code)s.") % values)
        elif back.kind == "voucher":
            told.append(_("The voucher %(code)s can be used again.") % values)
        else:
            told.append(_("The code %(code)s can be used again.") % values)
    if not (outcome.returned or outcome.taken_back or outcome.not_recovered or outcome.given_back):
        told.append(_("No balance changes."))
    return told


def _money(teller: Teller, text: str) -> str:
    return figures.money(_units(text), teller.view.currency)


def _units(text: str) -> int:
    return int(text.replace(".", "") or "0")


def _moved(teller: Teller, one: Moved, *, amount: str | None = None) -> dict[str, str]:
    card_id = decode("crd", one.card)
    balance_type_id = teller.terms.balance_names.get(one.balance_type)
    units = _units(amount or one.amount)
    return {
        "card": teller.number(card_id) if card_id else "?",
        "units": words.units_text(teller.terms, balance_type_id, units)
        if balance_type_id
        else f"{amount or one.amount} {one.balance_type}",
    }
