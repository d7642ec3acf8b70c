"""One check for text from outside, wherever it enters: query strings, paths, form fields, JSON (DESIGN section 8)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.kernel.text import has_forbidden


def forbidden_text(pointer: str) -> FieldProblem:
    """The field problem of text that holds NUL, another control character or half of a surrogate pair."""
    return FieldProblem(pointer, "invalid_text", _("This has a control character, which no field takes."))


def refuse_forbidden_text(texts: Iterable[tuple[str, str]]) -> None:
    """Refuse texts, given with their pointers, that no field takes. Refuses: Invalid."""
    problems = tuple(forbidden_text(pointer) for pointer, text in texts if has_forbidden(text))
    if problems:
        raise Refused(Invalid(errors=problems))


def check_query(request: HttpRequest) -> None:
    """Refuse a query string with text that no field takes. Refuses: Invalid."""
    if request.META.get("QUERY_STRING"):
        refuse_forbidden_text(_pairs(request.GET, "/query/"))


def check_posted(request: HttpRequest) -> None:
    """Refuse posted form fields with text that no field takes; files are not looked into. Refuses: Invalid."""
    refuse_forbidden_text(_pairs(request.POST, "/"))


def _pairs(fields: QueryDict, prefix: str) -> Iterable[tuple[str, str]]:
    for name, values in fields.lists():
        yield prefix, name
        for value in values:
            yield f"{prefix}{name}", str(value)


class CleanTextForm(forms.Form):
    """A form none of whose text fields takes control characters or halves of surrogate pairs."""

    def offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        """Let a field of choices offer these, which nobody knows before the form is made."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def clean(self) -> dict[str, Any]:
        """Add one error to each field whose text nobody could store."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and has_forbidden(value):
                self.add_error(name, forbidden_text(f"/{name}").detail)
        return cleaned
