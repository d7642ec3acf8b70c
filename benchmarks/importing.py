"""A spreadsheet of a million rows from upload to applied, beside COPY of the same final rows (IMP-7)."""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from benchmarks.database import HOMES, ROOT, bench_database
from benchmarks.report import Row, report

COPY_SHARE: Final = 0.75
SET_SHARE: Final = 1 / 3
MEMORY_MB: Final = 700
SEARCH_MS: Final = 300
PART_BYTES: Final = 1 << 20
TABLES: Final = (
    "customers", "customer_phones", "cards", "card_numbers", "card_short_numbers", "card_slots", "accounts",
    "transactions", "entries", "lots",
)  # fmt: skip
"""What an import writes, in the order that foreign keys want."""

FRAME: Final = ("chains", "programs", "balance_types", "card_types", "imports")
"""What those rows refer to: brought over before the clock starts."""

FIRST: Final = [
    "Anna",
    "Boris",
    "Clara",
    "Dmitri",
    "Emma",
    "Fatima",
    "Georg",
    "Hanna",
    "Ivan",
    "Julia",
    "Karl",
    "Lena",
    "Murat",
    "Nina",
    "Oskar",
    "Priya",
]
LAST: Final = [
    "Weber",
    "Smirnov",
    "Sharma",
    "Schmidt",
    "Öztürk",
    "Fischer",
    "Ivanova",
    "Becker",
    "Gupta",
    "Wagner",
    "Petrov",
    "Hoffmann",
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many rows."""
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (1000000)")
    parser.add_argument("--silent", action="store_true", help="do not write the figures to the page")
    parser.add_argument("--profile", metavar="FOLDER", help="keep a profile of checking and writing there")


@dataclass(slots=True)
class Measured:
    """Seconds by what was done; the import's own counts; memory and searches meanwhile."""

    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    memory_mb: float = 0.0
    reader_mb: float = 0.0
    searches: list[float] = field(default_factory=list)

    @contextmanager
    def clock(self, what: str) -> Iterator[None]:
        """Add the seconds of a block."""
        start = time.perf_counter()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - start
        sys.stderr.write(f"{what}: {self.seconds[what]:.1f} s\n")


def run(options: argparse.Namespace) -> int:
    """Import, import again as totals, then COPY the same rows into an empty copy of the schema."""
    path = spreadsheet(options.rows)
    name = f"import-{options.rows}"
    shutil.rmtree(HOMES / name, ignore_errors=True)
    done = Measured()
    with bench_database(name) as home:
        reference = second_database()
        chain_id, card_type = _open_shop()
        checkpoint()
        with _searching(chain_id, home, done):
            import_file(chain_id, path, done, {"card_type": card_type, "mode": "add"}, profile=options.profile)
        counts = done.counts
        done.memory_mb, done.reader_mb = peak_mb()
        checkpoint()
        again = Measured()
        import_file(chain_id, path, again, {"card_type": card_type, "mode": "set"}, profile=options.profile)
        copied = copy_rows(reference, chain_id, frame=FRAME, tables=TABLES)
        tables = row_counts(chain_id, TABLES)
        indexes = indexes_of(TABLES)
    total, repeat = sum(done.seconds.values()), sum(again.seconds.values())
    searches = sorted(done.searches)
    p95 = searches[int(len(searches) * 0.95)] if searches else 0.0
    rows = [
        Row("COPY of the same final rows, one connection", f"{copied:.1f} s"),
        Row(
            f"import of {options.rows:,} rows, upload to applied",
            f"{total:.1f} s, {total / copied:.2f} × COPY",
            f"{COPY_SHARE} × COPY",
            total <= COPY_SHARE * copied,
        ),
        *(Row(f"— of it {what}", f"{seconds:.1f} s") for what, seconds in done.seconds.items()),
        Row(
            "the same file again with mode=set",
            f"{repeat:.1f} s, {repeat / copied:.2f} × COPY",
            f"{SET_SHARE:.2f} × COPY",
            repeat <= SET_SHARE * copied,
        ),
        Row("peak memory of the worker", f"{done.memory_mb:.0f} MB", f"{MEMORY_MB} MB", done.memory_mb <= MEMORY_MB),
        Row("peak memory of the reader", f"{done.reader_mb:.0f} MB", f"{MEMORY_MB} MB", done.reader_mb <= MEMORY_MB),
        Row("card search meanwhile, 95th percentile", f"{p95:.0f} ms", f"{SEARCH_MS} ms", p95 <= SEARCH_MS),
    ]
    notes = [
        (
            f"{options.rows:,} rows in five phone spellings, half with a name, 1 % duplicates, 0.5 % invalid; result:"
            f" {json.dumps(counts)}; again as totals: {json.dumps(again.counts)}."
        ),
        "Rows written: " + ", ".join(f"{table} {count:,}" for table, count in tables.items()) + ".",
        (
            "COPY goes as the owner into an empty copy of the product's own schema, with these indexes, constraints and"
            f" foreign keys in force: {indexes}."
        ),
        (
            "What limits it: both processors are busy while it writes, about as long for each row as COPY's one; reading and checking"
            " before that run mostly on one of the two."
        ),
    ]
    if options.silent:
        for row in rows:
            sys.stdout.write(f"{row.what}: {row.figure} {row.limit} {row.is_kept}\n")
        return 0
    return 0 if report("import", rows, notes=notes) else 1


def spreadsheet(count: int) -> Path:
    """The file of so many rows; made once, by a process of its own."""
    path = HOMES / f"import-{count}.xlsx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        code = f"from benchmarks.importing import write_spreadsheet; write_spreadsheet({str(path)!r}, {count})"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return path


def write_spreadsheet(path: str, count: int) -> None:
    """Five phone spellings, half of the rows with a name, 1 % duplicates, 0.5 % invalid; the same every time."""
    import xlsxwriter

    choose = random.Random(count)
    part = f"{path}.part"
    book = xlsxwriter.Workbook(part, {"constant_memory": True, "tmpdir": str(Path(path).parent)})
    sheet = book.add_worksheet("Cards")
    sheet.write_row(0, 0, ("Phone", "Name", "Balance"))
    for row in range(1, count + 1):
        at = choose.randrange(1, row) if row > 1 and choose.random() < 0.01 else row
        digits = f"{10_000_000 + at:08d}"
        fault = choose.random()
        if fault < 0.0025:
            sheet.write_string(row, 0, "no phone")
        else:
            _write_phone(sheet, row, digits)
        if choose.random() < 0.5:
            sheet.write_string(row, 1, f"{choose.choice(FIRST)} {choose.choice(LAST)}")
        if 0.0025 <= fault < 0.005:
            sheet.write_string(row, 2, "many")
        else:
            sheet.write_number(row, 2, choose.randrange(0, 100_000) / 100)
    book.close()
    Path(part).rename(path)


def _write_phone(sheet: Any, row: int, digits: str) -> None:
    spelling = row % 5
    if spelling == 0:
        sheet.write_number(row, 0, int(f"49151{digits}"))
    else:
        texts = (f"+49 151 {digits}", f"0151 {digits}", f"0049151{digits}", f"(0151) {digits[:3]}-{digits[3:]}")
        sheet.write_string(row, 0, texts[spelling - 1])


def _open_shop() -> tuple[UUID, str]:
    from regulars.cards.actions.types import create_card_type_with_program
    from regulars.cards.rules.types import CardTypeDraft
    from regulars.chains.actions import create_chain
    from regulars.chains.rules import ChainDraft
    from regulars.kernel.ids import encode
    from regulars.platform.actor import system_actor
    from regulars.programs.rules import BalanceTypeDraft, ProgramDraft

    now = datetime.now(UTC)
    chain = create_chain(ChainDraft(name="Kaffee Nord", country="DE", currency="EUR"), now=now)
    card_type = create_card_type_with_program(
        system_actor(chain.id),
        ProgramDraft(name="Bonus", balance_types=(BalanceTypeDraft(name="Bonus", kind="points", decimals=2),)),
        CardTypeDraft(name="Bonus card"),
        currency_decimals=2,
        now=now,
    )
    return chain.id, encode("ctp", card_type.id)


def import_file(
    chain_id: UUID,
    path: Path,
    done: Measured,
    asked: dict[str, str],
    *,
    kind: str = "cards",
    profile: str | None = None,
) -> None:
    """Upload, check and write a file as the worker does, with each step's seconds noted; `asked` are fields of the upload."""
    from regulars.imports.actions import requests
    from regulars.imports.actions.steps import run_step
    from regulars.imports.models import Import
    from regulars.kernel.ids import encode
    from regulars.platform.actor import system_actor
    from regulars.platform.database import unit_of_work

    actor = system_actor(chain_id)

    def defer(chain: UUID, import_id: UUID, step: str) -> None:
        pass

    with done.clock("upload"):
        command = requests.UploadCommand(file_name=path.name, parts=_parts(path), kind=kind, **asked)  # type: ignore[arg-type]
        one = requests.upload(actor, command, defer=defer, now=datetime.now(UTC))
    with done.clock("reading and checking"), _profiled(profile, f"check-{asked.get('mode', kind)}"):
        run_step(chain_id, one.id, "read", now=datetime.now(UTC))
    with unit_of_work(chain_id):
        one = Import.objects.get(id=one.id)
    if one.state != "checked":
        raise RuntimeError(f"the import is {one.state}: {one.problem}")
    with done.clock("writing"), _profiled(profile, f"write-{asked.get('mode', kind)}"):
        requests.apply(actor, encode("imp", one.id), defer=defer, now=datetime.now(UTC))
        run_step(chain_id, one.id, "apply", now=datetime.now(UTC))
    with unit_of_work(chain_id):
        one = Import.objects.get(id=one.id)
    if one.state != "applied":
        raise RuntimeError(f"the import is {one.state}: {one.problem}")
    done.counts = one.result


@contextmanager
def _profiled(folder: str | None, name: str) -> Iterator[None]:
    if not folder:
        yield
        return
    import cProfile

    profile = cProfile.Profile()
    with profile:
        yield
    profile.dump_stats(Path(folder) / f"{name}.prof")


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


@contextmanager
def _searching(chain_id: UUID, home: Path, done: Measured) -> Iterator[None]:
    """Search cards from another process until the block ends."""
    told = home / "searches.json"
    stop = home / "stop-searching"
    stop.unlink(missing_ok=True)
    code = (
        f"from benchmarks.importing import search_until; search_until({str(chain_id)!r}, {str(stop)!r}, {str(told)!r})"
    )
    searcher = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        yield
    finally:
        stop.touch()
        searcher.wait(60)
    done.searches = json.loads(told.read_text())


def search_until(chain: str, stop: str, told: str) -> None:
    """Ask the list of cards for names and phones, ten times a second, until the file `stop` is there."""
    import django

    django.setup()
    from regulars.cards.queries.listing import CardFilter, list_cards
    from regulars.platform.actor import system_actor
    from regulars.platform.database import unit_of_work

    chain_id = UUID(chain)
    actor, times, asked = system_actor(chain_id), [], 0
    inputs = ("anna weber", "49151100000", "0151 10000", "иван", "priya", "hoff", "4915110000123")
    while not Path(stop).exists():
        start = time.perf_counter()
        with unit_of_work(chain_id):
            list_cards(actor, CardFilter(search=inputs[asked % len(inputs)]), country="DE", now=datetime.now(UTC))
        times.append((time.perf_counter() - start) * 1000)
        asked += 1
        time.sleep(0.1)
    Path(told).write_text(json.dumps(times))


def peak_mb() -> tuple[float, float]:
    """The most memory this process ever had, and the most of those it started, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _superuser() -> str:
    from regulars.platform.embedded import running_urls

    urls = running_urls(Path(os.environ["REGULARS_HOME"]))
    assert urls
    return str(urls.superuser)


def checkpoint() -> None:
    """Let the database write down what it has: what is measured next does not pay for it."""
    with psycopg.connect(_superuser(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def second_database() -> str:
    """An empty, migrated database beside the first; its owner's address."""
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    connections.close_all()
    owner = conninfo_to_dict(os.environ["DATABASE_OWNER_URL"])
    with psycopg.connect(_superuser(), dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE reference TEMPLATE {} OWNER {}").format(
                sql.Identifier(str(owner["dbname"])), sql.Identifier(str(owner["user"]))
            )
        )
    return make_conninfo(os.environ["DATABASE_OWNER_URL"], dbname="reference")


