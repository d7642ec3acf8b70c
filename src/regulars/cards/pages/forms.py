"""Forms of cards."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.numbers import NUMBER_LENGTH_MAX
from regulars.kernel.ids import encode
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.once_form import OnceForm

REASON_LENGTH_MAX: Final = 500


class ReasonForm(CleanTextForm):
    """Why something is done."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX)


class AdjustForm(OnceForm):
    """A signed amount on one balance, and why."""

    balance = forms.ChoiceField(label=gettext_lazy("Balance"), widget=forms.RadioSelect)
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("A plus gives, a minus takes: 5 or -5"),
        max_length=40,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX)

    def __init__(self, *args: Any, balances: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("balance", balances)
        if balances:
            self.initial.setdefault("balance", balances[0][0])


class DepositForm(AdjustForm):
    """Money for a deposit, or out of it; the reason may be left out."""

    reason = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=REASON_LENGTH_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = ""


class MoveForm(AdjustForm):
    """Part of a balance that goes to another card."""

    to = forms.CharField(
        label=gettext_lazy("To card"),
        help_text=gettext_lazy("Its number or till number"),
        max_length=NUMBER_LENGTH_MAX,
    )
    field_order = ("to", "balance", "amount", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = ""


class ReplaceForm(ReasonForm):
    """A new number for a lost card."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX, initial=gettext_lazy("The card was lost")
    )
    number = forms.CharField(
        label=gettext_lazy("New number"),
        required=False,
        max_length=NUMBER_LENGTH_MAX,
        help_text=gettext_lazy("Leave empty to have one made"),
    )


def offer_types(form: CleanTextForm, types: Sequence[CardTypeView]) -> None:
    """Offer card types in the field `card_type`, the first one chosen."""
    form.offer("card_type", [(encode("ctp", one.id), one.name) for one in types])
    if types:
        form.initial.setdefault("card_type", encode("ctp", types[0].id))


def show_as_required(form: forms.Form, *names: str) -> None:
    """Do not call fields optional that are asked for by more than themselves; after validation, before rendering."""
    form.use_required_attribute = False
    for name in names:
        if name in form.fields:
            form.fields[name].required = True
