"""What a notification about an import says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.imports.pages.words import explain
from regulars.kernel.ids import encode
from regulars.platform.pages.figures import number
from regulars.platform.pages.notifications import Told


def tell_import(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for an import that came to this end, or that waits for somebody."""
    return Told(
        icon="table-2",
        about=facts["file"],
        outcome=_outcome(ending, facts),
        url=reverse("imports:show", args=[encode("imp", subject_id)]),
        is_bad=ending == "failed",
    )


def _outcome(ending: str, facts: Mapping[str, Any]) -> str:
    match ending:
        case "needs_mapping":
            return _("The file is read. Say what its columns mean.")
        case "checked":
            return _checked(facts["good"], facts["errors"])
        case "applied":
            return _applied(facts)
        case "undone":
            return _undone(facts["kept"])
        case _:
            return _("Not imported: %(why)s") % {"why": explain(facts["problem"])}


def _checked(good: int, errors: int) -> str:
    text = ngettext(
        "Checked: %(rows)s row is ready to import.", "Checked: %(rows)s rows are ready to import.", good
    ) % {"rows": number(good)}
    return f"{text} {_with_errors(errors)}" if errors else text


def _with_errors(errors: int) -> str:
    return ngettext("%(rows)s row has errors.", "%(rows)s rows have errors.", errors) % {"rows": number(errors)}


def _applied(facts: Mapping[str, Any]) -> str:
    text = _("Imported: %(created)s new, %(changed)s changed.") % {
        "created": number(facts["created"]),
        "changed": number(facts["changed"]),
    }
    left = facts["left"]
    if not left:
        return text
    more = ngettext("%(rows)s row was left out.", "%(rows)s rows were left out.", left) % {"rows": number(left)}
    return f"{text} {more}"


def _undone(kept: int) -> str:
    if not kept:
        return _("The import is undone, all of it.")
    return ngettext(
        "The import is undone. %(count)s thing stayed, because it was used since.",
        "The import is undone. %(count)s things stayed, because they were used since.",
        kept,
    ) % {"count": number(kept)}
