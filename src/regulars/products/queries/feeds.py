"""Reads of product feeds and their runs; values, scoped to the chain of the running unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.products.models import ProductFeed, ProductFeedRun

UNFINISHED = ("waiting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRunView:
    """One reading of a feed. `errors` holds the first rows that were left out, `failed` how many there were."""

    id: UUID
    state: str
    through: str
    rows_read: int
    rows_done: int
    made: int
    changed: int
    unchanged: int
    archived: int
    failed: int
    errors: tuple[dict[str, Any], ...]
    problem: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody should look again soon."""
        return self.state in UNFINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed with its newest run."""

    id: UUID
    name: str
    url: str
    kind: str
    schedule: str
    mapping: Mapping[str, str]
    archives_gone: bool
    is_paused: bool
    due_at: datetime | None
    version: int
    last_run: FeedRunView | None


def list_feeds(actor: Actor) -> list[FeedView]:
    """The feeds of the chain, oldest first. Refuses: Forbidden."""
    actor.require("promotions:read")
    feeds = list(ProductFeed.objects.filter(chain_id=actor.chain_id).order_by("id"))
    newest: dict[UUID, ProductFeedRun] = {}
    runs = ProductFeedRun.objects.filter(chain_id=actor.chain_id, feed__in=feeds)
    for run in runs.order_by("feed_id", "-id").distinct("feed_id"):
        newest[run.feed_id] = run
    return [view_feed(feed, newest.get(feed.id)) for feed in feeds]


def access_feed(actor: Actor, identifier: str) -> FeedView:
    """The feed with this id (`pfd_…`). Refuses: Forbidden, NotFound."""
    actor.require("promotions:read")
    feed_id = decode("pfd", identifier)
    found = ProductFeed.objects.filter(chain_id=actor.chain_id, id=feed_id).first() if feed_id else None
    if found is None:
        raise Refused(NotFound())
    return view_feed(found, newest_run(actor.chain_id, found.id))


def newest_run(chain_id: UUID, feed_id: UUID) -> ProductFeedRun | None:
    """The row of a feed's last run, finished or not."""
    return ProductFeedRun.objects.filter(chain_id=chain_id, feed_id=feed_id).order_by("-id").first()


def list_runs(actor: Actor, feed_id: UUID, *, limit: int = 20) -> list[FeedRunView]:
    """The newest runs of a feed, newest first. Refuses: Forbidden."""
    actor.require("promotions:read")
    found = ProductFeedRun.objects.filter(chain_id=actor.chain_id, feed_id=feed_id).order_by("-id")
    return [view_run(run) for run in found[:limit]]


def view_feed(row: ProductFeed, run: ProductFeedRun | None) -> FeedView:
    """The value of a row with its newest run."""
    return FeedView(
        id=row.id,
        name=row.name,
        url=row.url,
        kind=row.kind,
        schedule=row.schedule,
        mapping=row.mapping,
        archives_gone=row.archives_gone,
        is_paused=row.is_paused,
        due_at=None if row.is_paused else row.due_at,
        version=row.version,
        last_run=view_run(run) if run else None,
    )


def view_run(row: ProductFeedRun) -> FeedRunView:
    """The value of a row."""
    return FeedRunView(
        id=row.id,
        state=row.state,
        through=row.through,
        rows_read=row.rows_read,
        rows_done=row.rows_done,
        made=row.made,
        changed=row.changed,
        unchanged=row.unchanged,
        archived=row.archived,
        failed=row.failed,
        errors=tuple(row.errors),
        problem=row.problem,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
