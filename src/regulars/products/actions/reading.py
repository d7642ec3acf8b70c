"""Reading a feed: fetched whole, read whole, and only then written, so that a feed that fails leaves products as they are."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError

from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem
from regulars.platform.actor import Actor, system_actor
from regulars.platform.audit import record
from regulars.platform.database import rows, unit_of_work
from regulars.platform.outbound import NotFetched, fetch
from regulars.platform.tenancy import ChainSettings
from regulars.products.actions.many import ReadRow, RowResult, write_rows
from regulars.products.models import ProductFeed, ProductFeedRun
from regulars.products.rules.columns import HEADER_ROWS_MAX, find_header, missing_columns, read_cells
from regulars.products.rules.feed_xml import FeedUnreadable, read_entries
from regulars.products.rules.feeds import ERRORS_KEPT, FEED_BYTES_MAX, PRODUCTS_MAX, REASONS, read_entry
from regulars.products.rules.products import read_product
from regulars.staff.actions.notifications import notify_holders

log = logging.getLogger(__name__)

CHUNK_ROWS: Final = 2_000
FETCH_SECONDS_MAX: Final = 120.0
PROGRESS_SECONDS: Final = 1.0
RUNS_KEPT: Final = 20
PIECE_BYTES: Final = 1 << 16

ReadTable = Callable[[Path], Iterator[tuple[int, Sequence[str]]]]
"""Reads the rows of a text table with their numbers; raises FeedUnreadable."""

_ARCHIVE: Final = """
UPDATE products SET archived_at = %(now)s, updated_at = %(now)s, version = version + 1
WHERE chain_id = %(chain)s AND feed_id = %(feed)s AND archived_at IS NULL
    AND NOT EXISTS (SELECT FROM unnest(%(skus)s::text[]) AS s (sku) WHERE s.sku = products.sku)
