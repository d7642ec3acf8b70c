"""Rows about which the decision table has nothing surprising to say, decided and written set by set.

Most rows of a large file are either a person whom nobody knows, or a card on which everything stands already. For these
two the table (imports.rules.decide) has one line each, said here in SQL; every other row goes through the table itself.
`tests/test_plain.py` holds the two against each other.
"""

from dataclasses import dataclass
from typing import Any, Final

from regulars.imports.queries.facts import FactsScope, has_leading_zeros
from regulars.imports.reading import cells
from regulars.imports.rules.decide import Options
from regulars.platform.database import execute

COMPARED: Final = frozenset({"name", "email", "phone", "phones"})
"""Details of known customers that are compared here (no row with further phones is plain); where a file brings others, its rows go through the table."""

WORK_MEMORY: Final = "32MB"
"""What the server may take for each side of a join of a whole file with a whole chain; beyond it goes by way of the disk."""

PLAIN: Final = """
r."row" BETWEEN %(first)s AND %(last)s AND r.skip IS NULL AND r.issues = '{{}}' AND r.phone IS NOT NULL AND r.phones IS NULL
    AND r.phone <> ALL(%(phones)s::text[])
    AND (r.number_key IS NULL OR r.number_key <> ALL(%(numbers)s::text[]))
"""
KNOWN: Final = """
EXISTS (SELECT FROM customer_phones p WHERE p.chain_id = %(chain)s AND p.phone = r.phone)
    OR EXISTS (SELECT FROM cards k WHERE k.chain_id = %(chain)s AND k.phone = r.phone AND k.phone IS NOT NULL
        AND k.customer_id IS NULL AND k.card_type_id = %(type)s AND k.status NOT IN ('deleted', 'undone'))
    OR r.number_key IS NOT NULL AND EXISTS (SELECT FROM card_numbers n WHERE n.chain_id = %(chain)s AND n.key = r.number_key)
    OR r.email_key IS NOT NULL AND EXISTS (SELECT FROM customers c WHERE c.chain_id = %(chain)s AND c.email_key = r.email_key)
"""
NEW: Final = (
    """
INSERT INTO {plan} ("row", chunk, status, warnings, before, after, fields)
SELECT r."row", r."row" / %(chunk_rows)s, 'create', '{{}}', {before}, {after}, ARRAY['create', {customer}]
FROM {rows} r
WHERE """
    + PLAIN
    + " AND {amounts_stand} AND {zeros_stand} AND NOT ("
    + KNOWN
    + ")"
)
UNCHANGED: Final = (
    """
INSERT INTO {plan} ("row", chunk, status, warnings, card_id, customer_id, before, after, fields)
SELECT r."row", r."row" / %(chunk_rows)s, 'unchanged', '{{}}', k.id, k.customer_id, {totals}, {totals},
    ARRAY['none', {customer}]
FROM {rows} r {person}
JOIN cards k ON {holder} AND k.chain_id = %(chain)s AND k.card_type_id = %(type)s AND k.status = 'active'
{accounts}
WHERE """
    + PLAIN
    + """ AND {amounts_stand} AND {details_stand}
    AND (r.number_key IS NULL OR EXISTS (SELECT FROM card_numbers n WHERE n.chain_id = %(chain)s AND n.key = r.number_key
        AND n.card_id = k.id AND n.replaced_at IS NULL))
    AND NOT EXISTS (SELECT FROM cards o WHERE {other_holder} AND o.chain_id = %(chain)s AND o.id <> k.id
        AND o.card_type_id = %(type)s AND o.status NOT IN ('deleted', 'undone'))
"""
)
DOUBLED: Final = """
WITH standing AS (
    SELECT card_id FROM {plan} WHERE card_id IS NOT NULL AND status <> 'error' GROUP BY 1 HAVING count(*) > 1
), doubled AS (
    SELECT p."row", first_value(p."row") OVER w AS first, row_number() OVER w AS turn
    FROM {plan} p JOIN standing USING (card_id) WHERE p.status <> 'error'
    WINDOW w AS (PARTITION BY p.card_id ORDER BY p."row")
)
UPDATE {plan} p SET status = 'error', issue = 'duplicate_row||' || d.first, warnings = '{{}}', card_id = NULL,
    customer_id = NULL, before = '{{}}', after = '{{}}', fields = ARRAY['none', 'none']
FROM doubled d WHERE d."row" = p."row" AND d.turn > 1
"""


@dataclass(frozen=True, slots=True)
class PlainScope:
    """What deciding any range of rows needs; `phones` and `numbers` stand in several rows of the file."""

    facts: FactsScope
    options: Options
    phones: tuple[str, ...]
    numbers: tuple[str, ...]
    chunk_rows: int

    def values(self, first: int, last: int) -> dict[str, Any]:
        """The parameters of the statements about a range of rows."""
        return {
            "chain": self.facts.chain_id,
            "type": self.facts.card_type_id,
            "first": first,
            "last": last,
            "phones": list(self.phones),
            "numbers": list(self.numbers),
            "chunk_rows": self.chunk_rows,
        }


