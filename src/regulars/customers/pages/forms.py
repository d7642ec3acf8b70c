"""Forms of customers, and how a refusal finds its field again."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.customers.actions.notes import NOTE_LENGTH_MAX
from regulars.customers.errors import PhoneTaken
from regulars.customers.pages import words
from regulars.customers.queries import CustomerView, CustomFieldView
from regulars.customers.rules import COMMENT_LENGTH_MAX, EMAIL_LENGTH_MAX, FIELD_KINDS, NAME_LENGTH_MAX, PHONES_MAX
from regulars.kernel.phone import LENGTH_MAX as PHONE_LENGTH_MAX
from regulars.kernel.phone import format_phone
from regulars.kernel.refusal import Invalid, Refusal
from regulars.platform.input_text import CleanTextForm
from regulars.platform.problems import sentence

# fmt: off
LANGUAGES: Final = (
    "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr",
    "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "lt", "lv", "mr", "nl", "no", "pa", "pl", "pt",
    "ro", "ru", "sk", "sl", "sr", "sv", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh",
)
# fmt: on
TAGS_LENGTH_MAX: Final = 3_500
PHONES_FIRST: Final = 2


class CustomerForm(CleanTextForm):
    """A customer's record. Phones are as many fields as there are phones and one more; own fields follow their kind."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=NAME_LENGTH_MAX, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=EMAIL_LENGTH_MAX, required=False)
    birthday = forms.DateField(
        label=gettext_lazy("Birthday"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "min": "1890-01-01"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=TAGS_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("Separated by commas"),
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=COMMENT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        fields: Sequence[CustomFieldView],
        view: CustomerView | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={**(initial_of(view) if view else {}), **(initial or {})})
        self.custom_fields = [one for one in fields if one.archived_at is None]
        self._add_phones(data, len(view.phones) if view else 0)
        self._add_languages(view.language if view else "")
        for one in self.custom_fields:
            value = view.custom.get(one.key) if view else None
            self.fields[custom_name(one)] = custom_field(one, value)
            self.initial.setdefault(custom_name(one), custom_initial(one, value))

    def _add_phones(self, data: QueryDict | None, held: int) -> None:
        sent = [name for name in (f"phone_{number}" for number in range(PHONES_MAX)) if data and data.get(name)]
        last = int(sent[-1].removeprefix("phone_")) + 1 if sent else 0
        for number in range(min(PHONES_MAX, max(PHONES_FIRST, held + 1, last))):
            label = gettext_lazy("Phone") if number == 0 else gettext_lazy("Another phone")
            self.fields[f"phone_{number}"] = forms.CharField(label=label, required=False, max_length=PHONE_LENGTH_MAX)

    def _add_languages(self, held: str) -> None:
        codes = dict.fromkeys([*LANGUAGES, *([held] if held else [])])
        named = sorted(((code, words.language_name(code)) for code in codes), key=lambda pair: pair[1].casefold())
        self.offer("language", [("", _("Not known")), *named])

    @property
    def phone_fields(self) -> list[forms.BoundField]:
        """The phones, in their order."""
        return [self[name] for name in self.fields if name.startswith("phone_")]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields that the chain added."""
        return [self[custom_name(one)] for one in self.custom_fields]

    @property
    def phones(self) -> tuple[str, ...]:
        """The phones as they were typed."""
        return tuple(
            self.cleaned_data[name] for name in self.fields if name.startswith("phone_") and self.cleaned_data.get(name)
        )

    def changes(self) -> dict[str, Any]:
        """The record as somebody wrote it, by the names of CustomerDraft."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "phones": self.phones,
            "email": data["email"],
            "birthday": data["birthday"],
            "language": data["language"],
            "tags": split_tags(data["tags"]),
            "comment": data["comment"],
        }

    def custom(self, held: dict[str, Any]) -> dict[str, Any]:
        """The chain's own fields: what stands there in fields that are not shown, and what was typed."""
        shown = {one.key for one in self.custom_fields}
        kept = {key: value for key, value in held.items() if key not in shown}
        typed = {one.key: custom_value(one, self.cleaned_data[custom_name(one)]) for one in self.custom_fields}
        return kept | {key: value for key, value in typed.items() if value not in (None, "")}

    def show_refusal(self, refusal: Refusal, *, holder: CustomerView | None = None, holder_url: str = "") -> None:
        """Put a refusal at its field; `holder` is whose phone it is, where that is what was refused."""
        if isinstance(refusal, PhoneTaken) and holder:
            self.add_error(
                self._phone_name(refusal.phone),
                format_html(
                    _("This phone belongs to {link} already."),
                    link=format_html('<a class="link" href="{}"><bdi>{}</bdi></a>', holder_url, holder.label),
                ),
            )
            return
        if isinstance(refusal, Invalid) and refusal.errors:
            for problem in refusal.errors:
                self.add_error(self._name_of(problem.pointer), _(problem.detail))
            return
        self.add_error(None, sentence(refusal))

    def _phone_name(self, phone: str) -> str:
        typed = {name: self.cleaned_data.get(name, "") for name in self.fields if name.startswith("phone_")}
        digits = "".join(filter(str.isdigit, phone))[-6:]
        for name, text in typed.items():
            if "".join(filter(str.isdigit, text)).endswith(digits):
                return name
        return "phone_0"

    def _name_of(self, pointer: str) -> str | None:
        parts = pointer.strip("/").split("/")
        if parts[0] in ("phone", "phones"):
            # The action counts the phones that were given; the form may have empty fields between them.
            filled = [name for name in self.fields if name.startswith("phone_") and self.cleaned_data.get(name)]
            number = int(parts[1]) if len(parts) > 1 else 0
            return filled[number] if number < len(filled) else "phone_0"
        name = f"custom_{'/'.join(parts[1:])}" if parts[0] == "custom" else parts[0]
        return name if name in self.fields else None


