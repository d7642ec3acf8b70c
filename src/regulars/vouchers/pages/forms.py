"""Forms of vouchers."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regulars.codes.rules.space import CODE_LETTERS_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.pages.typed import typed_amount
from regulars.programs.rules.validity import COUNTED
from regulars.vouchers.rules.vouchers import (
    AT_ONCE_MAX,
    DESCRIPTION_LENGTH_MAX,
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
)

BENEFITS: Final = {
    "": _("Staff hand it over"),
    "percent": _("Percent off the order"),
    "amount": _("Money off the order"),
    "product": _("One product free"),
    "promotion": _("Opens a promotion"),
}
VALIDITIES: Final = {
    "unlimited": pgettext_lazy("voucher", "For ever"),
    "days": pgettext_lazy("voucher", "So many days"),
    "months": pgettext_lazy("voucher", "So many months"),
    "until": pgettext_lazy("voucher", "Until a day"),
}
FIELDS: Final = {
    "validity": "validity",
    "benefit": "benefit",
    "above_limit": "value",
    "code_taken": "code",
    "code_too_short": "code",
}


class CodeForm(CleanTextForm):
    """A code that was typed or scanned."""

    code = forms.CharField(label=_("Code"), max_length=200)


class IssueVoucherForm(OnceForm):
    """A voucher, or several that are alike."""

    title = forms.CharField(
        label=_("What it is for"),
        max_length=TITLE_LENGTH_MAX,
        help_text=_("One line that its holder and the till read: A coffee on the house"),
    )
    card = forms.CharField(
        label=_("For which card"),
        required=False,
        max_length=64,
        help_text=_("Its number or till number. Left empty, it belongs to whoever has its code."),
    )
    description = forms.CharField(
        label=_("Small print"),
        required=False,
        max_length=DESCRIPTION_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    validity = forms.ChoiceField(
        label=_("How long"), choices=list(VALIDITIES.items()), widget=forms.RadioSelect, initial="months"
    )
    count = forms.IntegerField(
        label=_("How many days or months"), required=False, min_value=1, max_value=COUNTED["days"], initial=3
    )
    until = forms.DateField(
        label=_("The last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    benefit = forms.ChoiceField(
        label=pgettext_lazy("voucher", "What it gives"), required=False, choices=list(BENEFITS.items())
    )
    value = forms.CharField(label=_("How much"), required=False, max_length=30)
    product = forms.CharField(
        label=pgettext_lazy("product", "SKU"), required=False, max_length=128, help_text=_("As your till writes it")
    )
    promotion = forms.ChoiceField(label=_("Promotion"), required=False)
    minimum = forms.CharField(
        label=_("From a total of"), required=False, max_length=30, help_text=_("Empty: from nothing on")
    )
    places = forms.MultipleChoiceField(
        label=_("Where"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everywhere, or where its card is valid"),
    )
    customer_may_redeem = forms.BooleanField(
        label=_("Its holder may redeem it"),
        required=False,
        help_text=_("On the web card, with a press; else it is shown at the till"),
    )
    how_many = forms.IntegerField(
        label=_("How many vouchers"),
        required=False,
        min_value=1,
        max_value=AT_ONCE_MAX,
        initial=1,
        help_text=_("Several come on one sheet to print, each with a code of its own"),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=CODE_LETTERS_MAX,
        help_text=_("Leave empty to have one made that nobody guesses"),
    )

    def __init__(
        self,
        *args: Any,
        places: Sequence[tuple[str, str]],
        promotions: Sequence[tuple[str, str]],
        benefits: Sequence[str],
        is_held: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("places", places)
        if len(places) < 2:
            del self.fields["places"]
        self.offer("promotion", promotions)
        offered = [name for name in benefits if name != "promotion" or promotions]
        self.offer("benefit", [(name, BENEFITS[name]) for name in offered])
        if "promotion" not in offered:
            del self.fields["promotion"]
        for name in ("card", "how_many", "code") if is_held else ():
            del self.fields[name]

    def validity_written(self) -> dict[str, Any]:
        """How long, as rules read it."""
        typed = self.cleaned_data
        kind = typed["validity"]
        value: Any = None
        if kind in COUNTED:
            value = typed["count"]
        elif kind == "until":
            value = typed["until"].isoformat() if typed["until"] else None
        return {"kind": kind, "value": value}

    def benefit_written(self) -> dict[str, Any] | None:
        """What it gives, as rules read it."""
        typed = self.cleaned_data
        kind = typed["benefit"]
        if not kind:
            return None
        value = typed.get(kind) if kind in ("product", "promotion") else typed_amount(typed["value"])
        minimum = typed_amount(typed["minimum"])
        return {kind: value or ""} | ({"minimum": minimum} if minimum else {})


class WhyForm(CleanTextForm):
    """Why a voucher is cancelled, or its redemption undone."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=REASON_LENGTH_MAX)
