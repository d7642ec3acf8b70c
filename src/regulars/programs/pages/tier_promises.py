"""Who loses something by a change of tiers, and whether they keep it, on the pages of a program (ORD-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from regulars.cards.queries.people import may_see_everybody, name_people
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.listing import pager
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions.keeping import NOBODY, TierProtection, TierWho, usual_day
from regulars.programs.actions.tier_groups import list_who_falls, preview_tier_groups
from regulars.programs.pages.drafting import drafts_with, read_groups
from regulars.programs.pages.forms import TierGroupForm
from regulars.programs.queries import ProgramView
from regulars.programs.queries.tier_losses import TierLoss
from regulars.programs.queries.tier_words import tell_tier_fall, tell_tier_loss
from regulars.programs.queries.tiers import TierGroupView
from regulars.programs.rules.tier_drafts import TierGroupDraft

LINES_MAX: Final = 50
NOT_TYPED: Final = ("csrfmiddlewaretoken", "after", "before", "tier")


class TierProtectionForm(CleanTextForm):
    """Who keeps a tier, and until which day."""

    who = forms.ChoiceField(
        label=gettext_lazy("Whoever would lose something"), widget=forms.RadioSelect, initial="holders"
    )
    until = forms.DateField(
        label=gettext_lazy("The last day on which they keep it"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, has_period: bool, **kwargs: Any) -> None:
        super().__init__(data, prefix="keep", **kwargs)
        self.has_period = has_period
        self.offer(
            "who",
            [
                ("holders", _("They keep what they have for a time")),
                ("nobody", _("The change counts for everybody at once")),
            ],
        )
        if has_period:
            self.fields["until"].help_text = _("Empty: until each one’s own time is over")

    def clean(self) -> dict[str, Any]:
        """Over a lifetime a day is needed."""
        cleaned = super().clean()
        is_missing = cleaned.get("who") == "holders" and not cleaned.get("until") and "until" not in self.errors
        if is_missing and not self.has_period:
            self.add_error("until", _("Say until which day."))
        return cleaned

    def protection(self) -> TierProtection:
        """What was chosen."""
        return TierProtection(cast("TierWho", self.cleaned_data["who"]), self.cleaned_data.get("until"))


@dataclass(frozen=True, slots=True)
class TierLossLine:
    """One loss in words; `url` lists who."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class TierLosses:
    """What a change takes, in words, with the form that asks who keeps it; no form where nobody loses anything."""

    lines: Sequence[TierLossLine]
    form: TierProtectionForm | None

    @property
    def protection(self) -> TierProtection | None:
        """What was chosen; None where it has to be asked."""
        if self.form is None:
            return NOBODY
        return self.form.protection() if self.form.is_bound and self.form.is_valid() else None


def find_losses(
    request: PageRequest, program: str, drafts: Sequence[TierGroupDraft], group: TierGroupView | None
) -> TierLosses:
    """What these tiers would take from people. Refuses: Invalid."""
    losses = preview_tier_groups(
        request.actor, program, drafts, currency_decimals=request.chain.currency_decimals, now=request.now
    )
    if not losses or group is None:
        return TierLosses((), None)
    has_period = all(one.group.period != "lifetime" for one in losses)
    usual = None if has_period else usual_day(request.now, request.chain.zone)
    form = TierProtectionForm(
        request.POST if "keep-who" in request.POST else None, has_period=has_period, initial={"until": usual}
    )
    may_list = may_see_everybody(request.actor)
    lines = [
        TierLossLine(tell_tier_loss(one), _url(request, program, group, one) if may_list else "") for one in losses
    ]
    return TierLosses(lines, form)


def _url(request: PageRequest, program: str, group: TierGroupView, loss: TierLoss) -> str:
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_TYPED and not name.startswith("keep-")
    ]
    at = reverse("programs:tier_losers", args=[program, encode("tgr", group.id)])
    return f"{at}?{urlencode([*typed, ('tier', encode('tier', loss.tier.id))])}"


@require_safe
@page(right="programs:read")
def show_losers(request: PageRequest, program: str, group: str) -> HttpResponse:
    """Who would lose something in a tier, page by page; what was typed stands in the address."""
    view, groups = read_groups(request, program)
    held = next((one for one in groups if one.id == decode("tgr", group)), None)
    if held is None:
        raise Refused(NotFound())
    tier, losers = list_who_falls(
        request.actor,
        program,
        drafts_with(groups, held, _typed(request.GET, view, held)),
        request.GET.get("tier", ""),
        currency_decimals=request.chain.currency_decimals,
        now=request.now,
        after=decode("at", request.GET.get("after", "")),
        limit=LINES_MAX + 1,
    )
    shown = losers[:LINES_MAX]
    pairs = [(one.holder.id, None) if one.holder.is_customer else (None, one.holder.id) for one in shown]
    lines = [
        {
            "named": name,
            "url": reverse("customers:show", args=[encode("cus", name.customer_id)])
            if name.customer_id
            else reverse("cards:show", args=[encode("crd", one.holder.id)]),
            "amount": tell_tier_fall(one),
        }
        for one, name in zip(shown, name_people(request.actor, pairs), strict=True)
    ]
    more = encode("at", shown[-1].holder.id) if len(losers) > LINES_MAX else None
    context = {
        "title": tier.name,
        "sub": _("Who would lose something by the change"),
        "back": reverse("programs:tiers", args=[program, group]),
        "back_label": held.name,
        "lines": lines,
        "pager": pager(request, after=more, before=None),
        "empty": _("Nobody loses anything of this kind any more."),
    }
    return render_page(request, "cards/who.html", context)


def _typed(data: QueryDict, program: ProgramView, group: TierGroupView) -> TierGroupDraft | None:
    """The group as it was typed; None where it is to go."""
    if "counts" not in data:
        return None
    form = TierGroupForm(data, balance_types=program.balance_types, group=group)
    if not form.is_valid():
        raise Refused(NotFound())
    return form.draft()
