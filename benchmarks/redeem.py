"""Vouchers redeemed over HTTP, each once, beside pgbench TPC-B on the same server; 64 clients on one voucher (issue 4, Figures)."""

import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Final

from benchmarks.adjust import (
    PORT,
    Measured,
    checkpoint,
    cpu_of,
    pgbench,
    prepare_reference,
    prove,
    served,
    superuser_url,
    wrk,
)
from benchmarks.database import bench_database
from benchmarks.report import Row, report
from benchmarks.shop import add_load_arguments, lacks_wrk, make_shop

RATIO_MIN: Final = 0.30
CLIENTS: Final = 64
RACES: Final = 5
VOUCHERS_PER_SECOND: Final = 2_500
"""More than are redeemed: a run that came to the end of its vouchers would be refused, and say so."""
CHUNK: Final = 2_000
WARM_UP_SECONDS: Final = 3

# Each thread takes every other voucher of the run's file, each of them once.
LUA: Final = """
local counter, vouchers, many, threads = 0, {}, 0, 0
function setup(thread) threads = threads + 1; thread:set("number", threads) end
function init(args)
    for line in io.lines(args[1]) do many = many + 1; vouchers[many] = line end
    headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2]}
    run = args[3]
    counter = number - 2
end
function request()
    counter = counter + 2
    headers["Idempotency-Key"] = run .. "-" .. counter
    return wrk.format("POST", "/api/v1/vouchers/" .. vouchers[counter % many + 1] .. "/redeem", headers, "{}")
end
"""


add_arguments = add_load_arguments


def run(options: Namespace) -> int:
    if lacks_wrk():
        return 2
    os.environ.setdefault("REGULARS_KEY_RATE", "0")
    with bench_database("redeem") as home:
        rows, notes = redeeming(home, options)
    return 0 if report("redeem", rows, notes=notes) else 1


def redeeming(home: Path, options: Namespace) -> tuple[list[Row], list[str]]:
    """Redeem vouchers over HTTP and race for some, in the database of this home; the figures. `bench codes` tells them too."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        api_key, _ = make_shop([], cards=0)
        sizes = [WARM_UP_SECONDS, *[options.seconds] * options.pairs]
        for number, seconds in enumerate(sizes):
            made = make_vouchers(seconds * VOUCHERS_PER_SECOND)
            (folder / f"run{number}").write_text("\n".join(made) + "\n")
        raced = make_vouchers(RACES)
        (folder / "load.lua").write_text(LUA)
        superuser = superuser_url(home)
        prepare_reference(superuser)
        stack.enter_context(served(home))
        wrk(folder, "run0", api_key, seconds=WARM_UP_SECONDS)
        references: list[Measured] = []
        redeemed: list[Measured] = []
        for number in range(1, options.pairs + 1):
            checkpoint(superuser)
            references.append(pgbench(superuser, options.seconds))
            checkpoint(superuser)
            redeemed.append(wrk(folder, f"run{number}", api_key, seconds=options.seconds))
        races = [race(voucher, api_key) for voucher in raced]
        sound = prove()
    return tell(references, redeemed, races, sound=sound, options=options)


def make_vouchers(count: int) -> list[str]:
    """New vouchers of the newest chain, of nobody in particular: their ids."""
    from django.db import connections

    from regulars.kernel.ids import encode
    from regulars.platform.actor import system_actor
    from regulars.platform.clock import real_now
    from regulars.platform.database import row, unit_of_work
    from regulars.vouchers.actions.issue import issue_vouchers
    from regulars.vouchers.rules.vouchers import VoucherDraft

    found = row("SELECT id FROM chains ORDER BY id DESC LIMIT 1", using="owner")
    assert found
    actor = system_actor(found[0])
    draft = VoucherDraft(title="A coffee")
    made: list[str] = []
    while len(made) < count:
        with unit_of_work(actor.chain_id):
            some = issue_vouchers(actor, [draft] * min(CHUNK, count - len(made)), now=real_now())
        made += [encode("vch", one.id) for one in some]
    with connections["owner"].cursor() as cursor:
        # Without it cached plans would scan.
        cursor.execute("ANALYZE vouchers, voucher_events, code_keys")
    return made


def race(voucher: str, api_key: str) -> Counter[int]:
    """64 clients redeem one voucher at the same instant: how many got which answer."""
    barrier = Barrier(CLIENTS)

    def one(number: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        connection.connect()
        headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"race-{voucher}-{number}",
        }
        barrier.wait(60)
        connection.request("POST", f"/api/v1/vouchers/{voucher}/redeem", "{}", headers)
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(one, range(CLIENTS)))


def rows_of(references: Sequence[Measured], redeemed: Sequence[Measured], races: Sequence[Counter[int]]) -> list[Row]:
    """The figures: medians of the pairs and of their ratios, and whether exactly one won each race."""
    ratio = statistics.median(
        one.per_second / reference.per_second for one, reference in zip(redeemed, references, strict=True)
    )
    refused = sum(one.refused for one in redeemed)
    won = all(one == {200: 1, 409: CLIENTS - 1} for one in races)
    return [
        Row(
            "pgbench TPC-B, scale 10, 16 clients, simple",
            f"{statistics.median(one.per_second for one in references):,.0f}/s",
        ),
        Row("vouchers redeemed over HTTP", f"{statistics.median(one.per_second for one in redeemed):,.0f}/s"),
        Row("… as a share of TPC-B", f"{ratio:.2f} ×", f"≥ {RATIO_MIN:.2f} ×", ratio >= RATIO_MIN),
        Row("processor time of one redemption, client and database included", f"{cpu_of(list(redeemed)):.2f} ms"),
        Row("processor time of one TPC-B transaction, likewise", f"{cpu_of(list(references)):.2f} ms"),
        Row("… 99 % answered within", f"{statistics.median(one.p99_ms for one in redeemed):.0f} ms"),
        Row("answers other than 200", str(refused), "0", refused == 0),
        Row(f"{CLIENTS} clients on one voucher, {len(races)} times", told(races), "exactly one wins", won),
    ]


def told(races: Sequence[Counter[int]]) -> str:
    """What the clients got, as few words as tell it."""
    kinds = {json.dumps({str(status): count for status, count in sorted(one.items())}) for one in races}
    return " ".join(sorted(kinds))


def tell(
    references: Sequence[Measured],
    redeemed: Sequence[Measured],
    races: Sequence[Counter[int]],
    *,
    sound: bool,
    options: Namespace,
) -> tuple[list[Row], list[str]]:
    """All rows, and the notes below them."""
    rows = [
        *rows_of(references, redeemed, races),
        Row("proved after it", "sound" if sound else "broken", "sound", sound),
    ]
    notes = [
        f"Median of {options.pairs} interleaved pairs of {options.seconds} s; both on the same embedded server with durable commits.",
        "In force: row-level security, audit, idempotency keys, events, sequencer and seals; client and server share the machine.",
        json.dumps(
            {
                "pgbench": [one.per_second for one in references],
                "redeemed": [one.per_second for one in redeemed],
                "measured": time.strftime("%Y-%m-%d"),
            }
        ),
    ]
    sys.stdout.flush()
    return rows, notes
