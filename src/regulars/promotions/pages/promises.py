"""What a change of a promotion takes from people, who they are, and whether they keep it (ORD-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from regulars.cards.queries.people import Named, may_see_everybody, name_people
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.listing import pager
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.actions.keeping import NOBODY, Protection, Who, usual_day
from regulars.promotions.queries.names import names_of
from regulars.promotions.queries.promised.outlook import (
    find_twins,
    list_kept,
    list_who_loses,
    preview_change,
)
from regulars.promotions.queries.promised.told import tell_amount, tell_loss, tell_twins
from regulars.promotions.queries.promotions import PromotionView, access_promotion
from regulars.promotions.queries.voices import speech_of
from regulars.promotions.rules.promised import Change

LINES_MAX: Final = 50
MOMENT: Final = timedelta(seconds=1)
KINDS: Final[dict[str, str | Promise]] = {
    "rests": gettext_lazy("Money that waits for the next full block"),
    "rewards": gettext_lazy("Collected for what it gives"),
    "visits": gettext_lazy("On the way to the order that gets it"),
    "uses": gettext_lazy("Uses that are left"),
    "rates": gettext_lazy("Rates that were reached"),
    "orders": gettext_lazy("Open orders that were priced with it"),
}


class ProtectionForm(CleanTextForm):
    """Who keeps what they were promised, and until which day."""

    who = forms.ChoiceField(
        label=gettext_lazy("Whoever would lose something"), widget=forms.RadioSelect, initial="everybody"
    )
    until = forms.DateField(
        label=gettext_lazy("The last day on which they keep it"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, with_orders: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("everybody", _("They keep what runs now, until a day"))]
        if with_orders:
            choices.append(("orders", _("Only orders that are open keep it")))
        self.offer("who", [*choices, ("nobody", _("The change counts for everybody at once"))])

    def clean(self) -> dict[str, Any]:
        """Somebody is protected until a day."""
        cleaned = super().clean()
        if cleaned.get("who") != "nobody" and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until which day."))
        return cleaned

    def protection(self) -> Protection:
        """What was chosen."""
        return Protection(cast("Who", self.cleaned_data["who"]), self.cleaned_data.get("until"))


@dataclass(frozen=True, slots=True)
class LossLine:
    """One kind of loss in words; `url` lists who."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a change takes, in words, with the form that asks who keeps it; no form where nobody loses anything."""

    lines: Sequence[LossLine]
    form: ProtectionForm | None
    twins: str = ""


def show_losses(request: PageRequest, view: PromotionView, change: Change, *, is_answered: bool = False) -> Shown:
    """What a change of a promotion takes from people; needs the unit of work of its chain."""
    prm = encode("prm", view.id)
    losses = preview_change(request.actor, prm, change, now=request.now).losses
    speech = speech_of(names_of(request.actor.chain_id, request.chain.currency_decimals), request.chain.currency)
    may_list = may_see_everybody(request.actor)
    lines = [
        LossLine(
            tell_loss(one, change, speech),
            reverse("promotions:losers", args=[prm, change, one.promise.kind]) if may_list else "",
        )
        for one in losses
    ]
    form = None
    if losses:
        form = ProtectionForm(
            request.POST if is_answered else None,
            with_orders=any(one.promise.kind == "orders" for one in losses),
            initial={"until": usual_day(request.now, request.chain.zone)},
        )
    twins = [one.name for one in find_twins(request.actor, view.id, view.name)] if change == "publish" else []
    return Shown(lines, form, tell_twins(twins) if twins else "")


def read_protection(shown: Shown) -> Protection | None:
    """What was chosen about those who lose something; None where it has to be asked again."""
    if shown.form is None:
        return NOBODY
    return shown.form.protection() if shown.form.is_valid() else None


def kept_lines(request: PageRequest, promotion_id: UUID) -> list[dict[str, Any]]:
    """Who keeps which version until when, for the pages of a promotion."""
    found = list_kept(request.actor, promotion_id, now=request.now)
    zone = request.chain.zone
    return [
        {"view": one, "count": one.people + one.orders, "day": (one.until.astimezone(zone) - MOMENT).date()}
        for one in found
    ]


@require_safe
@page(right="promotions:read")
def show_losers(request: PageRequest, promotion: str, change: str, kind: str) -> HttpResponse:
    """Who would lose something of one kind, page by page."""
    if change not in ("publish", "pause", "end"):
        raise Refused(NotFound())
    view = access_promotion(request.actor, promotion)
    after = decode("at", request.GET.get("after", ""))
    promise, losers = list_who_loses(
        request.actor, promotion, cast("Change", change), kind, now=request.now, after=after, limit=LINES_MAX + 1
    )
    shown = losers[:LINES_MAX]
    speech = speech_of(names_of(request.actor.chain_id, request.chain.currency_decimals), request.chain.currency)
    named = name_people(request.actor, [(one.customer_id, one.card_id) for one in shown])
    lines = [
        {
            "named": name,
            "url": _url(name, one.subject_id if kind == "orders" else None),
            "amount": tell_amount(one, promise, speech),
            "is_ready": one.is_ready and kind in ("rewards", "orders", "visits"),
        }
        for one, name in zip(shown, named, strict=True)
    ]
    more = encode("at", shown[-1].place) if len(losers) > LINES_MAX else None
    prm = encode("prm", view.id)
    back = {"publish": "promotions:publish", "pause": "promotions:pause", "end": "promotions:end"}[change]
    context = {
        "title": KINDS[kind],
        "back": reverse(back, args=[prm]),
        "back_label": view.name,
        "lines": lines,
        "ready": READY.get(kind, ""),
        "pager": pager(request, after=more, before=None),
        "empty": _("Nobody loses anything of this kind any more."),
    }
    return render_page(request, "cards/who.html", context)


READY: Final[dict[str, str | Promise]] = {
    "rewards": gettext_lazy("has enough"),
    "visits": gettext_lazy("gets it with the next order"),
    "orders": gettext_lazy("is reserved"),
}


def _url(named: Named, order_id: UUID | None) -> str:
    if order_id is not None:
        return reverse("orders:show", args=[encode("ord", order_id)])
    if named.card_id is not None and named.customer_id is None:
        return reverse("cards:show", args=[encode("crd", named.card_id)])
    return reverse("customers:show", args=[encode("cus", named.customer_id)]) if named.customer_id else ""
