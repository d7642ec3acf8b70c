"""Adjustments over HTTP, durable, with everything in force, beside pgbench TPC-B on the same server (issue 2, Figures)."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from benchmarks.database import ROOT, bench_database
from benchmarks.report import Row, report
from benchmarks.shop import add_load_arguments, lacks_wrk, make_shop

CARDS: Final = 10_000
CONNECTIONS: Final = 16
PORT: Final = 18765
RATIO_MIN: Final = 0.30
HOT_RATIO_MIN: Final = 0.5
REFERENCE: Final = "pgbench_reference"

# Every connection of wrk alternates what it gives and takes, so that lots stay as few as in a shop.
LUA: Final = """
local counter, thread_id = 0, 0
local cards, many = {}, 0
local threads = 0
function setup(thread) threads = threads + 1; thread:set("number", threads) end
function init(args)
    math.randomseed(os.time() * 1000 + number)
    for line in io.lines(args[1]) do many = many + 1; cards[many] = line end
    headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2]}
    run = args[3]
end
function request()
    counter = counter + 1
    headers["Idempotency-Key"] = run .. "-" .. number .. "-" .. counter
    local amount = counter % 2 == 0 and "-5" or "5"
    local body = '{"balance_type":"points","amount":"' .. amount .. '","reason":"till 7"}'
    return wrk.format("POST", "/api/v1/cards/" .. cards[math.random(many)] .. "/adjustments", headers, body)
end
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: per second, processor milliseconds of all who took part for each, the 99th percentile, other answers."""

    per_second: float
    cpu_ms: float
    p99_ms: float = 0.0
    refused: int = 0


add_arguments = add_load_arguments


def run(options: Namespace) -> int:
    if lacks_wrk():
        return 2
    os.environ.setdefault("REGULARS_KEY_RATE", "0")
    with ExitStack() as stack:
        home = stack.enter_context(bench_database("adjust"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        api_key, cards = make_cards()
        (folder / "all").write_text("\n".join(cards) + "\n")
        (folder / "hot").write_text(cards[0] + "\n")
        (folder / "load.lua").write_text(LUA)
        superuser = superuser_url(home)
        prepare_reference(superuser)
        stack.enter_context(served(home))
        wrk(folder, "all", api_key, seconds=5)
        references: list[Measured] = []
        spread: list[Measured] = []
        hot: list[Measured] = []
        for _ in range(options.pairs):
            checkpoint(superuser)
            references.append(pgbench(superuser, options.seconds))
            checkpoint(superuser)
            spread.append(wrk(folder, "all", api_key, seconds=options.seconds))
            hot.append(wrk(folder, "hot", api_key, seconds=options.seconds))
        sound = prove()
    return 0 if tell(references, spread, hot, sound=sound, options=options) else 1


def make_cards() -> tuple[str, list[str]]:
    """A new chain with its key and cards that hold some points each."""
    from regulars.programs.rules import BalanceTypeDraft

    points = BalanceTypeDraft(name="Points", kind="points", external_id="points", initial_balance="1000000")
    return make_shop([points], cards=CARDS)


@contextmanager
def served(home: Path, *, parts: Sequence[str] = ("web", "dispatcher")) -> Iterator[None]:
    """The web processes and the dispatcher, as `./run` starts them."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "REGULARS_PORT": str(PORT),
        "REGULARS_HOME": str(home),
        "REGULARS_KEY_RATE": "0",
    }
    log = (home / "benchmark.log").open("ab")
    processes = [
        subprocess.Popen([sys.executable, "-m", "regulars", part], env=environment, stdout=log, stderr=log)
        for part in parts
    ]
    try:
        wait_for_web()
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
        log.close()


def wait_for_web() -> None:
    """Until the server answers."""
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5).read()
            return
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.2)


