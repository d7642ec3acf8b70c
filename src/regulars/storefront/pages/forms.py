"""Forms of joining and of its settings."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.customers.rules import EMAIL_LENGTH_MAX, NAME_LENGTH_MAX
from regulars.kernel.phone import LENGTH_MAX as PHONE_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.storefront.rules.form import CONSENT_LENGTH_MAX, FIELDS, PURPOSE_LENGTH_MAX, ConsentWords, FormPlan

CONSENT: Final = "consent_"
LABEL_LENGTH_MAX: Final = 60
"""Of a consent where it is only named, as in a list of what is missing."""
LABELS: Final = {
    "name": pgettext_lazy("of a person", "Name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "birthday": gettext_lazy("Birthday"),
}


class JoinForm(CleanTextForm):
    """What a page asks whom joins; the fields are those of its plan, and one for each consent."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        plan: FormPlan,
        consents: Sequence[ConsentWords],
        language: str,
        fallback: str,
    ) -> None:
        super().__init__(data, initial={"key": str(uuid4())})
        self.plan = plan
        self.words = {one.purpose: one.text(language, fallback) for one in consents}
        for name in FIELDS:
            if getattr(plan, name) != "off":
                self.fields[name] = _asked(name, is_required=getattr(plan, name) == "required")
        for one in consents:
            self.fields[f"{CONSENT}{one.purpose}"] = forms.BooleanField(
                label=Truncator(self.words[one.purpose]).chars(LABEL_LENGTH_MAX),
                required=one.is_required,
                error_messages={"required": gettext_lazy("Without this you cannot join.")},
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields about the person, in their order."""
        return [self[name] for name in FIELDS if name in self.fields]

    @property
    def consents(self) -> list[tuple[forms.BoundField, str]]:
        """The consents, in their order, with all their words."""
        return [(self[f"{CONSENT}{purpose}"], text) for purpose, text in self.words.items()]

    @property
    def form_key(self) -> UUID:
        """Which form this is; a damaged one is a new one."""
        try:
            return UUID(self.cleaned_data.get("key") or "")
        except ValueError:
            return uuid4()

    def answers(self) -> dict[str, Any]:
        """What was typed, by the names of JoinDraft."""
        data = self.cleaned_data
        return {
            "name": data.get("name") or "",
            "phone": data.get("phone") or "",
            "email": data.get("email") or "",
            "birthday": cast("date | None", data.get("birthday")),
            "agreed": frozenset(one for one in self.words if data.get(f"{CONSENT}{one}")),
            "form_key": self.form_key,
        }


class CodeForm(CleanTextForm):
    """The six digits of a message."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        error_messages={"required": gettext_lazy("Type the six digits of the message.")},
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "code-box",
                "placeholder": "••••••",
            }
        ),
    )


class PageForm(CleanTextForm):
    """The settings of a join page."""

    slug = forms.CharField(label=gettext_lazy("Address"), max_length=60)
    is_open = forms.BooleanField(label=gettext_lazy("People can join here"), required=False)
    name = forms.ChoiceField(label=LABELS["name"])
    phone = forms.ChoiceField(label=LABELS["phone"])
    email = forms.ChoiceField(label=LABELS["email"])
    birthday = forms.ChoiceField(label=LABELS["birthday"])
    confirmation = forms.ChoiceField(label=gettext_lazy("Newcomers are entered"), widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.offer(name, [("off", _("not asked")), ("optional", _("optional")), ("required", _("required"))])
        self.offer(
            "confirmation",
            [
                ("code", _("Once they have typed the code that was sent to them")),
                ("none", _("At once; the code is only needed to see the card")),
            ],
        )


class ConsentForm(CleanTextForm):
    """A consent in the languages of the product."""

    name = forms.CharField(
        label=gettext_lazy("Name, for you"),
        max_length=PURPOSE_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("Such as “terms” or “news”. People see only the words below."),
    )
    is_required = forms.BooleanField(label=gettext_lazy("Nobody joins without it"), required=False)

    def __init__(self, data: QueryDict | None = None, *, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.languages = [code for code, _name in languages]
        for code, language in languages:
            self.fields[f"text_{code}"] = forms.CharField(
                label=language,
                required=False,
                max_length=CONSENT_LENGTH_MAX,
                widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
            )

    @property
    def texts(self) -> dict[str, str]:
        """The words per language."""
        return {code: self.cleaned_data.get(f"text_{code}") or "" for code in self.languages}

    @property
    def text_fields(self) -> list[forms.BoundField]:
        """The words, language by language."""
        return [self[f"text_{code}"] for code in self.languages]


def _asked(name: str, *, is_required: bool) -> forms.Field:
    label = LABELS[name]
    if name == "birthday":
        widget = forms.DateInput(attrs={"type": "date", "min": "1890-01-01", "autocomplete": "bday"}, format="%Y-%m-%d")
        field: forms.Field = forms.DateField(
            label=label, required=is_required, widget=widget, input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]
        )
    else:
        longest = {"name": NAME_LENGTH_MAX, "phone": PHONE_LENGTH_MAX, "email": EMAIL_LENGTH_MAX}[name]
        kinds = {"name": "text", "phone": "tel", "email": "email"}
        complete = {"name": "name", "phone": "tel", "email": "email"}[name]
        widget_attrs = {"type": kinds[name], "autocomplete": complete}
        field = forms.CharField(
            label=label, required=is_required, max_length=longest, widget=forms.TextInput(attrs=widget_attrs)
        )
    field.error_messages["required"] = gettext_lazy("Please fill this in.")
    return field