def decide_new(scope: PlainScope, first: int, last: int) -> None:
    """Put the rows of a range that make a card for somebody whom nobody knows into the plan."""
    if scope.facts.card_type_id is not None and scope.options.missing == "create":
        execute(_new(scope.facts, scope.options), scope.values(first, last))


def decide_unchanged(scope: PlainScope, first: int, last: int) -> None:
    """Put the rows of a range that say what stands already into the plan.

    The range may be wide: it is laid beside all cards of the chain, once for each range.
    """
    facts, options = scope.facts, scope.options
    if facts.card_type_id is None or options.existing != "change" or not facts.details <= COMPARED:
        return
    values = scope.values(first, last) | {f"balance{at}": one for at, one in enumerate(facts.balance_ids)}
    execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
    for statement in (_held(facts, options), _unclaimed(facts, options)):
        execute(statement, values)


def refuse_doubled(scope: FactsScope) -> None:
    """Where several rows mean one card, let the first stand and the others be errors (duplicate_row)."""
    if scope.card_type_id is not None:
        execute(DOUBLED.format(plan=scope.tables.plan))


def _new(scope: FactsScope, options: Options) -> str:
    amounts = [f"r.amounts[{at + 1}]" for at in range(len(scope.names))]
    column = scope.plan.column_of("number")
    is_numeric = f"substr(r.letters, {column.index + 1}, 1) = '{cells.NUMBER}'" if column else "false"
    may_differ = column is not None and has_leading_zeros(scope.chain_id)
    return NEW.format(
        plan=scope.tables.plan,
        rows=scope.tables.rows,
        before=_array(f"CASE WHEN {one} <> 0 THEN 0 END" for one in amounts),
        after=_array(f"nullif({one}, 0)" for one in amounts),
        customer="CASE WHEN " + _is_named() + " THEN 'new' ELSE 'none' END"
        if options.customers == "named"
        else "'none'",
        amounts_stand=" AND ".join(f"coalesce({one}, 0) >= 0" for one in amounts) or "true",
        zeros_stand=f"(r.number_key IS NULL OR NOT {is_numeric})" if may_differ else "true",
    )


def _held(scope: FactsScope, options: Options) -> str:
    details = "true"
    if scope.fields == "fill":
        details = "(r.name IS NULL OR c.name <> '') AND (r.email IS NULL OR c.email <> '')"
    elif scope.fields == "overwrite":
        details = "(r.name IS NULL OR r.name = c.name) AND (r.email IS NULL OR r.email = c.email)"
    return _unchanged(
        scope,
        options,
        person="JOIN customer_phones p ON p.chain_id = %(chain)s AND p.phone = r.phone"
        " JOIN customers c ON c.id = p.customer_id AND c.chain_id = %(chain)s",
        holder="k.customer_id = p.customer_id",
        other_holder="o.customer_id = p.customer_id",
        details=details,
        customer="known",
    )


def _unclaimed(scope: FactsScope, options: Options) -> str:
    nobody = "NOT EXISTS (SELECT FROM customer_phones p WHERE p.chain_id = %(chain)s AND p.phone = r.phone)"
    unnamed = f" AND NOT ({_is_named()})" if options.customers == "named" else ""
    return _unchanged(
        scope,
        options,
        person="",
        holder="k.phone = r.phone AND k.phone IS NOT NULL AND k.customer_id IS NULL",
        other_holder="o.phone = r.phone AND o.phone IS NOT NULL AND o.customer_id IS NULL",
        details=f"{nobody} AND r.email_key IS NULL{unnamed}",
        customer="none",
    )


def _unchanged(
    scope: FactsScope, options: Options, *, person: str, holder: str, other_holder: str, details: str, customer: str
) -> str:
    spots = range(len(scope.names))
    wanted = "0" if options.mode == "add" else "coalesce(a{at}.balance, 0)"
    stands = [f"(r.amounts[{at + 1}] IS NULL OR r.amounts[{at + 1}] = {wanted.format(at=at)})" for at in spots]
    accounts = [
        f"LEFT JOIN accounts a{at} ON a{at}.card_id = k.id AND a{at}.balance_type_id = %(balance{at})s" for at in spots
    ]
    return UNCHANGED.format(
        plan=scope.tables.plan,
        rows=scope.tables.rows,
        person=person,
        holder=holder,
        other_holder=other_holder,
        totals=_array(f"CASE WHEN r.amounts[{at + 1}] IS NOT NULL THEN a{at}.balance END" for at in spots),
        customer=f"'{customer}'",
        accounts=" ".join(accounts),
        amounts_stand=" AND ".join(stands) or "true",
        details_stand=details,
    )


def _is_named() -> str:
    return "coalesce(r.name, '') <> '' OR coalesce(r.email, '') <> '' OR r.birthday IS NOT NULL"


def _array(parts: Any) -> str:
    return f"ARRAY[{', '.join(parts)}]::bigint[]"
