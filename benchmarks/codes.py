"""A million unique codes of a pool, made by the job that makes them, beside one insert per row; then vouchers redeemed over
HTTP beside TPC-B, and 64 clients on one voucher (issue 4, Figures; RWD-3, RWD-4).
"""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Final
from uuid import UUID

from benchmarks.database import bench_database
from benchmarks.redeem import redeeming
from benchmarks.report import Row, report
from benchmarks.shop import add_load_arguments, lacks_wrk

SECONDS_MAX: Final = 30.0
FASTER_MIN: Final = 20.0
PATTERN: Final = "SUMMER-****-****-****-*****"


def add_arguments(parser: ArgumentParser) -> None:
    """--codes, --single, --seconds and --pairs for a quick look."""
    add_load_arguments(parser)
    parser.add_argument("--codes", type=int, default=1_000_000, help="how many codes")
    parser.add_argument("--single", type=int, default=2_000, help="how many are inserted one by one for the reference")


def run(options: Namespace) -> int:
    if lacks_wrk():
        return 2
    os.environ.setdefault("REGULARS_KEY_RATE", "0")
    with bench_database("codes") as home:
        rows, notes = making(options)
        redeemed, of_redeeming = redeeming(home, options)
    rows, notes = [*rows, *redeemed], [*notes, *of_redeeming]
    return 0 if report("codes", rows, notes=notes) else 1


def making(options: Namespace) -> tuple[list[Row], list[str]]:
    """Make the codes both ways; the figures."""
    chain_id = open_shop()
    single = insert_one_by_one(chain_id, options.single)
    bulk, problems = make_many(chain_id, options.codes)
    seconds = options.codes / bulk
    is_whole = options.codes >= 1_000_000
    rows = [
        Row("one insert per row, a transaction for each code", f"{single:,.0f}/s"),
        Row(
            f"{options.codes:,} codes of `{PATTERN}`",
            f"{seconds:.1f} s",
            f"≤ {SECONDS_MAX:.0f} s",
            seconds <= SECONDS_MAX if is_whole else None,
        ),
        Row("… as many a second", f"{bulk:,.0f}/s"),
        Row(
            "… times as fast as one insert per row",
            f"{bulk / single:.0f} ×",
            f"≥ {FASTER_MIN:.0f} ×",
            bulk / single >= FASTER_MIN,
        ),
        Row("codes missing, doubled, or not in the code space", str(problems), "0", problems == 0),
    ]
    notes = [
        "Durable commits; 50,000 codes in a transaction, each with its place in the code space of the business.",
        "One process makes them, as the worker does; row-level security and all indexes in force.",
    ]
    return rows, notes


def open_shop() -> UUID:
    """A business of its own for this run, so that runs do not share a code space."""
    from django.utils import timezone

    from regulars.chains.actions import create_chain
    from regulars.chains.rules import ChainDraft

    draft = ChainDraft(name="Bench", country="DE", currency="EUR", time_zone="Europe/Berlin", language="en")
    return create_chain(draft, now=timezone.now()).id


def open_pool(chain_id: UUID, name: str) -> str:
    """An empty pool; its id."""
    from django.utils import timezone

    from regulars.codes.actions.pools import create_pool
    from regulars.codes.rules.pools import PoolDraft
    from regulars.platform.actor import system_actor

    return create_pool(system_actor(chain_id), PoolDraft(name=name), now=timezone.now()).public_id


def insert_one_by_one(chain_id: UUID, count: int) -> float:
    """What a program would do without thinking: take the code, write the code, commit; codes a second."""
    from regulars.codes.actions.space import take_new_codes
    from regulars.codes.models import Code
    from regulars.kernel.ids import decode, new_id
    from regulars.platform.database import unit_of_work

    pool_id = decode("cpl", open_pool(chain_id, "One by one"))
    assert pool_id
    began = time.perf_counter()
    for _ in range(count):
        code_id = new_id()
        with unit_of_work(chain_id):
            (text,) = take_new_codes(chain_id, "code", [code_id])
            Code.objects.create(id=code_id, chain_id=chain_id, pool_id=pool_id, text=text, state="free")
    return count / (time.perf_counter() - began)


def make_many(chain_id: UUID, count: int) -> tuple[float, int]:
    """Make the codes as the worker does; codes a second, and how many are not as they should be."""
    from django.utils import timezone

    from regulars.codes.actions.generate import run_generating, start_generating
    from regulars.platform.actor import system_actor
    from regulars.platform.database import execute, row

    pool = open_pool(chain_id, "Million")
    started: list[UUID] = []
    start_generating(
        system_actor(chain_id),
        pool,
        count=count,
        pattern=PATTERN,
        now=timezone.now(),
        defer=lambda _chain, batch_id: started.append(batch_id),
    )
    began = time.perf_counter()
    run_generating(chain_id, started[0], now=timezone.now)
    took = time.perf_counter() - began
    sys.stdout.write(f"{count:,} codes in {took:.1f} s\n")
    execute("ANALYZE codes, code_keys", using="owner")
    found = row(
        "SELECT count(*), count(DISTINCT c.text), count(k.key) FROM codes c LEFT JOIN code_keys k"
        " ON k.owner_id = c.id AND k.chain_id = %(chain)s WHERE c.chain_id = %(chain)s AND c.batch_id = %(batch)s",
        {"chain": chain_id, "batch": started[0]},
        using="owner",
    )
    assert found
    return count / took, sum(abs(count - one) for one in found)
