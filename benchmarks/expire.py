"""A night's work over many lots, beside the bare set-based statement on the same lots, accounts and entries (issue 3, Figures)."""

import resource
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks.database import bench_database
from benchmarks.report import Row, report

SCALE: Final = 200_000
RATIO_MIN: Final = 0.5
MEMORY_MAX_MB: Final = 64
SLICE: Final = 50_000
CONNECTIONS: Final = 2
EARNED: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
NIGHT: Final = datetime(2026, 11, 20, tzinfo=UTC)

# Two lots on each card: one has expired before the night, one lives on, so that a night finds its own among others.
FILL: Final = """
WITH made AS MATERIALIZED (
    SELECT regulars_uuid7() AS card, regulars_uuid7() AS account, n FROM generate_series(%(first)s::int, %(last)s::int) AS n
), carded AS (
    INSERT INTO cards (id, chain_id, card_type_id, number, status, status_reason, platforms, issued_at, issued_through,
        link_version, version)
    SELECT card, %(chain)s, %(type)s, 'B' || n, 'active', '', '{}', %(at)s, 'import', 1, 1 FROM made
), numbered AS (
    INSERT INTO card_numbers (chain_id, key, card_id) SELECT %(chain)s, 'B' || n, card FROM made
), opened AS (
    INSERT INTO accounts (id, chain_id, card_id, balance_type_id, balance, held, allows_debt, version)
    SELECT account, %(chain)s, card, %(balance_type)s, 2 * (n %% 90 + 10), 0, false, 2 FROM made
), moves AS MATERIALIZED (
    SELECT made.*, n %% 90 + 10 AS units, turn, regulars_uuid7() AS txn, regulars_uuid7() AS entry
    FROM made CROSS JOIN generate_series(1, 2) AS turn
), posted AS (
    INSERT INTO transactions (id, chain_id, card_id, kind, source, at)
    SELECT txn, %(chain)s, card, 'earn', 'order', %(at)s FROM moves
), entered AS (
    INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
        balance_after, at)
    SELECT entry, %(chain)s, txn, account, card, %(balance_type)s, 'earn', units, turn * units, %(at)s FROM moves
), lotted AS (
    INSERT INTO lots (id, chain_id, account_id, card_id, entry_id, amount, remaining, activates_at, expires_at)
    SELECT regulars_uuid7(), %(chain)s, account, card, entry, units, units, %(at)s,
        CASE WHEN turn = 1 THEN %(ends)s::timestamptz - n %% 200 * interval '1 day'
            ELSE %(ends)s::timestamptz + interval '1 year' END
    FROM moves
), told AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT regulars_uuid7(), %(chain)s, %(at)s, 'balance.changed', array_agg(DISTINCT card), array_agg(txn), '{}'
    FROM moves RETURNING id
)
INSERT INTO event_queue (event_id, chain_id) SELECT id, %(chain)s FROM told
"""
COPIES: Final = """
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;
CREATE TABLE bare.lots (LIKE lots INCLUDING ALL);
CREATE TABLE bare.accounts (LIKE accounts INCLUDING ALL);
CREATE TABLE bare.entries (LIKE entries INCLUDING ALL);
"""
COPY: Final = """
INSERT INTO bare.lots SELECT * FROM lots WHERE chain_id = %(chain)s;
INSERT INTO bare.accounts SELECT * FROM accounts WHERE chain_id = %(chain)s;
INSERT INTO bare.entries SELECT * FROM entries WHERE chain_id = %(chain)s;
"""
BARE: Final = """
WITH due AS MATERIALIZED (
    SELECT id, account_id, remaining FROM bare.lots
    WHERE chain_id = %(chain)s AND remaining > 0 AND expires_at <= %(now)s
        AND get_byte(uuid_send(account_id), 15) %% %(parts)s = %(part)s
), emptied AS (
    UPDATE bare.lots SET remaining = 0 FROM due WHERE lots.id = due.id
), sums AS MATERIALIZED (
    SELECT account_id, sum(remaining)::bigint AS units FROM due GROUP BY account_id
), changed AS (
    UPDATE bare.accounts a SET balance = a.balance - sums.units, version = a.version + 1 FROM sums
    WHERE a.id = sums.account_id RETURNING a.id, a.card_id, a.balance_type_id, a.balance, sums.units
), entered AS (
    INSERT INTO bare.entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
        balance_after, at)
    SELECT regulars_uuid7(), %(chain)s, regulars_uuid7(), id, card_id, balance_type_id, 'expire', -units, balance,
        %(now)s
    FROM changed
)
SELECT count(*) FROM due
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of doing it: how many lots, in how many seconds."""

    lots: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Lots per second."""
        return self.lots / self.seconds


def add_arguments(parser: ArgumentParser) -> None:
    """--scale for a quick look, or for ten million."""
    parser.add_argument("--scale", type=int, default=SCALE, help="how many lots are due")
    parser.add_argument("--rounds", type=int, default=1, help="how many interleaved pairs, each on a fresh chain")


def run(options: Namespace) -> int:
    bare: list[Measured] = []
    ours: list[Measured] = []
    grown = 0.0
    with bench_database("expire") as home:
        superuser = superuser_url(home)
        for _ in range(options.rounds):
            chain_id = fill(superuser, options.scale)
            bare.append(run_bare(superuser, chain_id))
            settle(superuser)
            before = memory_mb()
            ours.append(run_night(chain_id))
            grown = max(grown, memory_mb() - before)
        sound = prove()
    return 0 if tell(bare, ours, grown, sound=sound, options=options) else 1


def superuser_url(home: Path) -> str:
    """How to reach the server as its superuser."""
    from regulars.platform.embedded import running_urls

    urls = running_urls(home)
    assert urls is not None
    return urls.superuser


def fill(superuser: str, scale: int) -> UUID:
    """A fresh chain with as many lots that are due as asked for, and as many that are not."""
    from django.utils import timezone

    from regulars.cards.actions.types import create_card_type_with_program
    from regulars.cards.rules.types import CardTypeDraft
    from regulars.chains.rules import ChainDraft
    from regulars.platform.actor import system_actor
    from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
    from regulars.staff.actions import NewLogin, open_chain

    now = timezone.now()
    owner = NewLogin(email=f"bench{time.time_ns()}@example.com", password="correct horse battery", name="Bench")
    opened = open_chain(ChainDraft(name="Bench", country="DE"), owner=owner, now=now)
    points = BalanceTypeDraft(name="Points", kind="points", external_id="points", expiry={"kind": "days", "value": 30})
    card_type = create_card_type_with_program(
        system_actor(opened.chain.id),
        ProgramDraft(name="Club", balance_types=(points,)),
        CardTypeDraft(name="Card"),
        currency_decimals=2,
        now=now,
    )
    values = {
        "chain": opened.chain.id,
        "type": card_type.id,
        "balance_type": card_type.balance_types[0].id,
        "at": EARNED,
        "ends": NIGHT,
    }
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for first in range(0, scale, SLICE):
            last = min(first + SLICE, scale) - 1
            connection.execute(FILL, values | {"first": first, "last": last})
        connection.execute(COPIES)
        for statement in COPY.strip().split(";\n"):
            connection.execute(statement.rstrip(";"), {"chain": opened.chain.id})
    settle(superuser)
    return opened.chain.id


def settle(superuser: str) -> None:
    """Begin as a night begins: statistics known, nothing left to write."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for table in ("lots", "accounts", "entries", "bare.lots", "bare.accounts", "bare.entries"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
        connection.execute("CHECKPOINT")


