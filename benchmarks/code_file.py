"""A file of a million codes from upload to applied, beside COPY of the same final rows (RWD-4, IMP-9)."""

import argparse
import json
import random
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.codes import open_pool, open_shop
from benchmarks.database import HOMES, bench_database
from benchmarks.importing import (
    Measured,
    checkpoint,
    copy_rows,
    import_file,
    indexes_of,
    peak_mb,
    row_counts,
    second_database,
)
from benchmarks.report import Row, report

MEMORY_MB: Final = 700
"""As for a file of cards."""
CUSTOMERS: Final = 2_000
LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
FRAME: Final = ("chains", "customers", "code_pools", "code_batches")
TABLES: Final = ("codes", "code_keys")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many rows."""
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (1000000)")
    parser.add_argument("--silent", action="store_true", help="do not write the figures to the page")


def run(options: argparse.Namespace) -> int:
    """Import the file into a pool of personal codes, then COPY the same rows into an empty copy of the schema."""
    name = f"import-codes-{options.rows}"
    shutil.rmtree(HOMES / name, ignore_errors=True)
    done = Measured()
    with bench_database(name):
        reference = second_database()
        chain_id = open_shop()
        pool = open_pool(chain_id, "Printed")
        _bring_customers(chain_id)
        path = code_file(options.rows)
        checkpoint()
        before, _ = peak_mb()
        import_file(chain_id, path, done, {"pool": pool}, kind="codes")
        done.memory_mb, done.reader_mb = peak_mb()
        copied = copy_rows(reference, chain_id, frame=FRAME, tables=TABLES)
        counts, indexes = row_counts(chain_id, TABLES), indexes_of(TABLES)
    total = sum(done.seconds.values())
    rows = [
        Row("COPY of the same final rows, one connection", f"{copied:.1f} s"),
        Row(f"import of {options.rows:,} codes, upload to applied", f"{total:.1f} s, {total / copied:.2f} × COPY"),
        Row("… as many a second", f"{options.rows / total:,.0f}/s"),
        *(Row(f"— of it {what}", f"{seconds:.1f} s") for what, seconds in done.seconds.items()),
        Row("peak memory of the worker", f"{done.memory_mb:.0f} MB", f"{MEMORY_MB} MB", done.memory_mb <= MEMORY_MB),
        Row("peak memory of the reader", f"{done.reader_mb:.0f} MB", f"{MEMORY_MB} MB", done.reader_mb <= MEMORY_MB),
        Row("codes missing, or without their place among the codes of the business", str(_problems(counts, done)), "0"),
    ]
    notes = [
        f"A fifth of the codes is somebody's already, 1 % stands twice, 0.5 % is none; result: {json.dumps(done.counts)}.",
        f"The worker had {before:.0f} MB before it began. Rows written: "
        + ", ".join(f"{table} {count:,}" for table, count in counts.items())
        + f". Indexes in force: {indexes}.",
    ]
    is_whole = _problems(counts, done) == 0
    if options.silent:
        for row in rows:
            sys.stdout.write(f"{row.what}: {row.figure} {row.limit} {row.is_kept}\n")
        return 0 if is_whole else 1
    return 0 if report("import-codes", rows, notes=notes) and is_whole else 1


def _problems(counts: dict[str, int], done: Measured) -> int:
    made = int(done.counts.get("created", 0))
    return abs(counts["codes"] - made) + abs(counts["code_keys"] - made)


def _bring_customers(chain_id: UUID) -> None:
    from regulars.platform.database import rows, unit_of_work

    with unit_of_work(chain_id):
        rows(
            "INSERT INTO customers (id, chain_id, name, search_name, external_id, language, tags, custom, comment, version,"
            " created_at) SELECT regulars_uuid7(), %s, 'Regular ' || n, 'regular ' || n, 'R' || n, '', '{}', '{}', '', 1, %s"
            " FROM generate_series(1, %s) n",
            [chain_id, datetime.now(UTC), CUSTOMERS],
        )


def code_file(count: int) -> Path:
    """The file of so many rows, the same every time."""
    choose = random.Random(count)
    path = HOMES / f"codes-{count}.csv"
    written: list[str] = []
    with path.open("w", encoding="utf-8") as file:
        file.write("Code,External id\n")
        for number in range(count):
            chance = choose.random()
            text = "-".join("".join(choose.choices(LETTERS, k=4)) for _ in range(4))
            if chance < 0.005:
                text = "A1"
            elif chance < 0.015 and written:
                text = choose.choice(written).lower()
            elif number % 1_000 == 0:
                written.append(text)
            owner = f"R{choose.randrange(1, CUSTOMERS + 1)}" if choose.random() < 0.2 else ""
            file.write(f"{text},{owner}\n")
    return path
