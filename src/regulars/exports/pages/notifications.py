"""What a notification about an export says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages.figures import number
from regulars.platform.pages.notifications import Told


def tell_export(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for an export whose file is there, or that failed."""
    return Told(
        icon="download",
        about=facts["file"],
        outcome=_ready(facts["rows"]) if ending == "done" else _failed(facts["problem"]),
        url=reverse("exports:list"),
        is_bad=ending == "failed",
    )


def _ready(rows: int) -> str:
    return ngettext("The file is ready: %(rows)s row.", "The file is ready: %(rows)s rows.", rows) % {
        "rows": number(rows)
    }


def _failed(problem: Mapping[str, Any]) -> str:
    return _("No file: %(why)s") % {"why": _(problem["message"]).format_map(problem["values"])}
