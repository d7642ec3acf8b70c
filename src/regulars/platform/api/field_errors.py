"""What pydantic finds wrong, as field problems with stable codes and sentences that help."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic_core import ErrorDetails

from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.platform.api.strict_json import PROBLEMS_MAX, pointer_to

Context = dict[str, Any]
Sentence = Callable[[Context], str]


def invalid_of(prefix: str, errors: Iterable[ErrorDetails], *, skip: int = 0) -> Invalid:
    """The refusal for pydantic's errors; `skip` parts at the start of each place are ours, not the sender's."""
    problems = [field_problem(prefix, error["loc"][skip:], error) for error in errors]
    return Invalid(errors=tuple(problems[:PROBLEMS_MAX]))


def field_problem(prefix: str, place: Sequence[str | int], error: ErrorDetails) -> FieldProblem:
    """One of pydantic's errors in our words; a code that we made ourselves comes with its sentence."""
    pointer = prefix
    for part in place:
        pointer = pointer_to(pointer, str(part))
    kind, context = error["type"], error.get("ctx", {})
    code, say = KINDS.get(kind, (None, None))
    if code and say:
        return FieldProblem(pointer, code, say(context))
    if "detail" in context:
        return FieldProblem(pointer, kind, str(context["detail"]))
    return FieldProblem(pointer, "invalid_value", _("This value is not taken here."))


def _wanted(what: Callable[[], str]) -> tuple[str, Sentence]:
    return "wrong_type", lambda _context: what()


KINDS: Final[dict[str, tuple[str, Sentence]]] = {
    "missing": ("required", lambda _c: _("This field is required.")),
    "extra_forbidden": ("unknown_field", lambda _c: _("There is no such field here.")),
    "string_type": _wanted(lambda: _("A text is wanted.")),
    "int_type": _wanted(lambda: _("A whole number is wanted.")),
    "int_parsing": _wanted(lambda: _("A whole number is wanted.")),
    "int_parsing_size": ("out_of_range", lambda _c: _("This number is too large.")),
    "int_from_float": _wanted(lambda: _("A whole number is wanted.")),
    "bool_type": _wanted(lambda: _("true or false is wanted.")),
    "bool_parsing": _wanted(lambda: _("true or false is wanted.")),
    "list_type": _wanted(lambda: _("A list is wanted.")),
    "tuple_type": _wanted(lambda: _("A list is wanted.")),
    "dict_type": _wanted(lambda: _("An object is wanted.")),
    "model_type": _wanted(lambda: _("An object is wanted.")),
    "model_attributes_type": _wanted(lambda: _("An object is wanted.")),
    "string_too_long": ("too_long", lambda c: _("At most %(n)s characters.") % {"n": c.get("max_length")}),
    "string_too_short": ("too_short", lambda c: _("At least %(n)s characters.") % {"n": c.get("min_length")}),
    "too_long": ("too_many", lambda c: _("At most %(n)s.") % {"n": c.get("max_length")}),
    "too_short": ("too_few", lambda c: _("At least %(n)s.") % {"n": c.get("min_length")}),
    "string_pattern_mismatch": ("wrong_form", lambda _c: _("This does not have the form that is wanted here.")),
    "literal_error": ("unknown_value", lambda c: _("One of: %(values)s.") % {"values": c.get("expected")}),
    "enum": ("unknown_value", lambda c: _("One of: %(values)s.") % {"values": c.get("expected")}),
    "greater_than_equal": ("out_of_range", lambda c: _("At least %(n)s.") % {"n": c.get("ge")}),
    "greater_than": ("out_of_range", lambda c: _("More than %(n)s.") % {"n": c.get("gt")}),
    "less_than_equal": ("out_of_range", lambda c: _("At most %(n)s.") % {"n": c.get("le")}),
    "less_than": ("out_of_range", lambda c: _("Less than %(n)s.") % {"n": c.get("lt")}),
}
