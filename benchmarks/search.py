"""Search and lists of ten million customers and cards, as the app role with row-level security on (CUS-2, CRD-4)."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from benchmarks.database import HOMES, bench_database, forget_pages
from benchmarks.report import Row, report
from benchmarks.search_data import INPUTS, build_indexes, chain_of, write_rows

P95_MS: Final = 150
MOST_MS: Final = 400
WARM_ROUNDS: Final = 3
FILLING: Final = (
    "autovacuum=off",
    "checkpoint_timeout=1h",
    "max_wal_size=16GB",
    # So an index is built without a log of it.
    "wal_level=minimal",
    "max_wal_senders=0",
    "maintenance_work_mem=2GB",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many customers, where their database is kept, and whether each input's time is shown."""
    parser.add_argument("--scale", type=int, default=10_000_000, help="customers and cards (10000000)")
    parser.add_argument("--homes", type=Path, default=HOMES, help=f"folder where made databases are kept ({HOMES})")
    parser.add_argument("--each", action="store_true", help="show the times of every input")


@dataclass(slots=True)
class Times:
    """Milliseconds by what was asked, on the clock and on a processor; and how often a search answered "add a letter"."""

    found: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, list[float]] = field(default_factory=dict)
    refused: int = 0

    def add(self, what: str, milliseconds: float, busy: float) -> None:
        """Note one answer."""
        self.found.setdefault(what, []).append(milliseconds)
        self.busy.setdefault(what, []).append(busy)


def run(options: argparse.Namespace) -> int:
    """Fill the database where it is not filled yet, then measure cold and warm."""
    home = made_database(options.homes, options.scale)
    cold = warm = None
    forget_pages(home)
    with bench_database(home.name, homes=options.homes):
        chain_id = chain_of()
        cold = measure(chain_id, rounds=1)
        warm = measure(chain_id, rounds=WARM_ROUNDS)
        sizes = index_sizes()
    rows = [*_rows("cold", cold), *_rows("warm", warm)]
    if options.each:
        _say("longest ms: cold (on a processor), warm (on a processor)")
        for what, times in sorted(cold.found.items(), key=lambda pair: -max(pair[1])):
            first, again = f"{max(times):7.1f} ({max(cold.busy[what]):5.1f})", warm.found.get(what, [0.0])
            _say(f"{first} {max(again):7.1f} ({max(warm.busy.get(what, [0.0])):5.1f})  {what}")
    notes = [
        f"{options.scale:,} customers with phones and as many cards in one chain beside a small one; {len(INPUTS)} inputs.",
        "Each is asked of the list of customers and of the list of cards: the first page with its count, and the next.",
        "Cold: right after a start of the server, with its files dropped from the system's memory; each input once.",
        f"Warm: the same {WARM_ROUNDS} times more.",
        f"Answered “add a letter” after 300 ms: {cold.refused} cold, {warm.refused} warm.",
        "Indexes that serve it: " + ", ".join(sizes) + ".",
        (
            "What limits it cold: a name that few people have lies scattered over the table, and each of up to three hundred matches is"
            " a place on the disk to read; the rows on a processor say how little else there is."
        ),
    ]
    if os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1):
        notes.append(
            "The machine was busy with other work meanwhile: waiting for a processor is in the times, not in the rows"
            " that count the time on one. Run it on an idle machine for times to hold against the limits."
        )
    return 0 if report("search", rows, notes=notes) else 1


def made_database(homes: Path, scale: int) -> Path:
    """The home of a database of this scale, which is kept for the next time; a step that was broken off is done again."""
    home = homes / f"search-{scale}"
    rows, indexes = home / "rows-written", home / "indexes-built"
    for mark, fill in ((rows, partial(write_rows, scale)), (indexes, build_indexes)):
        if mark.exists():
            continue
        if mark is rows:
            shutil.rmtree(home, ignore_errors=True)
        started = time.monotonic()
        with bench_database(home.name, homes=homes, durable=False, settings=FILLING):
            fill(say=_say)
        mark.touch()
        _say(f"{time.monotonic() - started:7.1f} s  in all")
    return home


