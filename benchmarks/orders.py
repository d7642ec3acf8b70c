"""Orders over HTTP, durable, with everything in force, beside pgbench TPC-B on the same server (issue 3, Figures)."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from benchmarks.adjust import (
    CARDS,
    CONNECTIONS,
    PORT,
    Measured,
    checkpoint,
    cpu_of,
    cpu_seconds,
    pgbench,
    prepare_reference,
    prove,
    served,
    superuser_url,
)
from benchmarks.database import bench_database
from benchmarks.report import Row, report
from benchmarks.shop import add_load_arguments, lacks_wrk, make_shop

RATIO_MIN: Final = 0.25
QUOTE_RATIO_MIN: Final = 0.40
HOT_RATIO_MIN: Final = 0.5
SLOWEST_MAX: Final = 8.0

# Ten kinds: on lines, on the order, on units, by code, by hour, by place of sale; earning by percent, by money, for the
# order, and one that multiplies. Two of them do not fit most orders.
PROMOTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"benefits": [{"kind": "percent_off_lines", "percent": "10"}], "products": {"categories": ["cake"]}},
    {
        "benefits": [{"kind": "amount_off_order", "amount": "0.50"}],
        "conditions": [{"kind": "minimum_amount", "amount": "12.00"}],
    },
    {"benefits": [{"kind": "buy_get", "buy": 2, "get": 1}], "products": {"categories": ["coffee"]}},
    {"benefits": [{"kind": "percent_off_order", "percent": "15"}], "codes": ["AUTUMN"]},
    {
        "benefits": [{"kind": "percent_off_order", "percent": "5"}],
        "conditions": [
            {"kind": "weekly_hours", "hours": [{"weekdays": [0, 1, 2, 3, 4], "begins": "06:00", "ends": "07:00"}]}
        ],
    },
    {
        "benefits": [{"kind": "percent_off_order", "percent": "5"}],
        "conditions": [{"kind": "at_places", "channels": ["web"]}],
    },
    {"earnings": [{"kind": "percent_back", "balance_type": "ext:points", "percent": "5"}]},
    {"earnings": [{"kind": "per_money", "balance_type": "ext:points", "units": "1.00", "per": "5.00"}]},
    {"earnings": [{"kind": "per_order", "balance_type": "ext:stamps", "units": "1"}]},
    {"multipliers": [{"balance_type": "ext:points", "factor": "2"}], "products": {"tags": ["new"]}},
)

LUA: Final = """
local counter, threads = 0, 0
local cards, many = {}, 0
local drinks = {{"latte", "3.90"}, {"flat-white", "3.60"}, {"tea", "2.80"}, {"mocha", "4.40"}}
local cakes = {{"cheesecake", "4.90"}, {"brownie", "3.20"}, {"strudel", "4.10"}}
function setup(thread) threads = threads + 1; thread:set("number", threads) end
function init(args)
    math.randomseed(os.time() * 1000 + number)
    for line in io.lines(args[1]) do many = many + 1; cards[many] = line end
    headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2]}
    run, address = args[3], args[4]
end
local function line(one, category, quantity)
    return '{"sku":"' .. one[1] .. '","category":"' .. category .. '","quantity":"' .. quantity .. '","price":"' .. one[2] .. '"}'
