"""What a notification about cards made for many customers at once says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from regulars.kernel.ids import encode
from regulars.platform.pages.figures import number
from regulars.platform.pages.notifications import Told


def tell_bulk_issue(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for cards that were all issued, or all taken back."""
    url_name = "cards:bulk" if facts["kind"] == "customers" else "cards:batch"
    return Told(
        icon="credit-card",
        about=facts["type"],
        outcome=_issued(facts) if ending == "done" else _taken_back(facts),
        url=reverse(url_name, args=[encode("blk", subject_id)]),
    )


def _issued(facts: Mapping[str, Any]) -> str:
    issued, skipped = facts["issued"], facts["skipped"]
    text = ngettext("%(count)s card was issued.", "%(count)s cards were issued.", issued) % {"count": number(issued)}
    if not skipped:
        return text
    if facts["kind"] == "blanks":
        return f"{text} {_not_made(skipped)}"
    more = ngettext("%(count)s customer had one already.", "%(count)s customers had one already.", skipped) % {
        "count": number(skipped)
    }
    return f"{text} {more}"


def _not_made(skipped: int) -> str:
    return ngettext("%(count)s number was not free any more.", "%(count)s numbers were not free any more.", skipped) % {
        "count": number(skipped)
    }


def _taken_back(facts: Mapping[str, Any]) -> str:
    taken, kept = facts["issued"] - facts["kept"], facts["kept"]
    text = ngettext("%(count)s card was taken back.", "%(count)s cards were taken back.", taken) % {
        "count": number(taken)
    }
    if not kept:
        return text
    more = ngettext(
        "%(count)s card stayed, because it was used.", "%(count)s cards stayed, because they were used.", kept
    ) % {"count": number(kept)}
    return f"{text} {more}"
