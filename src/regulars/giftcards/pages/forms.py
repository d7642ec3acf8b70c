"""Forms of gift cards."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from regulars.codes.rules.space import CODE_LETTERS_MAX
from regulars.giftcards.pages.words import VALIDITIES
from regulars.giftcards.queries.types import TypeView
from regulars.giftcards.rules.types import NOTE_LENGTH_MAX, TypeDraft
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.pages.typed import typed_amount

AMOUNT_LENGTH_MAX: Final = 30
PAYS: Final = {"any": _("All of them"), "none": _("None"), "some": _("Some categories")}


class CodeForm(CleanTextForm):
    """A code that was typed or scanned."""

    code = forms.CharField(label=_("Code"), max_length=200)


class SaleForm(OnceForm):
    """A gift card to sell."""

    type = forms.ChoiceField(label=_("Type"), widget=forms.RadioSelect)
    value = forms.CharField(label=_("Value"), max_length=AMOUNT_LENGTH_MAX)
    customer = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=140,
        help_text=_("Phone, e-mail or card number; needed where it has no code"),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=CODE_LETTERS_MAX,
        help_text=_("Of a printed gift card. Leave empty to have one made that nobody guesses"),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LENGTH_MAX)

    def __init__(self, *args: Any, types: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("type", types)
        if types:
            self.initial.setdefault("type", types[0][0])


class MoneyForm(OnceForm):
    """An amount, and why."""

    amount = forms.CharField(label=_("Amount"), max_length=AMOUNT_LENGTH_MAX)
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LENGTH_MAX)


class NoteForm(OnceForm):
    """Why something is done."""

    note = forms.CharField(label=_("Reason"), required=False, max_length=NOTE_LENGTH_MAX)


class CancelForm(NoteForm):
    """Whether what is left is handed back."""

    rest = forms.ChoiceField(
        label=_("What is left on it"),
        choices=[("pay_out", _("is paid out in money")), ("cancel", _("is gone"))],
        widget=forms.RadioSelect,
        initial="pay_out",
    )

    def never_pays_out(self) -> None:
        """Offer only what a till without a limit of its own may do."""
        field = self.fields["rest"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("cancel", _("is gone"))]
        field.initial = "cancel"


class TypeForm(CleanTextForm):
    """A type of gift cards."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH_MAX)
    values = forms.CharField(
        label=_("Values it is sold for"),
        required=False,
        max_length=600,
        help_text=_("Separated by semicolons: 25; 50; 100. Leave empty for any value within a range"),
    )
    value_min = forms.CharField(label=_("Least value"), required=False, max_length=AMOUNT_LENGTH_MAX)
    value_max = forms.CharField(label=_("Largest value"), required=False, max_length=AMOUNT_LENGTH_MAX)
    uses = forms.ChoiceField(
        label=_("How often it pays"),
        choices=[
            ("multiple", _("Until nothing is left")),
            ("single", _("Once: what is left after one payment is forfeited")),
        ],
        widget=forms.RadioSelect,
        initial="multiple",
    )
    has_code = forms.ChoiceField(
        label=_("How it is found"),
        choices=[("yes", _("By its code, whoever has it")), ("no", _("By its customer, without a code"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    validity = forms.ChoiceField(
        label=_("How long it is good"), choices=list(VALIDITIES.items()), widget=forms.RadioSelect, initial="months"
    )
    count = forms.IntegerField(
        label=_("How many days or months"), required=False, min_value=1, max_value=3650, initial=12
    )
    until = forms.DateField(
        label=_("The last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    goods = forms.ChoiceField(
        label=_("Goods that it pays"), choices=list(PAYS.items()), widget=forms.RadioSelect, initial="any"
    )
    goods_categories = forms.CharField(
        label=_("Categories of goods"), required=False, max_length=4000, help_text=_("Separated by semicolons")
    )
    services = forms.ChoiceField(
        label=_("Services that it pays"), choices=list(PAYS.items()), widget=forms.RadioSelect, initial="any"
    )
    services_categories = forms.CharField(
        label=_("Categories of services"), required=False, max_length=4000, help_text=_("Separated by semicolons")
    )
    places = forms.MultipleChoiceField(
        label=_("Where it is good"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everywhere"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("places", places)
        if len(places) < 2:
            del self.fields["places"]

    def draft(self) -> TypeDraft:
        """What was typed, for the action."""
        typed = self.cleaned_data
        values = [typed_amount(one) for one in _parts(typed["values"])]
        kind = typed["validity"]
        return TypeDraft(
            name=typed["name"],
            is_single_use=typed["uses"] == "single",
            has_code=typed["has_code"] == "yes",
            values=values,
            value_min=typed_amount(typed["value_min"]) or None if not values else None,
            value_max=typed_amount(typed["value_max"]) or None if not values else None,
            limits={name: self._pays(name) for name in ("goods", "services")},
            validity={
                "kind": kind,
                "value": {"days": typed["count"], "months": typed["count"], "until": typed["until"]}.get(kind),
            },
        )

    def _pays(self, name: str) -> str | list[str]:
        chosen = self.cleaned_data[name]
        return _parts(self.cleaned_data[f"{name}_categories"]) if chosen == "some" else str(chosen)


FIELDS: Final = {"limits": "goods", "validity": "count"}
"""Where problems of what has several fields stand."""


def initial_of(found: TypeView, *, decimals: int, places: Sequence[str]) -> dict[str, Any]:
    """The form of a type that is there."""
    terms = found.terms

    def money(units: int | None) -> str:
        return "" if units is None else format_amount(units, decimals)

    pays: dict[str, Any] = {}
    for name in ("goods", "services"):
        chosen = terms.limits.get(name, "any")
        pays[name] = chosen if isinstance(chosen, str) else "some"
        pays[f"{name}_categories"] = "" if isinstance(chosen, str) else "; ".join(chosen)
    return pays | {
        "name": terms.name,
        "values": "; ".join(format_amount(one, decimals) for one in terms.values),
        "value_min": money(terms.value_min),
        "value_max": money(terms.value_max),
        "uses": "single" if terms.is_single_use else "multiple",
        "has_code": "yes" if terms.has_code else "no",
        "validity": terms.validity.kind,
        "count": terms.validity.count or None,
        "until": terms.validity.day,
        "places": list(places),
        "version": found.version,
    }


def _parts(text: str) -> list[str]:
    return [part for part in (one.strip() for one in text.replace("\n", ";").split(";")) if part]
