"""Routes of product feeds."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from regulars.chains.queries import get_chain
from regulars.kernel.ids import encode
from regulars.platform.api.answers import Answer, accepted, answer, created, nothing
from regulars.platform.api.fields import In, Out, TimeOut
from regulars.platform.api.listing import whole_list
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.products.actions.feeds import change_feed, create_feed, remove_feed, run_feed_now
from regulars.products.errors import FeedRunning, TooManyFeeds
from regulars.products.jobs import defer_feed
from regulars.products.queries.feeds import FeedRunView, FeedView, access_feed, list_feeds, list_runs
from regulars.products.rules.feeds import SOURCE_LENGTH_MAX, URL_LENGTH_MAX, FeedDraft

routes = Routes("Product feeds")

FeedKindIn = Literal["yml", "google_xml", "csv"]
ScheduleIn = Literal["hourly", "daily"]
FeedNameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Online shop"])]
UrlIn = Annotated[str, Field(max_length=URL_LENGTH_MAX, examples=["https://shop.example.com/products.xml"])]
MappingIn = Annotated[
    dict[str, Annotated[str, Field(max_length=SOURCE_LENGTH_MAX)]],
    Field(
        max_length=20,
        examples=[{"tags": "param:Label"}],
        description="For fields of a product (ours) the column, element, `@attribute` or `param:NAME` of the feed.",
    ),
]


class FeedIn(In):
    """A feed to read again and again."""

    name: FeedNameIn
    url: UrlIn
    kind: FeedKindIn
    schedule: ScheduleIn = "daily"
    mapping: MappingIn = {}
    archives_gone: Annotated[bool, Field(description="Put products away that the feed no longer names.")] = False
    is_paused: bool = False


class FeedChange(In):
    """Fields to change; those left out stay."""

    name: FeedNameIn | None = None
    url: UrlIn | None = None
    kind: FeedKindIn | None = None
    schedule: ScheduleIn | None = None
    mapping: MappingIn | None = None
    archives_gone: bool | None = None
    is_paused: bool | None = None


class FeedRunProblemOut(Out):
    """Why a feed was not read."""

    code: str
    detail: str


class FeedRunErrorOut(Out):
    """A product of a feed that was left out."""

    line: int
    sku: str
    field: str
    code: str
    detail: str


class FeedRunOut(Out):
    """One reading of a feed. `errors` holds the first hundred products that were left out, `counts.failed` says how many."""

    id: Annotated[str, Field(examples=["pfr_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    state: Literal["waiting", "running", "done", "failed"]
    progress: dict[str, int]
    counts: dict[str, int]
    errors: list[FeedRunErrorOut]
    problem: FeedRunProblemOut | None
    created_at: TimeOut
    finished_at: TimeOut | None


class FeedOut(Out):
    """A product feed."""

    id: Annotated[str, Field(examples=["pfd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    url: str
    kind: FeedKindIn
    schedule: ScheduleIn
    mapping: dict[str, str]
    archives_gone: bool
    is_paused: bool
    due_at: TimeOut | None
    last_run: FeedRunOut | None
    version: int


class FeedList(Out):
    """All feeds, oldest first."""

    items: list[FeedOut]
    next_cursor: str | None


class FeedRunList(Out):
    """The newest runs, at most 20."""

    items: list[FeedRunOut]
    next_cursor: str | None


@routes.get("/product-feeds", needs="promotions:read", answers={200: FeedList})
def list_product_feeds(request: ApiRequest) -> Answer:
    """List the product feeds."""
    return answer(whole_list(map(present_feed, list_feeds(request.actor))))


@routes.post("/product-feeds", needs="promotions:write", answers={201: FeedOut}, refuses=[TooManyFeeds])
def create_product_feed(request: ApiRequest, body: FeedIn) -> Answer:
    """Add a product feed.

    It is fetched on its schedule, `daily` at four in the morning of the business. Only public addresses with https are
    fetched, without redirects, up to 100 MB and 100,000 products.
    """
    zone = get_chain(request.actor.chain_id).zone
    made = create_feed(request.actor, FeedDraft(**body.model_dump()), zone=zone, now=request.now)
    return created(present_feed(made), version=made.version)


@routes.get("/product-feeds/{feed}", needs="promotions:read", answers={200: FeedOut})
def get_product_feed(request: ApiRequest, feed: str) -> Answer:
    """Read a product feed with its last run."""
    found = access_feed(request.actor, feed)
    return answer(present_feed(found), version=found.version)


@routes.patch("/product-feeds/{feed}", needs="promotions:write", answers={200: FeedOut})
def change_product_feed(request: ApiRequest, feed: str, body: FeedChange) -> Answer:
    """Change a product feed."""
    found = access_feed(request.actor, feed)
    names = ("name", "url", "kind", "schedule", "mapping", "archives_gone", "is_paused")
    sent = {name: getattr(body, name) for name in names if getattr(body, name) is not None}
    draft = FeedDraft(**({name: getattr(found, name) for name in names} | sent))
    changed = change_feed(
        request.actor,
        feed,
        draft,
        zone=get_chain(request.actor.chain_id).zone,
        now=request.now,
        version=expected_version(request),
    )
    return answer(present_feed(changed), version=changed.version)


@routes.delete("/product-feeds/{feed}", needs="promotions:write", answers={204: None}, refuses=[FeedRunning])
def remove_product_feed(request: ApiRequest, feed: str) -> Answer:
    """Remove a product feed; its products stay."""
    remove_feed(request.actor, feed, now=request.now)
    return nothing()


@routes.post("/product-feeds/{feed}/run", needs="promotions:write", answers={202: FeedRunOut}, refuses=[FeedRunning])
def run_product_feed(request: ApiRequest, feed: str) -> Answer:
    """Read a product feed now, in the background: ask for the feed until its `last_run` is `done` or `failed`."""
    return accepted(present_run(run_feed_now(request.actor, feed, defer=defer_feed, now=request.now)))


@routes.get("/product-feeds/{feed}/runs", needs="promotions:read", answers={200: FeedRunList})
def list_runs_of_product_feed(request: ApiRequest, feed: str) -> Answer:
    """List the newest runs of a product feed, newest first."""
    found = access_feed(request.actor, feed)
    return answer(whole_list(map(present_run, list_runs(request.actor, found.id))))


def present_feed(feed: FeedView) -> dict[str, Any]:
    """A feed as the API writes it."""
    return {
        "id": encode("pfd", feed.id),
        "name": feed.name,
        "url": feed.url,
        "kind": feed.kind,
        "schedule": feed.schedule,
        "mapping": dict(feed.mapping),
        "archives_gone": feed.archives_gone,
        "is_paused": feed.is_paused,
        "due_at": feed.due_at,
        "last_run": present_run(feed.last_run) if feed.last_run else None,
        "version": feed.version,
    }


def present_run(run: FeedRunView) -> dict[str, Any]:
    """A run of a feed as the API writes it."""
    return {
        "id": encode("pfr", run.id),
        "state": run.state,
        "progress": {"read": run.rows_read, "done": run.rows_done},
        "counts": {
            "created": run.made,
            "changed": run.changed,
            "unchanged": run.unchanged,
            "archived": run.archived,
            "failed": run.failed,
        },
        "errors": [{**error, "detail": _(error["detail"])} for error in run.errors],
        "problem": {"code": run.problem["code"], "detail": problem_text(run)} if run.problem else None,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def problem_text(run: FeedRunView) -> str:
    """Why the feed was not read, in the language of whoever asks; "" where nothing went wrong."""
    return problem_sentence(run.problem)


def problem_sentence(problem: Mapping[str, Any] | None) -> str:
    """A problem of a reading as it was kept, in the language of whoever asks; "" where nothing went wrong."""
    return _(problem["message"]).format_map(problem["values"]) if problem else ""
