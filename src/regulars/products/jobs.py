"""Entry points of the background: reading a feed, and beginning those that are due."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.chains.queries import find_chain, list_chain_ids
from regulars.imports.reading.encodings import detect_encoding
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.text_tables import TextTable
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.products.actions.feeds import begin_due_feeds
from regulars.products.actions.reading import run_feed
from regulars.products.rules.feed_xml import FeedUnreadable


@app.task(
    queue="products",
    name="products.read_feed",
    retry=RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError, InterfaceError}),
)
def read_feed(chain_id: str, run_id: str) -> None:
    """Read one feed; safe to run twice and after a kill."""
    with unit_of_work(UUID(chain_id)):
        chain = find_chain(UUID(chain_id))
    if chain is not None:
        run_feed(chain, UUID(run_id), read_table=read_table, now=partial(now_in, chain.id))


def defer_feed(chain_id: UUID, run_id: UUID) -> None:
    """Put a run into the background inside the running transaction; a chain's feeds are read one after the other."""
    read_feed.configure(lock=f"products-{chain_id}").defer(chain_id=str(chain_id), run_id=str(run_id))


@app.periodic(cron="*/5 * * * *")
@app.task(queue="products", name="products.begin_due", queueing_lock="products-begin-due")
def begin_due(timestamp: int) -> None:
    """Begin the feeds that are due; `timestamp` is when this look was due."""
    for chain_id in list_chain_ids():
        with unit_of_work(chain_id):
            chain = find_chain(chain_id)
        if chain is not None:
            begin_due_feeds(chain_id, zone=chain.zone, defer=defer_feed, now=now_in(chain_id))


def read_table(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a text table in any encoding, between any delimiters. Raises FeedUnreadable."""
    try:
        for number, _, cells in TextTable(path, encoding=detect_encoding(path), delimiter=None).rows():
            yield number, cells
    except Stop as stop:
        raise FeedUnreadable("unreadable_file") from stop
