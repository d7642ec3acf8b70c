"""How a refusal of an action finds its field in the form again."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _

from regulars.kernel.refusal import Invalid, Refusal
from regulars.platform.problems import sentence


def show_refusal(form: forms.Form, refusal: Refusal, *, fields: Mapping[str, str] | None = None) -> None:
    """Put a refusal where the reader looks for it: each problem at its field, everything else on top.

    `fields` maps codes of refusals, and names of fields in pointers, to the form's own fields.
    """
    named = fields or {}
    if not isinstance(refusal, Invalid) or not refusal.errors:
        field = named.get(refusal.code)
        form.add_error(field if field in form.fields else None, sentence(refusal))
        return
    for problem in refusal.errors:
        name = problem.pointer.strip("/").split("/")[0]
        field = named.get(name, name)
        form.add_error(field if field in form.fields else None, _(problem.detail))
