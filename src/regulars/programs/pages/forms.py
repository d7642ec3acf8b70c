"""Forms of programs and tier groups."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Invalid, Refusal
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.problems import sentence
from regulars.programs.pages import words
from regulars.programs.queries import BalanceTypeView
from regulars.programs.queries.tiers import TierGroupView
from regulars.programs.rules.tier_drafts import TIERS_MAX, TierDraft, TierGroupDraft

ROWS_FIRST: Final = 3
STATUS: Final = "status:"
PARTS: Final = ("name", "threshold", "multiplier", "own_colour", "background", "key")
COLOUR_FIRST: Final = "#7a4f2d"


class ProgramForm(CleanTextForm):
    """What a program is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For your staff; customers do not see it"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class TierGroupForm(CleanTextForm):
    """A tier group with a row for each tier; a row whose name and threshold are emptied is gone."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    counts = forms.ChoiceField(label=gettext_lazy("What decides"), widget=forms.RadioSelect)
    period = forms.ChoiceField(
        label=gettext_lazy("Counted"), choices=words.PERIODS, widget=forms.RadioSelect, initial="year"
    )
    months = forms.IntegerField(label=gettext_lazy("Months"), required=False, min_value=1, max_value=120, initial=12)
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace"),
        required=False,
        min_value=0,
        max_value=366,
        initial=0,
        help_text=gettext_lazy("So long nobody falls after the time is over"),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        balance_types: Sequence[BalanceTypeView],
        group: TierGroupView | None = None,
    ) -> None:
        super().__init__(data, initial=initial_of(group) if group else {"name": _("Tiers")})
        self.group = group
        status = [one for one in balance_types if one.kind == "status"]
        self.offer("counts", [*((STATUS + one.external_id, one.name) for one in status), *words.COUNTS.items()])
        self.initial.setdefault("counts", STATUS + status[0].external_id if status else "paid")
        held = len(group.tiers) if group else 0
        sent = [n for n in range(TIERS_MAX) if data and (data.get(f"name_{n}") or data.get(f"threshold_{n}"))]
        self.rows_count = min(TIERS_MAX, max(ROWS_FIRST, held + 1, (sent[-1] + 2) if sent else 0))
        for number in range(self.rows_count):
            self._add_row(number)

    def _add_row(self, number: int) -> None:
        self.fields[f"name_{number}"] = forms.CharField(
            label=pgettext_lazy("tier", "Tier"), max_length=120, required=False
        )
        self.fields[f"threshold_{number}"] = forms.CharField(
            label=pgettext_lazy("tier", "From"), max_length=30, required=False
        )
        self.fields[f"multiplier_{number}"] = forms.CharField(
            label=gettext_lazy("Earns times"), max_length=10, required=False, initial="1"
        )
        self.fields[f"own_colour_{number}"] = forms.BooleanField(
            label=gettext_lazy("A card of its own colour"), required=False
        )
        self.fields[f"background_{number}"] = forms.CharField(
            label=gettext_lazy("Colour"),
            max_length=7,
            required=False,
            widget=forms.TextInput(attrs={"type": "color"}),
            initial=COLOUR_FIRST,
        )
        self.fields[f"key_{number}"] = forms.CharField(widget=forms.HiddenInput, max_length=128, required=False)

    @property
    def rows(self) -> list[dict[str, forms.BoundField]]:
        """The tiers, lowest first, and empty rows."""
        return [{part: self[f"{part}_{number}"] for part in PARTS} for number in range(self.rows_count)]

    def clean(self) -> dict[str, Any]:
        """Read the multipliers."""
        cleaned = super().clean()
        if cleaned.get("period") == "months" and cleaned.get("months") is None and "months" not in self.errors:
            self.add_error("months", _("Say how many months count."))
        for number in range(self.rows_count):
            try:
                Decimal(typed_amount(cleaned.get(f"multiplier_{number}") or "1"))
            except InvalidOperation:
                self.add_error(f"multiplier_{number}", _("This is no number."))
        return cleaned

    def draft(self) -> TierGroupDraft:
        """The group that was typed."""
        typed = self.cleaned_data
        counts = str(typed["counts"])
        is_status = counts.startswith(STATUS)
        by_key = {one.external_id: one for one in self.group.tiers} if self.group else {}
        self.numbers = [
            number for number in range(self.rows_count) if typed[f"name_{number}"] or typed[f"threshold_{number}"]
        ]
        return TierGroupDraft(
            name=typed["name"],
            counts="status" if is_status else counts,
            balance_type=counts.removeprefix(STATUS) if is_status else None,
            key=self.group.external_id if self.group else None,
            period=typed["period"],
            months=typed["months"] or 0 if typed["period"] == "months" else 0,
            grace_days=typed["grace_days"] or 0 if typed["period"] != "lifetime" else 0,
            tiers=tuple(
                TierDraft(
                    name=typed[f"name_{number}"],
                    threshold=typed_amount(typed[f"threshold_{number}"] or "0"),
                    key=key if (key := typed[f"key_{number}"]) in by_key else None,
                    multiplier=Decimal(typed_amount(typed[f"multiplier_{number}"] or "1")),
                    background=typed[f"background_{number}"].lower() if typed[f"own_colour_{number}"] else "",
                )
                for number in self.numbers
            ),
        )

    def show(self, refusal: Refusal, *, place: int) -> None:
        """Put a refusal at its field; `place` is the group's among those of its program."""
        if not isinstance(refusal, Invalid):
            show_refusal(self, refusal)
            return
        for problem in refusal.errors:
            parts = problem.pointer.removeprefix(f"/tier_groups/{place}").strip("/").split("/")
            name = parts[0]
            if len(parts) == 3 and parts[0] == "tiers" and int(parts[1]) < len(self.numbers):
                name = f"{parts[2]}_{self.numbers[int(parts[1])]}"
            self.add_error(name if name in self.fields else None, _(problem.detail))
        if not refusal.errors:
            self.add_error(None, sentence(refusal))


def initial_of(group: TierGroupView) -> dict[str, Any]:
    """What the form of an existing group starts with."""
    shown: dict[str, Any] = {
        "name": group.name,
        "counts": STATUS + (group.balance_type or "") if group.counts == "status" else group.counts,
        "period": group.period,
        "months": group.months or 12,
        "grace_days": group.grace_days,
    }
    for number, tier in enumerate(group.tiers):
        shown |= {
            f"name_{number}": tier.name,
            f"threshold_{number}": format_amount(tier.threshold, group.decimals),
            f"multiplier_{number}": format(tier.multiplier.normalize(), "f"),
            f"own_colour_{number}": bool(tier.background),
            f"background_{number}": tier.background or COLOUR_FIRST,
            f"key_{number}": tier.external_id,
        }
    return shown


def draft_of(group: TierGroupView) -> TierGroupDraft:
    """A group as it is, as a draft: those that are not being changed stay so."""
    return TierGroupDraft(
        name=group.name,
        counts=group.counts,
        balance_type=group.balance_type,
        key=group.external_id,
        period=group.period,
        months=group.months,
        grace_days=group.grace_days,
        tiers=tuple(
            TierDraft(
                name=one.name,
                threshold=format_amount(one.threshold, group.decimals),
                key=one.external_id,
                multiplier=one.multiplier,
                background=one.background,
            )
            for one in group.tiers
        ),
    )
