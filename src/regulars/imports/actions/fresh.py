"""What a chunk makes lies in a table of its own transaction; most of it comes there set by set, without passing through here.

These are rows that make a card for somebody whom nobody knew when the file was checked (imports.actions.plain), and whom
nobody knows now. They get their ids on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from regulars.cards.queries.types import CardTypeView
from regulars.imports.actions.plain import KNOWN
from regulars.imports.queries.facts import FactsScope
from regulars.imports.rules.decide import Options
from regulars.kernel.ids import new_stem, stem_sql
from regulars.platform.database import execute, row, rows

MADE_NAME: Final = "import_made"
"""A table of one transaction: the cards and people that a chunk makes."""

MADE_TABLE: Final = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS {MADE_NAME} (
    "row" int NOT NULL, card_id uuid, customer_id uuid, is_new_customer boolean NOT NULL, phone text COLLATE "C",
    number text, number_key text COLLATE "C", holder text COLLATE "C", opening bigint[]) ON COMMIT DROP
"""
FRESH: Final = "p.chunk = %(chunk)s AND p.status = 'create' AND p.fields[1] = 'create' AND p.customer_id IS NULL"
COUNT: Final = """
SELECT min(p."row"), max(p."row"), count(*) FILTER (WHERE p.status = 'create') FROM {plan} p WHERE p.chunk = %(chunk)s
"""
PUT: Final = (
    """
INSERT INTO {made} ("row", card_id, customer_id, is_new_customer, phone, number, number_key, holder, opening)
SELECT f."row", {card_id}, f.customer_id, f.customer_id IS NOT NULL, f.phone, f.number, f.number_key,
    coalesce('c:' || f.customer_id, 'p:' || f.phone), f.opening
FROM (
    SELECT p."row", r.phone, r.number, r.number_key, {opening} AS opening, row_number() OVER line AS place,
        CASE WHEN p.fields[2] = 'new' THEN {customer_id} END AS customer_id
    FROM {plan} p JOIN {rows} r USING ("row")
    WHERE """
    + FRESH
    + """ AND r.phone IS NOT NULL AND r.phones IS NULL AND NOT ("""
    + KNOWN
    + """)
    WINDOW line AS (ORDER BY p."row")
) f
ORDER BY f."row"
"""
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of the plan: its first and last row, and how many rows the check found to make a card."""

    number: int
    first: int
    last: int
    creating: int


def find_chunk(scope: FactsScope, number: int) -> Chunk:
    """The chunk with this number; it has at least one row."""
    found = row(COUNT.format(plan=scope.tables.plan), {"chunk": number})
    assert found is not None
    return Chunk(number, *found)


def put_fresh(scope: FactsScope, options: Options, card_type: CardTypeView | None, chunk: Chunk) -> int:
    """Make this transaction's table and put the chunk's fresh rows into it; how many they are."""
    rows(MADE_TABLE)
    # Within one transaction, as in a test, several chunks come here.
    rows(f"DELETE FROM {MADE_NAME}")
    if card_type is None or not chunk.creating or options.existing == "issue_another":
        return 0
    names = {
        "made": MADE_NAME,
        "plan": scope.tables.plan,
        "rows": rows_of(scope, chunk),
        "card_id": stem_sql("%(stem)s", "2 * f.place"),
        "customer_id": stem_sql("%(stem)s", "2 * row_number() OVER line + 1"),
        "opening": _openings(scope, [balance.external_id for balance in card_type.balance_types]),
    }
    values = {"chain": scope.chain_id, "type": scope.card_type_id, "chunk": chunk.number, "stem": new_stem()}
    return execute(PUT.format_map(names), values)


def rows_of(scope: FactsScope, chunk: Chunk) -> str:
    """The staged rows of a chunk and no others: else a join reads the whole file again for each chunk."""
    return f'(SELECT * FROM {scope.tables.rows} WHERE "row" BETWEEN {chunk.first} AND {chunk.last})'


def made_customers() -> list[UUID]:
    """The new customers in this transaction's table."""
    return [values[0] for values in rows(f"SELECT customer_id FROM {MADE_NAME} WHERE is_new_customer")]


def _openings(scope: FactsScope, balances: Sequence[str]) -> str:
    position = {name: at + 1 for at, name in enumerate(scope.names)}
    parts = (f"coalesce(r.amounts[{position[name]}], 0)" if name in position else "0" for name in balances)
    return f"ARRAY[{', '.join(parts)}]::bigint[]"