def run_bare(superuser: str, chain_id: UUID) -> Measured:
    """The bare statement, on two connections at once, each for its half of the accounts."""
    counts: list[int] = []

    def work(part: int) -> None:
        with psycopg.connect(superuser) as connection:
            values: dict[str, Any] = {"chain": chain_id, "now": NIGHT, "part": part, "parts": CONNECTIONS}
            found = connection.execute(BARE, values).fetchone()
            assert found is not None
            counts.append(found[0])

    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=(part,)) for part in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Measured(sum(counts), time.perf_counter() - start)


def run_night(chain_id: UUID) -> Measured:
    """The night's work of the product, as it runs it."""
    from regulars.ledger.actions.night import expire_due

    start = time.perf_counter()
    done = expire_due(chain_id, NIGHT + timedelta(minutes=5))
    return Measured(done.lots, time.perf_counter() - start)


def memory_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prove() -> bool:
    """Whether the ledger keeps every promise after all that."""
    from django.utils import timezone

    from regulars.project.proofs import verify

    found = verify(now=timezone.now())
    for breach in found.breaches:
        sys.stdout.write(f"BROKEN {breach.text()}\n")
    return found.is_sound


def tell(bare: list[Measured], ours: list[Measured], grown: float, *, sound: bool, options: Namespace) -> bool:
    """Write the figures: the median of the pairs."""
    pairs = sorted(zip(bare, ours, strict=True), key=lambda pair: pair[1].per_second / pair[0].per_second)
    reference, night = pairs[len(pairs) // 2]
    ratio = night.per_second / reference.per_second
    complete = all(one.lots == options.scale for one in [*bare, *ours])
    rows = [
        Row(
            "bare statement on copies of lots, accounts and entries, two connections", f"{reference.per_second:,.0f}/s"
        ),
        Row("the night's work", f"{night.per_second:,.0f}/s"),
        Row("… as a share of the bare statement", f"{ratio:.2f} ×", f"≥ {RATIO_MIN} ×", ratio >= RATIO_MIN),
        Row("memory that it took more than before", f"{grown:.0f} MB", f"≤ {MEMORY_MAX_MB} MB", grown <= MEMORY_MAX_MB),
        Row("lots posted off", f"{night.lots:,}", f"{options.scale:,}", complete),
        Row("ledger proved after it", "sound" if sound else "broken", "sound", sound),
    ]
    notes = [
        f"{options.scale:,} lots that are due on as many cards, beside as many that are not; {options.rounds} pairs.",
        "The night's work writes transactions, draws and events besides, under row-level security, in chunks that each stand alone.",
    ]
    return report("expire", rows, notes=notes)
