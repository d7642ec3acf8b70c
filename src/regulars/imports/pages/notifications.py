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


def tell_sample(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for sample data that came, or went but for what was used."""
    outcome = _("It is all here: look around.") if ending == "added" else _sample_removed(facts)
    return Told(icon="table-2", about=_("Sample data"), outcome=outcome, url="/", is_bad=False)


def _sample_removed(facts: Mapping[str, Any]) -> str:
    kept = [
        text % {"count": number(count)}
        for text, count in (
            (ngettext("%(count)s card", "%(count)s cards", facts["cards"]), facts["cards"]),
            (ngettext("%(count)s customer", "%(count)s customers", facts["customers"]), facts["customers"]),
            (ngettext("%(count)s card type", "%(count)s card types", facts["types"]), facts["types"]),
        )
        if count
    ]
    if not kept:
        return _("It is gone, all of it.")
    return _("It is gone. Kept, because it was used or changed: %(what)s.") % {"what": ", ".join(kept)}


def _outcome(ending: str, facts: Mapping[str, Any]) -> str:
    match ending:
        case "needs_mapping":
            return _("The file is read. Say what its columns mean.")
        case "checked":
            return _checked(facts["good"], facts["errors"])
        case "applied":
            return _applied(facts)
        case "cancelled":
            return _("Stopped: %(created)s new and %(changed)s changed before that stay.") % {
                "created": number(facts["created"]),
                "changed": number(facts["changed"]),
            }
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