def initial_of(view: CustomerView) -> dict[str, Any]:
    """What the form shows of a record."""
    return {
        "name": view.name,
        "email": view.email or "",
        "birthday": view.birthday,
        "language": view.language,
        "tags": join_tags(view.tags),
        "comment": view.comment,
        "version": view.version,
        **{f"phone_{number}": format_phone(phone) for number, phone in enumerate(view.phones)},
    }


def custom_name(one: CustomFieldView) -> str:
    """The name of a chain's own field in forms."""
    return f"custom_{one.key}"


def custom_field(one: CustomFieldView, value: object) -> forms.Field:
    """A chain's own field as a form field of its kind; a choice that is gone stays while somebody has it."""
    match one.kind:
        case "choice":
            choices = dict.fromkeys([*one.choices, *([str(value)] if value else [])])
            return forms.ChoiceField(
                label=one.name, required=False, choices=[("", "—"), *((text, text) for text in choices)]
            )
        case "yes_no":
            answers = [("", "—"), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
            return forms.ChoiceField(label=one.name, required=False, choices=answers)
        case "date":
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(label=one.name, required=False, widget=widget, input_formats=["%Y-%m-%d"])
        case "number":
            return forms.CharField(
                label=one.name, required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"})
            )
        case _:
            return forms.CharField(label=one.name, required=False, max_length=1_000)


def custom_initial(one: CustomFieldView, value: Any) -> Any:
    """What a chain's own field shows at first."""
    if value is None:
        return ""
    if one.kind == "yes_no":
        return "yes" if value else "no"
    if one.kind == "date":
        return date.fromisoformat(str(value))
    return value


def custom_value(one: CustomFieldView, typed: Any) -> Any:
    """What was typed into a chain's own field, as actions take it."""
    if one.kind == "yes_no":
        return {"yes": True, "no": False}.get(typed)
    if one.kind == "date":
        return typed.isoformat() if typed else ""
    if one.kind == "number":
        return str(typed).replace(",", ".").replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    return typed


def split_tags(text: str) -> tuple[str, ...]:
    """Tags from one line: commas part them, quotation marks keep a comma inside one."""
    try:
        found = next(csv.reader([" ".join(text.split())], skipinitialspace=True), [])
    except csv.Error:
        found = text.split(",")
    return tuple(tag.strip() for tag in found if tag.strip())


def join_tags(tags: Iterable[str]) -> str:
    """Tags as one line that `split_tags` reads back."""
    made = StringIO()
    csv.writer(made, lineterminator="").writerow(list(tags))
    return made.getvalue().replace(",", ", ") if not any("," in tag for tag in tags) else made.getvalue()


class NoteForm(CleanTextForm):
    """A note about a customer."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=NOTE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write something.")},
    )


class ConsentForm(CleanTextForm):
    """What a customer agrees to or withdraws, through what, and to which text."""

    purpose = forms.ChoiceField(label=gettext_lazy("What for"))
    given = forms.ChoiceField(
        label=gettext_lazy("The customer"),
        choices=[("yes", pgettext_lazy("consent", "agrees")), ("no", pgettext_lazy("consent", "withdraws"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    source = forms.CharField(
        label=gettext_lazy("How they said it"),
        max_length=200,
        initial=gettext_lazy("At the counter"),
        help_text=gettext_lazy("For instance: sign-up sheet, at the counter, by phone"),
    )
    text_version = forms.CharField(label=gettext_lazy("Version of the text they saw"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None = None, *, held: Iterable[str] = (), **given: Any) -> None:
        super().__init__(data, **given)
        known = dict.fromkeys([*words.PURPOSES, *held])
        self.offer("purpose", [(purpose, words.purpose_text(purpose)) for purpose in known])


class FieldForm(CleanTextForm):
    """A field that the chain adds to its customers."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[(kind, words.KINDS[kind]) for kind in FIELD_KINDS],
        initial="text",
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One in each line; only for the kind Choice"),
    )

    def __init__(self, *given: Any, fixed_kind: str = "", **named: Any) -> None:
        super().__init__(*given, **named)
        if fixed_kind:
            # What customers have in it was read as this kind.
            del self.fields["kind"]
            if fixed_kind != "choice":
                del self.fields["choices"]

    def show_refusal(self, refusal: Refusal) -> None:
        """Put a refusal at its field."""
        if not isinstance(refusal, Invalid) or not refusal.errors:
            self.add_error(None, sentence(refusal))
            return
        for problem in refusal.errors:
            name = problem.pointer.strip("/").split("/")[0]
            self.add_error(name if name in self.fields else None, _(problem.detail))