def cpu_seconds() -> float:
    """Processor time so far of this process and of everything it started, ended or not."""
    ticks = os.sysconf("SC_CLK_TCK")
    parents, times = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            times[int(entry.name)] = sum(map(int, fields[11:15])) / ticks
    mine = {os.getpid()}
    while more := {one for one, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(times.get(one, 0.0) for one in mine)


def wrk(folder: Path, cards: str, api_key: str, *, seconds: int) -> Measured:
    """Load from 16 connections; every request has a key of its own."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(folder / "load.lua")]
    url = f"http://127.0.0.1:{PORT}"
    run_name = f"{cards}{time.time_ns()}"
    before = cpu_seconds()
    done = subprocess.run(
        [*command, url, "--", str(folder / cards), api_key, run_name], capture_output=True, text=True, check=True
    )
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    total = re.search(r"(\d+) requests in", done.stdout)
    assert total, done.stdout
    cpu_ms = (cpu_seconds() - before) * 1000 / int(total[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    assert per_second, done.stdout
    assert slow, done.stdout
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[slow[2]]
    sys.stdout.write(f"{cards}: {per_second[1]}/s, {cpu_ms:.2f} ms of processor each\n")
    return Measured(float(per_second[1]), cpu_ms, float(slow[1]) * unit, int(refused[1]) if refused else 0)


def superuser_url(home: Path) -> str:
    """The server's superuser, who may make the reference's database."""
    from regulars.platform.embedded import running_urls

    urls = running_urls(home)
    assert urls is not None
    return urls.superuser


def at(url: str, database: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def checkpoint(superuser: str) -> None:
    """Let no run pay for the pages of the one before."""
    import psycopg

    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def prepare_reference(superuser: str) -> None:
    """TPC-B at scale 10 in a database of its own, made anew."""
    import psycopg

    with psycopg.connect(at(superuser, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {REFERENCE}")
        connection.execute(f"CREATE DATABASE {REFERENCE}")
    subprocess.run(
        [pgbench_program(), "-i", "-q", "-s", "10", at(superuser, REFERENCE)], check=True, capture_output=True
    )


def pgbench(superuser: str, seconds: int) -> Measured:
    """Transactions per second of TPC-B: 16 clients, simple protocol, the same socket."""
    before = cpu_seconds()
    done = subprocess.run(
        [pgbench_program(), "-n", "-M", "simple", "-c", str(CONNECTIONS), "-j", "2", "-T", str(seconds),
         at(superuser, REFERENCE)],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    total = re.search(r"actually processed: (\d+)", done.stdout)
    assert found, done.stdout
    assert total, done.stdout
    cpu_ms = (cpu_seconds() - before) * 1000 / int(total[1])
    sys.stdout.write(f"pgbench: {found[1]}/s, {cpu_ms:.2f} ms of processor each\n")
    return Measured(float(found[1]), cpu_ms)


def pgbench_program() -> str:
    """The pgbench that came with the embedded server."""
    from regulars.platform.embedded.binaries import find_binaries

    return str(find_binaries().program("pgbench"))


def prove() -> bool:
    """Whether the ledger keeps every promise after all that."""
    from django.utils import timezone

    from regulars.project.proofs import verify

    found = verify(now=timezone.now())
    for breach in found.breaches:
        sys.stdout.write(f"BROKEN {breach.text()}\n")
    return found.is_sound


def cpu_of(runs: list[Measured]) -> float:
    """The median of what each cost."""
    return statistics.median(one.cpu_ms for one in runs)


def tell(
    references: list[Measured], spread: list[Measured], hot: list[Measured], *, sound: bool, options: Namespace
) -> bool:
    """Write the figures: medians of the pairs and of their ratios."""
    ratio = statistics.median(
        one.per_second / reference.per_second for one, reference in zip(spread, references, strict=True)
    )
    hot_ratio = statistics.median(one.per_second / other.per_second for one, other in zip(hot, spread, strict=True))
    refused = sum(one.refused for one in [*spread, *hot])
    rows = [
        Row(
            "pgbench TPC-B, scale 10, 16 clients, simple",
            f"{statistics.median(one.per_second for one in references):,.0f}/s",
        ),
        Row("adjustments over HTTP on 10,000 cards", f"{statistics.median(one.per_second for one in spread):,.0f}/s"),
        Row("… as a share of TPC-B", f"{ratio:.2f} ×", f"≥ {RATIO_MIN:.2f} ×", ratio >= RATIO_MIN),
        Row("processor time of one adjustment, client and database included", f"{cpu_of(spread):.2f} ms"),
        Row("processor time of one TPC-B transaction, likewise", f"{cpu_of(references):.2f} ms"),
        Row("… 99 % answered within", f"{statistics.median(one.p99_ms for one in spread):.0f} ms"),
        Row("adjustments on one card", f"{statistics.median(one.per_second for one in hot):,.0f}/s"),
        Row(
            "… as a share of those on many",
            f"{hot_ratio:.2f} ×",
            f"≥ {HOT_RATIO_MIN:.1f} ×",
            hot_ratio >= HOT_RATIO_MIN,
        ),
        Row("answers other than 201", str(refused), "0", refused == 0),
        Row("ledger proved after it", "sound" if sound else "broken", "sound", sound),
    ]
    notes = [
        f"Median of {options.pairs} interleaved pairs of {options.seconds} s; both on the same embedded server with durable commits.",
        "In force: row-level security, audit, idempotency keys, events, sequencer and seals; client and server share the machine.",
        (
            "What limits it is processor time: per adjustment about half goes to the web process, half to PostgreSQL. On a"
            " machine that is busy with other work the few web processes get a smaller part of it than pgbench's sixteen servers, so"
            " the processor times above are the steadier comparison."
        ),
        json.dumps(
            {
                "pgbench": [one.per_second for one in references],
                "spread": [one.per_second for one in spread],
                "hot": [one.per_second for one in hot],
            }
        ),
    ]
    return report("adjust", rows, notes=notes)
