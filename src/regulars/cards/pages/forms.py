"""Forms of cards."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.numbers import NUMBER_LENGTH_MAX
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim
from regulars.platform.input_text import CleanTextForm

REASON_LENGTH_MAX: Final = 500


class OnceForm(CleanTextForm):
    """A form that acts once, however often it is sent: a hidden key goes with it (LED-2)."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("once", secrets.token_urlsafe(18))

    def claim(self, actor: Actor, route: str) -> Claim | None:
        """The idempotency key of this form, with a hash of what was typed; None for a form without one."""
        key = self.cleaned_data.get("once")
        holder = actor.staff_id
        if not key or holder is None:
            return None
        typed = {name: str(value) for name, value in self.cleaned_data.items()}
        digest = hashlib.sha256(json.dumps([route, typed], sort_keys=True).encode()).digest()
        return Claim(holder_id=holder, route=f"page {route}", key=key, body_hash=digest)


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