end
function request()
    counter = counter + 1
    local name = run .. "-" .. number .. "-" .. counter
    headers["Idempotency-Key"] = name
    local body = '{"external_id":"' .. name .. '","card":"' .. cards[math.random(many)]
        .. '","channel":"pos","contact_point":"till-7","currency":"EUR","lines":['
        .. line(drinks[math.random(#drinks)], "coffee", "2") .. ","
        .. line(drinks[math.random(#drinks)], "coffee", "1") .. ","
        .. line(cakes[math.random(#cakes)], "cake", "1") .. "]}"
    return wrk.format("POST", "/api/v1" .. address, headers, body)
end
"""


def add_arguments(parser: ArgumentParser) -> None:
    """As every load over HTTP, and --cards."""
    add_load_arguments(parser)
    parser.add_argument("--cards", type=int, default=CARDS, help="how many cards buy")


def run(options: Namespace) -> int:
    if lacks_wrk():
        return 2
    os.environ.setdefault("REGULARS_KEY_RATE", "0")
    with ExitStack() as stack:
        home = stack.enter_context(bench_database("orders"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        api_key, cards = make_cafe(options.cards)
        (folder / "all").write_text("\n".join(cards) + "\n")
        (folder / "hot").write_text(cards[0] + "\n")
        (folder / "load.lua").write_text(LUA)
        superuser = superuser_url(home)
        prepare_reference(superuser)
        stack.enter_context(served(home))
        load(folder, "all", api_key, "/orders", seconds=5)
        runs: dict[str, list[Measured]] = {"reference": [], "spread": [], "quote": [], "hot": []}
        for _ in range(options.pairs):
            checkpoint(superuser)
            runs["reference"].append(pgbench(superuser, options.seconds))
            checkpoint(superuser)
            runs["spread"].append(load(folder, "all", api_key, "/orders", seconds=options.seconds))
            runs["quote"].append(load(folder, "all", api_key, "/orders/quote", seconds=options.seconds))
            runs["hot"].append(load(folder, "hot", api_key, "/orders", seconds=options.seconds))
        sound = prove()
    return 0 if tell(runs, sound=sound, options=options) else 1


def make_cafe(cards: int) -> tuple[str, list[str]]:
    """A new chain with its key, cards, and ten running promotions."""
    from regulars.programs.rules import BalanceTypeDraft

    points = BalanceTypeDraft(
        name="Points", kind="points", external_id="points", decimals=2, money_per_unit=Decimal("0.01")
    )
    stamps = BalanceTypeDraft(name="Stamps", kind="stamps", external_id="stamps")
    return make_shop([points, stamps], cards=cards, promotions=PROMOTIONS)


def load(folder: Path, cards: str, api_key: str, address: str, *, seconds: int) -> Measured:
    """Load from 16 connections; every order has an external id and a key of its own."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(folder / "load.lua")]
    run_name = f"{cards}{time.time_ns()}"
    before = cpu_seconds()
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{PORT}", "--", str(folder / cards), api_key, run_name, address],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {
        name: re.search(pattern, done.stdout)
        for name, pattern in {
            "rate": r"Requests/sec:\s+([\d.]+)",
            "slow": r"99%\s+([\d.]+)(us|ms|s)",
            "median": r"50%\s+([\d.]+)(us|ms|s)",
            "total": r"(\d+) requests in",
        }.items()
    }
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    rate, total = found["rate"], found["total"]
    assert rate, done.stdout
    assert total, done.stdout
    cpu_ms = (cpu_seconds() - before) * 1000 / int(total[1])
    slow, median = milliseconds(found["slow"]), milliseconds(found["median"])
    sys.stdout.write(
        f"{address} {cards}: {rate[1]}/s, {cpu_ms:.2f} ms of processor each, median {median:.0f} ms, 99 % {slow:.0f} ms\n"
    )
    return Measured(float(rate[1]), cpu_ms, slow / median if median else 0.0, int(refused[1]) if refused else 0)


def milliseconds(found: "re.Match[str] | None") -> float:
    """What wrk wrote with its unit."""
    assert found
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def tell(runs: dict[str, list[Measured]], *, sound: bool, options: Namespace) -> bool:
    """Write the figures: medians of the pairs and of their ratios."""

    def ratio(name: str, to: str) -> float:
        return statistics.median(
            one.per_second / other.per_second for one, other in zip(runs[name], runs[to], strict=True)
        )

    def rate(name: str) -> str:
        return f"{statistics.median(one.per_second for one in runs[name]):,.0f}/s"

    order, quote, hot = ratio("spread", "reference"), ratio("quote", "reference"), ratio("hot", "spread")
    slowest = statistics.median(one.p99_ms for one in runs["spread"])
    refused = sum(one.refused for name in ("spread", "quote", "hot") for one in runs[name])
    rows = [
        Row("pgbench TPC-B, scale 10, 16 clients, simple", rate("reference")),
        Row(f"orders over HTTP on {options.cards:,} cards", rate("spread")),
        Row("… as a share of TPC-B", f"{order:.2f} ×", f"≥ {RATIO_MIN:.2f} ×", order >= RATIO_MIN),
        Row(
            "… 99th percentile, as a multiple of the median",
            f"{slowest:.1f} ×",
            f"≤ {SLOWEST_MAX:.0f} ×",
            slowest <= SLOWEST_MAX,
        ),
        Row("processor time of one order, client and database included", f"{cpu_of(runs['spread']):.2f} ms"),
        Row("processor time of one TPC-B transaction, likewise", f"{cpu_of(runs['reference']):.2f} ms"),
        Row("quotes over HTTP", rate("quote")),
        Row("… as a share of TPC-B", f"{quote:.2f} ×", f"≥ {QUOTE_RATIO_MIN:.2f} ×", quote >= QUOTE_RATIO_MIN),
        Row("orders of one card", rate("hot")),
        Row("… as a share of those on many", f"{hot:.2f} ×", f"≥ {HOT_RATIO_MIN:.1f} ×", hot >= HOT_RATIO_MIN),
        Row("answers other than 200 and 201", str(refused), "0", refused == 0),
        Row("ledger proved after it", "sound" if sound else "broken", "sound", sound),
    ]
    notes = [
        f"Median of {options.pairs} interleaved pairs of {options.seconds} s; both on the same embedded server with durable commits.",
        "Three lines, ten running promotions of mixed kinds, earning points and stamps and discounts, an external id and an idempotency key each.",
        "In force: row-level security, audit, idempotency keys, events, sequencer and seals; client and server share the machine.",
        (
            "What limits it is processor time: about three fifths of it goes to the web processes (deciding, presenting, writing"
            " the rows), two fifths to PostgreSQL and what follows each order. Orders that arrive together share a transaction"
            " (ADR 18)."
        ),
        json.dumps({name: [round(one.per_second, 1) for one in found] for name, found in runs.items()}),
    ]
    return report("orders", rows, notes=notes)
