"""Millions of made-up customers with cards, written by the database itself."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import psycopg

T = TypeVar("T")

SLICE: Final = 500_000
FIRST_NAMES: Final = [
    "Maria", "Anna", "Александр", "Sergey", "Мария", "John", "Peter", "Priya", "प्रिया", "राज", "Elena", "Елена",
    "Иван", "José", "Thomas", "Michael", "Laura", "Sofia", "अमित", "सीता", "Дмитрий", "Ольга", "Paul", "Lena",
    "Lukas", "Emma", "Mia", "Ahmed", "Fatima", "Chloé", "Noah", "Olivia", "Liam", "Jürgen", "Günther", "Björn",
    "Łukasz", "Zoë", "Øyvind", "Наталья", "Сергей", "Андрей", "Татьяна", "Юлия", "सुनीता", "राजेश", "दीपिका",
    "विजय", "अनीता", "मोहन", "Wei", "Yuki", "Minh", "Linh", "Carlos", "Ana", "Marta", "Giulia", "Marco",
    "Katarzyna", "Piotr", "Eszter", "István", "Ingrid", "Lars", "Siobhán", "Seán", "Nikos", "Eleni", "Mehmet",
    "Ayşe", "Omar", "Leila", "Hassan", "Amina", "Jean", "Marie", "Luc",
]  # fmt: skip
LAST_STEMS: Final = [
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "García", "Fernández", "Rossi", "Novák", "Horváth",
    "Kowalski", "Petrov", "Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "शर्मा",
    "वर्मा", "गुप्ता", "सिंह", "कुमार", "पटेल", "Nguyen", "Tran", "Haddad", "Hussein", "Yılmaz", "O'Connor",
    "O'Brien", "Van-Dijk", "De-Vries", "Johansson", "Hansen", "Nielsen", "Virtanen", "Papadopoulos", "Silva",
    "Santos", "Costa", "Dubois", "Martin", "Bernard", "Schäfer", "Krüger", "Böhm",
]  # fmt: skip
LAST_ENDS: Final = [
    "", "a", "e", "o", "ski", "mann", "berg", "stein", "feld", "holm", "sen", "son", "ini", "etti", "ez", "ова",
    "ин", "ский", "енко", "чук", "ович", "प्रसाद", "लाल", "देव", "राव", "नाथ", "ton", "ley", "field", "worth",
    "ham", "by", "ström", "lund", "gren", "quist", "oğlu", "dis", "akis", "escu", "eanu", "off",
]  # fmt: skip
SYLLABLES: Final = [
    "al", "be", "ca", "da", "el", "fi", "ga", "hu", "is", "jo", "ka", "le", "mo", "na", "ol", "pe", "ra", "si",
    "ta", "ul", "va", "wi", "xa", "yo", "zu", "ko", "ri", "ne", "sa", "to", "ли", "ра", "на", "ве", "ко", "से",
    "जय", "नि", "रो", "ता",
]  # fmt: skip
INPUTS: Final = (
    "maria", "anna", "müller", "anna müller", "schm", "fernandez", "jo", "a", "ann", "li", "maria garcia", "o'conn",
    "lukas weberstein", "gren", "александр", "иван", "иванов", "ив", "анна петров", "а", "смир", "сергей кузнецовский",
    "प्रिया", "शर्मा", "प्र", "राजेश कुमार", "क", "zzzz", "qwertz uiop", "щщщ", "ma mü", "+49 151 00012345", "0151 000123",
    "4321", "1234567", "7 912", "00000012345", "kunde1234", "kunde77@", "4800012345", "123456", "thomas johanssonström",
)  # fmt: skip
CHAIN: Final = "01980000-0000-7000-8000-00000000000a"
SMALL_CHAIN: Final = "01980000-0000-7000-8000-00000000000b"


def chain_of() -> UUID:
    """The large chain."""
    return UUID(CHAIN)


def write_rows(scale: int, *, say: Callable[[str], None]) -> None:
    """Fill an empty database, its indexes switched off, on as many connections as the machine has processors."""
    with _superuser() as connection:
        make_chains(connection)
        # REINDEX switches them on again. Dropping them would need the foreign keys on them dropped too.
        connection.execute(_SWITCH_OFF, [list(TABLES)])
    slices = [(SMALL_CHAIN, 0, min(50_000, scale))]
    slices += [(CHAIN, start, min(SLICE, scale - start)) for start in range(0, scale, SLICE)]

    def write(part: tuple[str, int, int]) -> None:
        with _superuser() as connection, _timed(say, f"{part[2]:,} rows from {part[1]:,}"):
            connection.execute("SET temp_buffers = '256MB'")
            make_rows(connection, *part)

    _at_once(write, slices)


def build_indexes(*, say: Callable[[str], None]) -> None:
    """Build what `write_rows` left out, and gather statistics."""

    def finish(table: str) -> None:
        with _superuser() as connection:
            with _timed(say, f"indexes of {table}"):
                connection.execute(f"REINDEX TABLE {table}")
            with _timed(say, f"VACUUM {table}"):
                connection.execute(f"VACUUM (FREEZE, ANALYZE) {table}")

    _at_once(finish, TABLES)
    with _superuser() as connection:
        connection.execute("VACUUM (ANALYZE)")


def _at_once(work: Callable[[T], None], parts: Sequence[T]) -> None:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(work, parts))


def _superuser() -> "psycopg.Connection[tuple[object, ...]]":
    from regulars.platform.embedded import running_urls

    urls = running_urls(Path(os.environ["REGULARS_HOME"]))
    assert urls is not None
    connection = psycopg.connect(urls.superuser, autocommit=True)
    # Nothing is checked against another table: the rows are made to fit.
    connection.execute("SET session_replication_role = replica")
    return connection


# The longest work first, so that no processor waits at the end.
TABLES: Final = ("customers", "cards", "customer_phones", "card_numbers", "accounts", "card_short_numbers")
_SWITCH_OFF: Final = (
    "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = ANY(%s::text[]::regclass[])"
)


def make_chains(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """A large chain and a small one, each with a program, a balance type and a card type of the same id."""
    for number, chain in enumerate((CHAIN, SMALL_CHAIN)):
        connection.execute(
            "INSERT INTO chains (id, name, country, currency, time_zone, language, accent, trade, is_sample, version)"
            " VALUES (%s, %s, 'DE', 'EUR', 'Europe/Berlin', 'en', '', '', false, 1)",
            [chain, f"Bench {number}"],
        )
        connection.execute(
            "INSERT INTO programs (id, chain_id, external_id, name, description, state, version)"
            " VALUES (%s, %s, 'bench', 'Bench', '', 'active', 1)",
            [chain, chain],
        )
        connection.execute(
            "INSERT INTO balance_types (id, chain_id, program_id, external_id, name, kind, decimals, initial_balance,"
            " activation_delay_days, expiry, rounding, position, version)"
            " VALUES (%s, %s, %s, 'points', 'Points', 'points', 0, 0, 0, '{}', 'down', 0, 1)",
            [chain, chain, chain],
        )
        connection.execute(
            "INSERT INTO card_types (id, chain_id, program_id, external_id, name, state, number_format,"
            " several_per_customer, automatic_issue, issue_location_ids, background, foreground, icon, version)"
            " VALUES (%s, %s, %s, 'bench', 'Bench', 'active', '', false, 'never', '{}', '#2a1d14', '#fbeedb', 'star', 1)",
            [chain, chain, chain],
        )


@contextmanager
def _timed(say: Callable[[str], None], what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"{time.monotonic() - started:7.1f} s  {what}")


def make_rows(connection: "psycopg.Connection[tuple[object, ...]]", chain: str, start: int, count: int) -> None:
    """Add `count` customers with phones, cards, numbers and accounts to a chain."""
    given = {
        "chain": chain,
        "first": start + 1,
        "last": start + count,
        "firsts": FIRST_NAMES,
        "stems": LAST_STEMS,
        "ends": LAST_ENDS,
        "starts": SYLLABLES,
        # The two chains' ids must differ.
        "mark": "a" if chain == CHAIN else "b",
    }
    connection.execute("BEGIN")
    connection.execute("DROP TABLE IF EXISTS pg_temp.made")
    connection.execute(_MADE, given)
    for statement in _FROM_MADE:
        connection.execute(statement, given)
    connection.execute("COMMIT")


# Some names are common and most are rare, as with people: a power above one draws towards the front of the list, and
# four people in ten have a first name of two syllables out of sixteen hundred.
_MADE: Final = r"""
CREATE TEMPORARY TABLE made AS
SELECT n,
    (lpad(to_hex(1750000000000 + n * 3), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0') || '8' || %(mark)s
        || '00' || lpad(to_hex(n), 12, '0'))::uuid AS customer_id,
    (lpad(to_hex(1750000000001 + n * 3), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0') || '9' || %(mark)s
        || '00' || lpad(to_hex(n), 12, '0'))::uuid AS card_id,
    first || ' ' || stem || CASE WHEN tail = '' OR stem ~ '[^[:ascii:]]' <> (tail ~ '[^[:ascii:]]') THEN '' ELSE tail END
        AS name,
    CASE n %% 4 WHEN 0 THEN '+49151' WHEN 1 THEN '+7912' WHEN 2 THEN '+9198' ELSE '+33612' END || lpad(n::text, 8, '0')
        AS phone
FROM (
    SELECT n,
        %(firsts)s::text[] AS firsts, %(stems)s::text[] AS stems, %(ends)s::text[] AS ends,
        %(starts)s::text[] AS starts, (hashint8(n + 99999999) & 16777215) / 16777216::float8 AS d,
        power((hashint8(n) & 16777215) / 16777216::float8, 1.2::float8) AS a,
        power((hashint8(n + 7777777) & 16777215) / 16777216::float8, 1.1::float8) AS b,
        (hashint8(n + 55555555) & 16777215) / 16777216::float8 AS c
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
) x, LATERAL (
    SELECT CASE WHEN d < 0.6 THEN firsts[1 + floor(a * cardinality(firsts))::int]
            ELSE initcap(starts[1 + floor(a * cardinality(starts))::int]) || starts[1 + floor(c * cardinality(starts))::int]
        END AS first,
        stems[1 + floor(b * cardinality(stems))::int] AS stem, ends[1 + floor(c * cardinality(ends))::int] AS tail
) picked
"""
_FROM_MADE: Final = (
    """
    INSERT INTO customers (id, chain_id, name, search_name, email, email_key, language, tags, custom, comment, version,
        created_at)
    SELECT customer_id, %(chain)s, name, lower(unaccent(name)), mail, mail, '', '{}', '{}', '', 1,
        timestamptz '2025-06-15' + n * interval '3 ms'
    FROM (SELECT *, CASE WHEN n %% 3 = 0 THEN 'kunde' || n || '@example.com' END AS mail FROM made) m
    """,
    """
    INSERT INTO customer_phones (chain_id, phone, customer_id, position)
    SELECT %(chain)s, phone, customer_id, 0 FROM made
    """,
    """
    INSERT INTO cards (id, chain_id, card_type_id, customer_id, phone, number, short_number, status, status_reason,
        platforms, issued_at, issued_through, link_version, version)
    SELECT card_id, %(chain)s, %(chain)s, CASE WHEN n %% 20 > 0 THEN customer_id END,
        CASE WHEN n %% 20 = 0 THEN '+34600' || lpad(n::text, 8, '0') END, '48' || lpad(n::text, 8, '0'),
        CASE WHEN n < 900000 THEN (100000 + n)::text END, 'active', '', '{}',
        timestamptz '2025-06-15' + n * interval '3 ms', 'import', 1, 1
    FROM made
    """,
    "INSERT INTO card_numbers (chain_id, key, card_id) SELECT %(chain)s, '48' || lpad(n::text, 8, '0'), card_id FROM made",
    """
    INSERT INTO card_short_numbers (chain_id, number, card_id)
    SELECT %(chain)s, (100000 + n)::text, card_id FROM made WHERE n < 900000
    """,
    """
    INSERT INTO accounts (id, chain_id, card_id, balance_type_id, balance, held, allows_debt, version)
    SELECT card_id, %(chain)s, card_id, %(chain)s, n %% 500, 0, false, 1 FROM made
    """,
)