def measure(chain_id: UUID, *, rounds: int) -> Times:
    """Ask every input of both lists, first page and next."""
    from regulars.cards.queries.listing import COUNT_MAX, CardFilter, count_cards, list_cards, look_up_cards
    from regulars.customers.queries import CustomerFilter, count_customers, list_customers, look_up
    from regulars.platform.actor import system_actor

    actor, now, times = system_actor(chain_id), datetime.now(UTC), Times()

    def customers(text: str, after: Any, order: Any = "newest") -> Any:
        wanted = look_up(actor, CustomerFilter(search=text), country="DE")
        if after is None:
            count_customers(actor, wanted, country="DE")
        return list_customers(actor, wanted, country="DE", after=after, order=order).last

    def cards(text: str, after: Any, order: Any = "-issued") -> Any:
        wanted = look_up_cards(actor, CardFilter(search=text), country="DE")
        total = count_cards(actor, wanted, country="DE") if after is None else COUNT_MAX + 1
        return list_cards(actor, wanted, country="DE", now=now, after=after, order=order, total=total).last

    for _round in range(rounds):
        for text in INPUTS:
            for label, ask in (("customers", customers), ("cards", cards)):
                _page_through(times, chain_id, f"{label}: {text}", partial(ask, text))
        _page_through(times, chain_id, "customers, newest first", lambda after: customers("", after))
        _page_through(times, chain_id, "customers by name", lambda after: customers("", after, "name"))
        _page_through(times, chain_id, "cards, newest first", lambda after: cards("", after))
        _page_through(times, chain_id, "cards by number", lambda after: cards("", after, "number"))
        _page_through(times, chain_id, "cards by name, from the end", lambda after: cards("", after, "-name"))
    return times


def _page_through(times: Times, chain_id: UUID, what: str, ask: Callable[[Any], Any]) -> None:
    from regulars.customers.errors import AddALetter
    from regulars.kernel.refusal import Refused
    from regulars.platform.database import unit_of_work

    after = None
    for page in ("first page", "next page"):
        busy, started = _on_processor_ns(), time.perf_counter()
        try:
            with unit_of_work(chain_id):
                after = ask(after)
        except Refused as refused:
            if not isinstance(refused.refusal, AddALetter):
                raise
            times.refused += 1
            after = None
        seconds = time.perf_counter() - started
        times.add(f"{what}, {page}", seconds * 1000, (_on_processor_ns() - busy) / 1_000_000)
        if after is None:
            return


def _on_processor_ns() -> int:
    """How long this thread and its database backend have been on a processor: what a busy machine does not change."""
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) + time.thread_time_ns()


def _rows(name: str, times: Times) -> list[Row]:
    found, busy = (
        sorted(one for of_one in all_times.values() for one in of_one) for all_times in (times.found, times.busy)
    )
    p95, most = percentile(found, 0.95), found[-1]
    return [
        Row(f"{name}, median of {len(found)}", f"{percentile(found, 0.5):.0f} ms"),
        Row(f"{name}, 95th percentile", f"{p95:.0f} ms", f"{P95_MS} ms", p95 <= P95_MS),
        Row(f"{name}, longest", f"{most:.0f} ms", f"{MOST_MS} ms", most <= MOST_MS),
        Row(
            f"{name}, of that on a processor (server and client): median, 95th percentile, longest",
            f"{percentile(busy, 0.5):.0f}, {percentile(busy, 0.95):.0f}, {busy[-1]:.0f} ms",
        ),
    ]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the times lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def index_sizes() -> list[str]:
    """The indexes that search uses, with their sizes."""
    from regulars.platform.database import rows

    names = ("customer_name_parts", "customer_names", "customer_newest", "customer_by_email", "customer_phones_pkey",
             "customer_by_phone_tail", "card_numbers_pkey", "card_newest", "card_of_holder")  # fmt: skip
    found = rows(
        "SELECT relname, pg_size_pretty(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(%s) ORDER BY relname",
        [list(names)],
        using="owner",
    )
    return [f"{name} {size}" for name, size in found]


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
