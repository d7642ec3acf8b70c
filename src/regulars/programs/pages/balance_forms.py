"""The form of a balance type: what a unit is worth, when it can be spent, how long it lives."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from regulars.kernel.amount import format_amount
from regulars.platform.input_text import CleanTextForm
from regulars.programs.actions import BalanceTypeChange
from regulars.programs.queries import BalanceTypeView
from regulars.programs.rules.expiry import VALUES

EXPIRIES: Final[list[tuple[str, str | Promise]]] = [
    ("never", gettext_lazy("Never")),
    ("days", gettext_lazy("So many days after they can be spent")),
    ("months", gettext_lazy("So many months after they can be spent")),
    ("month_end", gettext_lazy("At the end of the month")),
    ("quarter_end", gettext_lazy("At the end of the quarter")),
    ("year_end", gettext_lazy("At the end of the year")),
    ("inactive_months", gettext_lazy("The whole balance after so many months without an order")),
]
EXISTINGS: Final[list[tuple[str, str | Promise]]] = [
    ("keep", gettext_lazy("Keep what they were promised: the change counts for new points only")),
    ("from_now", gettext_lazy("Count as if they had come in today")),
    ("from_start", gettext_lazy("Count from the day they came in")),
]
ROUNDINGS: Final[list[tuple[str, str | Promise]]] = [
    ("down", gettext_lazy("Down")),
    ("half_up", gettext_lazy("To the nearest")),
    ("up", gettext_lazy("Up")),
]
SPACES: Final = re.compile(r"\s")
NUMERIC: Final = {"inputmode": "numeric", "autocomplete": "off"}


class RateField(forms.CharField):
    """A decimal number with the reader's decimal sign; None where it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(required=False, max_length=24, widget=forms.TextInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """The number. Refuses what is none."""
        text = SPACES.sub("", super().clean(value))
        if not text:
            return None
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            raise forms.ValidationError(_("A number like 0.05.")) from None
        if not number.is_finite():
            raise forms.ValidationError(_("A number like 0.05."))
        return number


class BalanceTypeForm(CleanTextForm):
    """A balance type as its page changes it; a deposit has a name only."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    money_per_unit = RateField(
        label=gettext_lazy("One is worth"), help_text=gettext_lazy("What it pays when somebody spends it.")
    )
    units_per_money = RateField(
        label=gettext_lazy("Earned for each unit of money"),
        help_text=gettext_lazy("Where a promotion says nothing else."),
    )
    rounding = forms.ChoiceField(label=gettext_lazy("Fractions are rounded"), choices=ROUNDINGS, required=False)
    initial_balance = forms.CharField(
        label=gettext_lazy("Welcome gift"),
        help_text=gettext_lazy("So much is on a person’s first card. Given once per person."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    activation_delay_days = forms.IntegerField(
        label=gettext_lazy("Can be spent after so many days"),
        help_text=gettext_lazy("0: at once."),
        required=False,
        min_value=0,
        max_value=3650,
        widget=forms.TextInput(attrs=NUMERIC),
    )
    expiry = forms.ChoiceField(label=gettext_lazy("They expire"), choices=EXPIRIES, required=False)
    value = forms.IntegerField(
        label=gettext_lazy("How many"),
        help_text=gettext_lazy("At the end of a period: how many whole periods later, 0 for the same."),
        required=False,
        min_value=0,
        widget=forms.TextInput(attrs=NUMERIC),
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Say so many days before"),
        help_text=gettext_lazy("Empty: no notice."),
        required=False,
        min_value=1,
        max_value=365,
        widget=forms.TextInput(attrs=NUMERIC),
    )
    existing = forms.ChoiceField(
        label=gettext_lazy("Those who have some now"),
        choices=EXISTINGS,
        widget=forms.RadioSelect,
        required=False,
        initial="keep",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, balance_type: BalanceTypeView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.balance_type = balance_type
        if balance_type.kind == "deposit":
            for name in set(self.fields) - {"name", "version"}:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Ask for a number where the kind of expiry needs one."""
        cleaned = super().clean()
        least, most = VALUES.get(cleaned.get("expiry") or "never", (0, 0))
        value = cleaned.get("value")
        if "value" in self.errors or most == 0:
            return cleaned
        if not least <= (value or 0) <= most:
            text = _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
            self.add_error("value", text)
        return cleaned

    def policy(self) -> dict[str, Any]:
        """The expiry as it was chosen, as the action takes it."""
        kind = self.cleaned_data.get("expiry") or "never"
        return {"kind": kind} if kind == "never" else {"kind": kind, "value": self.cleaned_data.get("value") or 0}

    def change(self) -> BalanceTypeChange:
        """What the form asks for."""
        typed = self.cleaned_data
        if self.balance_type.kind == "deposit":
            return BalanceTypeChange(name=typed["name"])
        return BalanceTypeChange(
            name=typed["name"],
            rounding=typed["rounding"] or None,
            initial_balance=_plain(typed["initial_balance"]) or "0",
            activation_delay_days=typed["activation_delay_days"] or 0,
            expiry=self.policy(),
            others={name: typed[name] for name in ("money_per_unit", "units_per_money", "notice_days")},
        )


def initial_of(balance_type: BalanceTypeView) -> dict[str, Any]:
    """What stands in the form of a balance type."""
    return {
        "name": balance_type.name,
        "money_per_unit": _rate(balance_type.money_per_unit),
        "units_per_money": _rate(balance_type.units_per_money),
        "rounding": balance_type.rounding,
        "initial_balance": _local(format_amount(balance_type.initial_balance, balance_type.decimals)),
        "activation_delay_days": balance_type.activation_delay_days,
        "expiry": balance_type.expiry.kind,
        "value": balance_type.expiry.value or "",
        "notice_days": balance_type.notice_days,
        "existing": "keep",
        "version": balance_type.version,
    }


def _plain(text: str) -> str:
    return SPACES.sub("", text).replace(",", ".")


def _rate(value: Decimal | None) -> str:
    return "" if value is None else _local(format(value.normalize(), "f"))


def _local(text: str) -> str:
    return text.replace(".", ",") if (get_language() or "").startswith("ru") else text
