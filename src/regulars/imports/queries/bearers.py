"""What the chain knows of a file's codes or gift cards, asked and decided set by set: a million rows in some statements (IMP-9)."""

from typing import Any, Final
from uuid import UUID

from regulars.imports.queries.tables import Staging
from regulars.imports.rules.problems import PROBLEMS
from regulars.imports.rules.targets import FURTHER_PHONES
from regulars.platform.database import execute, row, rows

CHUNK_ROWS: Final = 20_000
RANGE_ROWS: Final = 100_000
_ERRORS: Final = [code for code, problem in PROBLEMS.items() if problem.severity == "error"]

# Of two codes that look the same the first row stands that can be read at all.
_EARLIER: Final = """
UPDATE {rows} r SET earlier_row = d.first FROM (
    SELECT code_key, min("row") AS first FROM {rows}
    WHERE code_key IS NOT NULL AND skip IS NULL AND NOT {is_wrong} GROUP BY 1 HAVING count(*) > 1
) d WHERE r.code_key = d.code_key AND r."row" > d.first
"""
_IS_WRONG: Final = "(cardinality(issues) > 0 AND split_part(issues[1], '|', 1) = ANY(%(errors)s::text[]))"
_HOLDERS: Final = """
UPDATE {rows} r SET holder_id = f.holder, holder_issue = f.issue FROM (
    SELECT h."row", coalesce(h.by_number, h.by_phone, h.by_id, h.by_email) AS holder,
        CASE
            WHEN h.number_key IS NOT NULL AND h.card IS NULL THEN 'holder_unknown|number'
            WHEN h.number_key IS NOT NULL AND h.by_number IS NULL THEN 'holder_unclaimed|number'
            WHEN h.by_phone <> h.by_number THEN 'holder_differs|phone'
            WHEN h.by_id <> coalesce(h.by_number, h.by_phone) THEN 'holder_differs|external_id'
            WHEN h.by_email <> coalesce(h.by_number, h.by_phone, h.by_id) THEN 'holder_differs|email'
            WHEN coalesce(h.by_number, h.by_phone, h.by_id, h.by_email) IS NOT NULL THEN NULL
            WHEN h.people > 1 THEN 'several_people|email|' || h.email
            WHEN h.phone IS NOT NULL THEN 'holder_unknown|phone'
            WHEN h.external_id IS NOT NULL THEN 'holder_unknown|external_id'
            ELSE 'holder_unknown|email'
        END AS issue
    FROM (
        SELECT s."row", s.number_key, s.phone, s.external_id, s.email, n.id AS card, n.customer_id AS by_number,
            p.customer_id AS by_phone, x.id AS by_id, CASE WHEN e.people = 1 THEN e.id END AS by_email, e.people
        FROM {rows} s
        LEFT JOIN LATERAL (
            SELECT k.id, k.customer_id FROM card_numbers m JOIN cards k ON k.id = m.card_id AND k.status NOT IN ('undone', 'deleted')
            WHERE m.chain_id = %(chain)s AND m.key = s.number_key
        ) n ON true
        LEFT JOIN customer_phones p ON p.chain_id = %(chain)s AND p.phone = s.phone
        LEFT JOIN customers x ON x.chain_id = %(chain)s AND x.external_id = s.external_id
        LEFT JOIN LATERAL (
            SELECT (array_agg(c.id))[1] AS id, count(*) AS people FROM customers c
            WHERE c.chain_id = %(chain)s AND c.email_key = s.email_key
        ) e ON true
        WHERE s."row" BETWEEN %(first)s AND %(last)s AND s.skip IS NULL
            AND coalesce(s.number_key, s.phone, s.external_id, s.email_key) IS NOT NULL
    ) h
) f WHERE f."row" = r."row"
"""
_PLAN: Final = """
INSERT INTO {plan} ("row", chunk, status, issue, warnings, customer_id, before, after, fields)
SELECT d."row", d."row" / %(chunk_rows)s,
    CASE WHEN d.skip IS NOT NULL AND d.is_blank THEN 'warning' WHEN d.skip IS NOT NULL THEN 'unchanged'
        WHEN d.wrong IS NOT NULL THEN 'error' WHEN cardinality(d.told) > 0 THEN 'warning' ELSE 'create' END,
    coalesce(d.skip, d.wrong, d.told[1]),
    CASE WHEN d.skip IS NULL AND d.wrong IS NULL THEN d.told[2:] ELSE d.others END,
    CASE WHEN d.skip IS NULL AND d.wrong IS NULL THEN d.holder_id END, '{{}}', '{{}}',
    ARRAY[CASE WHEN d.skip IS NULL AND d.wrong IS NULL THEN 'create' ELSE 'none' END, 'none', coalesce(d.type_id, '')]
FROM (
    SELECT r."row", r.skip IS NOT NULL AS is_blank, r.holder_id, {type_id} AS type_id,
        CASE WHEN r.skip IS NOT NULL THEN r.skip || '|' WHEN NOT {is_wrong} THEN {left_out} END AS skip,
        CASE WHEN {is_wrong} THEN r.issues[1] ELSE {wrong} END AS wrong,
        CASE WHEN {is_wrong} THEN r.issues[2:] ELSE r.issues END AS others,
        r.issues || {told} AS told
    FROM {rows} r {joins}
    WHERE r."row" BETWEEN %(first)s AND %(last)s
) d
"""
_CODE_WRONG: Final = """CASE
    WHEN r.code IS NULL THEN 'code_missing|code'
    WHEN char_length(r.code_key) < %(least)s THEN 'code_too_short|code'
    WHEN r.earlier_row IS NOT NULL THEN 'code_doubled|code|' || r.earlier_row
    WHEN k.key IS NOT NULL THEN 'code_taken|code'
    ELSE r.holder_issue END"""
