"""Orders in batches over HTTP, as tills send them that were offline, beside pgbench TPC-B on the same server (issue 3, Figures)."""

import json
import os
import random
import sys
import time
import urllib.request
from argparse import ArgumentParser, Namespace
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

from benchmarks.adjust import (
    CARDS,
    PORT,
    Measured,
    checkpoint,
    cpu_seconds,
    pgbench,
    prepare_reference,
    prove,
    served,
    superuser_url,
)
from benchmarks.database import bench_database
from benchmarks.orders import make_cafe
from benchmarks.report import Row, report

RATIO_MIN: Final = 1.2
DRINKS: Final = (("latte", "3.90"), ("flat-white", "3.60"), ("tea", "2.80"), ("mocha", "4.40"))
CAKES: Final = (("cheesecake", "4.90"), ("brownie", "3.20"), ("strudel", "4.10"))


def add_arguments(parser: ArgumentParser) -> None:
    """--orders, --batch and --senders for a quick look."""
    parser.add_argument("--orders", type=int, default=100_000, help="how many orders in all")
    parser.add_argument("--batch", type=int, default=1_000, help="how many in one request")
    parser.add_argument("--senders", type=int, default=4, help="how many requests at the same time")
    parser.add_argument("--cards", type=int, default=CARDS, help="how many cards buy")
    parser.add_argument("--seconds", type=int, default=15, help="length of the reference, before and after")


def run(options: Namespace) -> int:
    os.environ.setdefault("REGULARS_KEY_RATE", "0")
    with ExitStack() as stack:
        home = stack.enter_context(bench_database("batch"))
        api_key, cards = make_cafe(options.cards)
        superuser = superuser_url(home)
        prepare_reference(superuser)
        stack.enter_context(served(home))
        send(api_key, batch_of(cards, "warm", 0, 200))
        checkpoint(superuser)
        references = [pgbench(superuser, options.seconds)]
        checkpoint(superuser)
        found, refused = record(api_key, cards, options)
        checkpoint(superuser)
        references.append(pgbench(superuser, options.seconds))
        sound = prove()
    return 0 if tell(references, found, refused, sound=sound, options=options) else 1


def record(api_key: str, cards: list[str], options: Namespace) -> tuple[Measured, int]:
    """Send all batches, some at the same time; how many orders a second were answered, and how many were refused."""
    name = str(time.time_ns())
    bodies = [
        batch_of(cards, name, start, min(options.batch, options.orders - start))
        for start in range(0, options.orders, options.batch)
    ]
    before, began = cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(options.senders) as pool:
        answers = list(pool.map(lambda body: send(api_key, body), bodies))
    took = time.perf_counter() - began
    cpu_ms = (cpu_seconds() - before) * 1000 / options.orders
    refused = sum(one["status"] != 201 for answer in answers for one in answer)
    sys.stdout.write(f"batches: {options.orders / took:.0f}/s, {cpu_ms:.2f} ms of processor each\n")
    return Measured(options.orders / took, cpu_ms), refused


def batch_of(cards: list[str], name: str, start: int, count: int) -> bytes:
    """Orders of three lines each, one a line."""

    def line(one: tuple[str, str], category: str, quantity: str) -> dict[str, str]:
        return {"sku": one[0], "category": category, "quantity": quantity, "price": one[1]}

    orders = (
        {
            "external_id": f"{name}-{number}",
            "card": random.choice(cards),
            "channel": "pos",
            "contact_point": "till-7",
            "currency": "EUR",
            "lines": [
                line(random.choice(DRINKS), "coffee", "2"),
                line(random.choice(DRINKS), "coffee", "1"),
                line(random.choice(CAKES), "cake", "1"),
            ],
        }
        for number in range(start, start + count)
    )
    return b"\n".join(json.dumps(order).encode() for order in orders)


def send(api_key: str, body: bytes) -> list[dict[str, object]]:
    """Send one batch; its results."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/api/v1/orders/batch",
        data=body,
        headers={"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {api_key}"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        items: list[dict[str, object]] = json.load(answer)["items"]
    return items


def tell(references: list[Measured], found: Measured, refused: int, *, sound: bool, options: Namespace) -> bool:
    """Write the figures; the reference is the mean of the runs before and after."""
    reference = sum(one.per_second for one in references) / len(references)
    ratio = found.per_second / reference
    rows = [
        Row("pgbench TPC-B, scale 10, 16 clients, simple", f"{reference:,.0f}/s"),
        Row(f"{options.orders:,} orders in batches of {options.batch:,}", f"{found.per_second:,.0f}/s"),
        Row("… as a share of TPC-B", f"{ratio:.2f} ×", f"≥ {RATIO_MIN:.1f} ×", ratio >= RATIO_MIN),
        Row("processor time of one order, client and database included", f"{found.cpu_ms:.2f} ms"),
        Row("orders that were not recorded", str(refused), "0", refused == 0),
        Row("ledger proved after it", "sound" if sound else "broken", "sound", sound),
    ]
    notes = [
        f"{options.senders} requests at the same time; transactions of a hundred orders, durable commits.",
        "Three lines and ten running promotions of mixed kinds each; row-level security, audit, events and seals in force.",
    ]
    return report("batch", rows, notes=notes)
