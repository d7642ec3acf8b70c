"""Feeds whose last reading failed: what failed, where it stands, how to mend it (ORD-12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.pages.notifications import Told
from regulars.products.api.feeds import problem_sentence
from regulars.products.queries.feeds import list_feeds


@dataclass(frozen=True, slots=True)
class Failing:
    """A feed that could not be read."""

    name: str
    problem: str
    url: str
    edit_url: str
    since: datetime | None


def failing_feeds(actor: Actor) -> list[Failing]:
    """The feeds of the chain whose last reading failed; those that rest are left alone. Refuses: Forbidden."""
    return [
        Failing(
            name=one.name,
            problem=problem_sentence(one.last_run.problem),
            url=_url("feed", one.id),
            edit_url=_url("edit_feed", one.id),
            since=one.last_run.finished_at,
        )
        for one in list_feeds(actor)
        if one.last_run is not None and one.last_run.state == "failed" and not one.is_paused
    ]


def tell_feed(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for a feed that could not be read."""
    problem = problem_sentence(facts["problem"])
    mend = _("Correct its address, or read it again.")
    return Told(icon="rss", about=facts["feed"], outcome=f"{problem} {mend}", url=_url("feed", subject_id), is_bad=True)


def _url(name: str, feed_id: UUID) -> str:
    return reverse(f"products:{name}", args=[encode("pfd", feed_id)])