_CODE_TOLD: Final = """array_remove(ARRAY[
    CASE WHEN r.code_state IN ('used', 'expired', 'cancelled', 'blocked') OR r.valid_until <= %(now)s
        OR (%(is_personal)s AND r.uses > 0) THEN 'code_over|code' END,
    CASE WHEN NOT %(is_personal)s AND r.uses > 0 THEN 'uses_not_kept|uses|' || r.uses END], NULL)"""
_CARD_LEFT_OUT: Final = """CASE
    WHEN r.code_state IN ('used', 'expired', 'cancelled') OR r.valid_until <= %(now)s THEN 'gift_card_over|'
    WHEN r.left_value = 0 THEN 'gift_card_empty|' END"""
_CARD_WRONG: Final = """CASE
    WHEN r.left_value IS NULL THEN 'balance_missing|left'
    WHEN t.id IS NULL AND r.gift_type IS NULL THEN 'gift_type_missing|gift_type'
    WHEN t.id IS NULL THEN 'gift_type_unknown|gift_type'
    WHEN r.code IS NOT NULL AND NOT t.has_code THEN 'gift_type_has_no_code|code'
    WHEN r.earlier_row IS NOT NULL THEN 'code_doubled|code|' || r.earlier_row
    WHEN k.key IS NOT NULL THEN 'code_taken|code'
    WHEN r.holder_issue IS NOT NULL THEN r.holder_issue
    WHEN r.holder_id IS NULL AND NOT t.has_code THEN 'holder_missing|'
    WHEN r.holder_id IS NULL AND r.code IS NULL THEN 'code_missing|code' END"""