RETURNING id
"""


@dataclass(slots=True)
class _Picture:
    """What a feed said, read whole: good rows, the first wrong ones, and every SKU it names."""

    good: list[ReadRow] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    failed: int = 0
    skus: set[str] = field(default_factory=set)

    def add(self, at: int, sku: str, problems: Sequence[FieldProblem]) -> None:
        self.failed += 1
        for problem in problems[: max(0, ERRORS_KEPT - len(self.errors))]:
            self.errors.append(
                {
                    "line": at,
                    "sku": sku[:200],
                    "field": problem.pointer.strip("/"),
                    "code": problem.code,
                    "detail": problem.detail,
                }
            )


def run_feed(chain: ChainSettings, run_id: UUID, *, read_table: ReadTable, now: Callable[[], datetime]) -> None:
    """Read the feed of a run that waits, or that was cut short; one that is finished stays as it is.

    What cannot be read ends as the run's problem. Raises OperationalError where the database went away: run it again.
    """
    with unit_of_work(chain.id):
        run = ProductFeedRun.objects.filter(chain_id=chain.id, id=run_id, state__in=("waiting", "running")).first()
        if run is None:
            return
        feed = ProductFeed.objects.get(chain_id=chain.id, id=run.feed_id)
        ProductFeedRun.objects.filter(id=run_id).update(state="running", rows_read=0, rows_done=0)
    try:
        picture = _read(chain, feed, run_id, read_table)
        _write(chain, feed, run_id, picture, now=now)
    except (OperationalError, InterfaceError):
        raise
    except NotFetched as problem:
        _fail(feed, run_id, problem.code, problem.message, problem.facts, now=now())
    except FeedUnreadable as problem:
        _fail(feed, run_id, problem.code, REASONS[problem.code], problem.facts, now=now())
    except Exception:
        # A fault of ours: the run ends and says so, instead of waiting for ever.
        log.exception("run %s of feed %s broke", run_id, feed.id)
        _fail(feed, run_id, "fault", REASONS["fault"], {}, now=now())
    _forget_old_runs(chain.id, feed.id)


def _read(chain: ChainSettings, feed: ProductFeed, run_id: UUID, read_table: ReadTable) -> _Picture:
    picture = _Picture()
    told_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regulars-feed-") as folder:
        path = Path(folder) / "feed"
        with (
            fetch(feed.url, bytes_max=FEED_BYTES_MAX, seconds_max=FETCH_SECONDS_MAX) as pieces,
            path.open("wb") as file,
        ):
            for piece in pieces:
                file.write(piece)
        for count, (at, given, problems) in enumerate(_items(chain, feed, path, read_table), start=1):
            if count > PRODUCTS_MAX:
                raise FeedUnreadable("too_many_products", limit=PRODUCTS_MAX)
            _take(picture, at, given, problems, decimals=chain.currency_decimals)
            if time.monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = time.monotonic()
                _save(chain.id, run_id, rows_read=count)
    if not picture.good:
        # An empty file is a fault of whoever writes it far more often than a shop without goods.
        _save(chain.id, run_id, failed=picture.failed, errors=picture.errors)
        raise FeedUnreadable("no_products")
    _save(chain.id, run_id, rows_read=len(picture.good) + picture.failed)
    return picture


def _take(picture: _Picture, at: int, given: dict[str, Any], problems: list[FieldProblem], *, decimals: int) -> None:
    fields, wrong = read_product({"sku": "", **given}, decimals=decimals)
    problems = [*problems, *wrong]
    sku = fields.get("sku", "")
    if sku and sku in picture.skus:
        problems.append(FieldProblem("/sku", "duplicate", "This SKU stands further up already."))
    if problems:
        picture.add(at, sku, problems)
    else:
        picture.good.append(ReadRow(at, fields))
    if sku:
        picture.skus.add(sku)


def _items(
    chain: ChainSettings, feed: ProductFeed, path: Path, read_table: ReadTable
) -> Iterator[tuple[int, dict[str, Any], list[FieldProblem]]]:
    if feed.kind == "csv":
        yield from _items_of_table(chain, feed, read_table(path))
        return
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(PIECE_BYTES), b"")
        for entry in read_entries(pieces, kind=feed.kind):
            given, problems = read_entry(entry, kind=feed.kind, mapping=feed.mapping, currency=chain.currency)
            yield entry.line, given, problems


def _items_of_table(
    chain: ChainSettings, feed: ProductFeed, table: Iterator[tuple[int, Sequence[str]]]
) -> Iterator[tuple[int, dict[str, Any], list[FieldProblem]]]:
    first = [row for _, row in zip(range(HEADER_ROWS_MAX), table, strict=False)]
    header, columns = find_header(first, feed.mapping)
    if not columns:
        raise FeedUnreadable("no_sku_column")
    for missing in missing_columns(first[header][1], feed.mapping):
        raise FeedUnreadable("column_missing", column=missing)
    for rows_ in (first[header + 1 :], table):
        for row in rows_:
            for at, given in read_cells([row], columns, decimals=chain.currency_decimals):
                yield at, given, []


def _write(
    chain: ChainSettings, feed: ProductFeed, run_id: UUID, picture: _Picture, *, now: Callable[[], datetime]
) -> None:
    actor = system_actor(chain.id, through="import")
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    for start in range(0, len(picture.good), CHUNK_ROWS):
        chunk = picture.good[start : start + CHUNK_ROWS]
        with unit_of_work(chain.id):
            for result in write_rows(actor, chunk, source="feed", now=now(), feed_id=feed.id):
                _count(counts, picture, result)
            ProductFeedRun.objects.filter(id=run_id).update(
                rows_done=start + len(chunk),
                made=counts["created"],
                changed=counts["changed"],
                unchanged=counts["unchanged"],
            )
    with unit_of_work(chain.id):
        gone = _archive_gone(chain.id, feed.id, picture, now=now()) if feed.archives_gone else 0
        ProductFeedRun.objects.filter(id=run_id).update(
            state="done", archived=gone, failed=picture.failed, errors=picture.errors, finished_at=now()
        )
        _tell(actor, feed, counts | {"archived": gone, "failed": picture.failed}, now=now())


def _count(counts: dict[str, int], picture: _Picture, result: RowResult) -> None:
    if result.status == "error":
        picture.add(result.at, result.sku, result.problems)
    else:
        counts[result.status] += 1


def _archive_gone(chain_id: UUID, feed_id: UUID, picture: _Picture, *, now: datetime) -> int:
    parameters = {"chain": chain_id, "feed": feed_id, "now": now, "skus": sorted(picture.skus)}
    return len(rows(_ARCHIVE, parameters))


def _tell(actor: Actor, feed: ProductFeed, counts: dict[str, int], *, now: datetime) -> None:
    if any(counts[name] for name in ("created", "changed", "archived")):
        record(
            actor,
            verb="product_feed.read",
            object_kind="product_feed",
            object_id=feed.id,
            now=now,
            after={"feed": encode("pfd", feed.id), **counts},
        )


def _fail(feed: ProductFeed, run_id: UUID, code: str, message: str, facts: dict[str, Any], *, now: datetime) -> None:
    # The sentence is kept as it stands in the source: whoever reads it later does so in a language of their own.
    problem = {"code": code, "message": message, "values": {name: str(value) for name, value in facts.items()}}
    with unit_of_work(feed.chain_id):
        ProductFeedRun.objects.filter(id=run_id).update(state="failed", problem=problem, finished_at=now)
        before = ProductFeedRun.objects.filter(feed_id=feed.id, id__lt=run_id).order_by("-id").first()
        same = before is not None and before.state == "failed" and (before.problem or {}).get("code") == code
        if not same:
            # One that fails hour after hour for one reason is told once.
            notify_holders(
                feed.chain_id,
                "promotions:write",
                "product_feed.failed",
                subject_id=feed.id,
                facts={"feed": feed.name, "problem": problem},
                now=now,
            )


def _save(chain_id: UUID, run_id: UUID, **values: Any) -> None:
    with unit_of_work(chain_id):
        ProductFeedRun.objects.filter(id=run_id).update(**values)


def _forget_old_runs(chain_id: UUID, feed_id: UUID) -> None:
    with unit_of_work(chain_id):
        kept = ProductFeedRun.objects.filter(chain_id=chain_id, feed_id=feed_id).order_by("-id")
        old = list(kept.values_list("id", flat=True)[RUNS_KEPT:])
        ProductFeedRun.objects.filter(id__in=old).delete()