def copy_rows(reference: str, chain_id: UUID, *, frame: Sequence[str], tables: Sequence[str]) -> float:
    """Seconds that COPY of the chain's rows of `tables` takes, over one connection as the owner; the `frame` they need is not counted."""
    seconds = 0.0
    with (
        tempfile.TemporaryDirectory(dir=HOMES) as folder,
        psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as source,
        psycopg.connect(reference, autocommit=True) as target,
    ):
        for table in (*frame, *tables):
            names = _columns(source, table)
            chain = sql.SQL("id" if table == "chains" else "chain_id")
            path = Path(folder) / table
            select = sql.SQL("COPY (SELECT {} FROM {} WHERE {} = {}) TO STDOUT").format(
                names, sql.Identifier(table), chain, sql.Literal(chain_id)
            )
            with path.open("wb") as file, source.cursor().copy(select) as rows:
                for part in rows:
                    file.write(part)
        checkpoint()
        for table in (*frame, *tables):
            start = time.perf_counter()
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _columns(source, table))
            with (Path(folder) / table).open("rb") as file, target.cursor().copy(into) as copy:
                while part := file.read(PART_BYTES):
                    copy.write(part)
            took = time.perf_counter() - start
            if table in tables:
                seconds += took
                sys.stderr.write(f"COPY {table}: {took:.1f} s\n")
    return seconds


def _columns(connection: "psycopg.Connection[Any]", table: str) -> sql.Composed:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(values[0]) for values in found)


def row_counts(chain_id: UUID, tables: Sequence[str]) -> dict[str, int]:
    """How many rows the chain has in each of these tables."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        found = {}
        for table in tables:
            query = sql.SQL("SELECT count(*) FROM {} WHERE chain_id = %s").format(sql.Identifier(table))
            values = connection.execute(query, [chain_id]).fetchone()
            found[table] = int(values[0]) if values else 0
        return found


def indexes_of(tables: Sequence[str]) -> str:
    """The indexes of these tables, in words."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        found = connection.execute(
            "SELECT tablename, string_agg(indexname, ', ' ORDER BY indexname) FROM pg_indexes"
            " WHERE tablename = ANY(%s) GROUP BY 1 ORDER BY 1",
            [list(tables)],
        )
        return "; ".join(f"{table}: {names}" for table, names in found)