_KEYS: Final = "LEFT JOIN code_keys k ON k.chain_id = %(chain)s AND k.key = r.code_key"
# Of two types with one name the older is meant.
_TYPES: Final = f"""{_KEYS} LEFT JOIN LATERAL (
    SELECT y.id, y.has_code FROM gift_card_types y WHERE y.chain_id = %(chain)s AND y.archived_at IS NULL
        AND CASE WHEN r.gift_type IS NULL THEN y.id = %(type)s::uuid ELSE lower(y.name) = lower(r.gift_type) END
    ORDER BY y.id LIMIT 1
) t ON true"""
_OVER: Final = """
UPDATE {plan} p SET status = 'error', issue = 'code_over_limit|code|' || %(room)s, warnings = '{{}}', customer_id = NULL,
    fields = ARRAY['none', 'none', '']
FROM (SELECT "row", row_number() OVER (ORDER BY "row") AS place FROM {plan} WHERE fields[1] = 'create') o
WHERE o."row" = p."row" AND o.place > %(room)s
"""
_COUNTED: Final = """
SELECT count(*), count(*) FILTER (WHERE status = 'warning'), count(*) FILTER (WHERE status = 'error'),
    count(*) FILTER (WHERE fields[1] = 'create') FROM {plan}
"""
_WORTH: Final = """
SELECT coalesce(sum(r.left_value), 0)::bigint FROM {plan} p JOIN {rows} r USING ("row") WHERE p.fields[1] = 'create'
"""


def find_doubled(tables: Staging) -> None:
    """Say of every code that stands a second time which row has it first."""
    is_wrong = _IS_WRONG
    execute(_EARLIER.format(rows=tables.rows, is_wrong=is_wrong), {"errors": _ERRORS})


def find_holders(chain_id: UUID, tables: Staging, first: int, last: int) -> None:
    """Say whose the codes of these rows are, or why nobody is found."""
    execute(_HOLDERS.format(rows=tables.rows), {"chain": chain_id, "first": first, "last": last})


def plan_rows(tables: Staging, first: int, last: int, *, kind: str, known: dict[str, Any]) -> None:
    """Decide these rows; `known` says chain, now, and what the pool or the type asks for."""
    is_codes = kind == "codes"
    statement = _PLAN.format(
        plan=tables.plan,
        rows=tables.rows,
        is_wrong=_IS_WRONG.replace("issues", "r.issues"),
        wrong=_CODE_WRONG if is_codes else _CARD_WRONG,
        told=_CODE_TOLD if is_codes else "ARRAY[]::text[]",
        left_out="NULL" if is_codes else _CARD_LEFT_OUT,
        type_id="NULL::text" if is_codes else "t.id::text",
        joins=_KEYS if is_codes else _TYPES,
    )
    execute(statement, known | {"errors": _ERRORS, "first": first, "last": last, "chunk_rows": CHUNK_ROWS})


def refuse_over(tables: Staging, room: int) -> None:
    """Keep out the rows for which the pool has no room, the last of the file first."""
    execute(_OVER.format(plan=tables.plan), {"room": room})


def count_plan(tables: Staging) -> dict[str, int]:
    """The counts of the plan, as the import keeps them."""
    found = row(_COUNTED.format(plan=tables.plan))
    assert found is not None
    all_rows, warned, wrong, created = (int(value) for value in found)
    return {
        "rows": all_rows, "create": created, "change": 0, "unchanged": all_rows - created - wrong, "warning": warned, "error": wrong,
        "conflict": 0, "customers": 0, "good": created,
    }  # fmt: skip


def sum_left(tables: Staging) -> int:
    """What the gift cards that come in are worth together."""
    found = row(_WORTH.format(plan=tables.plan, rows=tables.rows))
    return int(found[0]) if found else 0


def has_identity(targets: set[str]) -> bool:
    """Whether a column says whose a row is."""
    return bool(targets & {"phone", "number", "email", "external_id", *FURTHER_PHONES})


def chunks_of(tables: Staging) -> list[int]:
    """The chunks in which anything comes in, in order."""
    return [
        values[0] for values in rows(f"SELECT DISTINCT chunk FROM {tables.plan} WHERE fields[1] = 'create' ORDER BY 1")
    ]
