"""Writes of product feeds: what is read, when, and what becomes of products that are gone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import unit_of_work
from regulars.products.errors import FeedRunning, TooManyFeeds
from regulars.products.models import ProductFeed, ProductFeedRun
from regulars.products.queries.feeds import UNFINISHED, FeedRunView, FeedView, access_feed, view_run
from regulars.products.rules.feeds import FEEDS_MAX, REASONS, FeedDraft, check_feed, next_due

RUN_LIVES: Final = timedelta(hours=6)

Defer = Callable[[UUID, UUID], None]
"""Puts a run of a feed (chain, run) into the background, inside the running transaction."""


def create_feed(actor: Actor, draft: FeedDraft, *, zone: ZoneInfo, now: datetime) -> FeedView:
    """Keep the address of a feed; it is read for the first time when it is due. Refuses: Forbidden, Invalid, TooManyFeeds."""
    actor.require("promotions:write")
    problem = check_feed(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        if ProductFeed.objects.filter(chain_id=actor.chain_id).count() >= FEEDS_MAX:
            raise Refused(TooManyFeeds(limit=FEEDS_MAX))
        made = ProductFeed(id=new_id(), chain_id=actor.chain_id, created_at=now)
        _write(made, draft)
        made.due_at = next_due(draft.schedule, after=now, zone=zone)
        made.save(force_insert=True)
        record(
            actor,
            verb="product_feed.created",
            object_kind="product_feed",
            object_id=made.id,
            now=now,
            after=_facts(made),
        )
        return access_feed(actor, _public(made))


def change_feed(
    actor: Actor, identifier: str, draft: FeedDraft, *, zone: ZoneInfo, now: datetime, version: int | None = None
) -> FeedView:
    """Write a feed anew. Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile (where `version` is given and old)."""
    actor.require("promotions:write")
    problem = check_feed(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if version is not None and version != found.version:
            raise Refused(ChangedMeanwhile())
        before = _facts(found)
        schedule_before = (found.schedule, found.is_paused)
        _write(found, draft)
        before, after = changed_only(before, _facts(found))
        if (found.schedule, found.is_paused) != schedule_before or found.due_at is None:
            found.due_at = next_due(found.schedule, after=now, zone=zone)
        if after:
            found.version += 1
            found.save()
            record(
                actor,
                verb="product_feed.changed",
                object_kind="product_feed",
                object_id=found.id,
                now=now,
                before=before,
                after=after,
            )
        return access_feed(actor, identifier)


def remove_feed(actor: Actor, identifier: str, *, now: datetime) -> None:
    """Forget a feed and its runs; its products stay. Refuses: Forbidden, NotFound, FeedRunning."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        _give_up_lost(found, now=now)
        _refuse_running(found)
        record(
            actor,
            verb="product_feed.removed",
            object_kind="product_feed",
            object_id=found.id,
            now=now,
            before=_facts(found),
        )
        found.delete()


def run_feed_now(actor: Actor, identifier: str, *, defer: Defer, now: datetime) -> FeedRunView:
    """Begin to read a feed in the background. Refuses: Forbidden, NotFound, FeedRunning."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        _give_up_lost(found, now=now)
        _refuse_running(found)
        return view_run(_begin(found, through=actor.through, defer=defer, now=now))


def begin_due_feeds(chain_id: UUID, *, zone: ZoneInfo, defer: Defer, now: datetime) -> int:
    """Begin to read the feeds of a chain that are due, and note when each is due next. Returns how many."""
    begun = 0
    with unit_of_work(chain_id):
        due = ProductFeed.objects.select_for_update(no_key=True).filter(
            chain_id=chain_id, is_paused=False, due_at__lte=now
        )
        for feed in due.order_by("id"):
            feed.due_at = next_due(feed.schedule, after=now, zone=zone)
            feed.save(update_fields=["due_at"])
            _give_up_lost(feed, now=now)
            if not _is_running(feed):
                _begin(feed, through="schedule", defer=defer, now=now)
                begun += 1
    return begun


def _begin(feed: ProductFeed, *, through: str, defer: Defer, now: datetime) -> ProductFeedRun:
    run = ProductFeedRun.objects.create(id=new_id(), chain_id=feed.chain_id, feed=feed, through=through, created_at=now)
    defer(feed.chain_id, run.id)
    return run


def _lock(actor: Actor, identifier: str) -> ProductFeed:
    feed_id = access_feed(actor, identifier).id
    return ProductFeed.objects.select_for_update(no_key=True).get(chain_id=actor.chain_id, id=feed_id)


def _refuse_running(feed: ProductFeed) -> None:
    if _is_running(feed):
        raise Refused(FeedRunning())


def _is_running(feed: ProductFeed) -> bool:
    return ProductFeedRun.objects.filter(chain_id=feed.chain_id, feed=feed, state__in=UNFINISHED).exists()


def _give_up_lost(feed: ProductFeed, *, now: datetime) -> None:
    """A run whose job was lost for good must not hold up the feed for ever."""
    lost = ProductFeedRun.objects.filter(
        chain_id=feed.chain_id, feed=feed, state__in=UNFINISHED, created_at__lt=now - RUN_LIVES
    )
    problem = {"code": "interrupted", "message": REASONS["interrupted"], "values": {}}
    lost.update(state="failed", problem=problem, finished_at=now)


def _write(feed: ProductFeed, draft: FeedDraft) -> None:
    feed.name = one_line(draft.name)
    feed.url = draft.url
    feed.kind = draft.kind
    feed.schedule = draft.schedule
    feed.mapping = {name: one_line(source) for name, source in draft.mapping.items() if one_line(source)}
    feed.archives_gone = draft.archives_gone
    feed.is_paused = draft.is_paused


def _facts(feed: ProductFeed) -> dict[str, Any]:
    names = ("name", "url", "kind", "schedule", "mapping", "archives_gone", "is_paused")
    return {name: getattr(feed, name) for name in names}


def _public(feed: ProductFeed) -> str:
    return encode("pfd", feed.id)
