"""Putting the rows of a file into the staging table, mended as the user asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl

from regulars.imports.actions.staging import copy_staged, stage_rows, staged_text
from regulars.imports.actions.work import Work
from regulars.imports.reading import cells
from regulars.imports.reading.files import FileRead
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.rows import fields_of, read_one_row, read_rows
from regulars.imports.rules.targets import FURTHER_PHONES
from regulars.platform.database import rows, unit_of_work

# A phone belongs to one person: to the row that has it as its first, else to the first row that has it at all.
REPEATED_PHONES = """
WITH further AS (
    SELECT r."row", f.phone, f.place, row_number() OVER (PARTITION BY f.phone ORDER BY r."row", f.place) AS turn,
        first_value(r."row") OVER (PARTITION BY f.phone ORDER BY r."row", f.place) AS first
    FROM {rows} r CROSS JOIN unnest(r.phones) WITH ORDINALITY AS f (phone, place)
    WHERE r.phones IS NOT NULL AND r.skip IS NULL AND f.phone <> ''
), owned AS (
    SELECT f."row", f.phone, f.place, coalesce(min(o."row"), min(f.first)) AS elsewhere
    FROM further f LEFT JOIN {rows} o ON o.phone = f.phone AND o."row" <> f."row" AND o.skip IS NULL
    GROUP BY f."row", f.phone, f.place, f.turn HAVING f.turn > 1 OR count(o."row") > 0
), told AS (
    SELECT "row", array_agg(phone) AS phones,
        array_agg('phone_repeated|phone' || place + 1 || '|' || phone || ';' || elsewhere ORDER BY place)
            FILTER (WHERE elsewhere <> "row") AS issues
    FROM owned GROUP BY "row"
)
UPDATE {rows} r SET issues = r.issues || coalesce(t.issues, '{{}}'),
    phones = ARRAY(SELECT CASE WHEN phone = ANY(t.phones) THEN '' ELSE phone END
        FROM unnest(r.phones) WITH ORDINALITY AS f (phone, place) ORDER BY place)
FROM told t WHERE t."row" = r."row"
"""


def stage(work: "Work", read: FileRead, plan: ReadingPlan) -> None:
    """Put the parsed rows into fresh staging tables, mended as the user asked."""
    with unit_of_work(work.chain_id):
        rows("SELECT door_drop_staging(%s)", [work.import_id])
        rows("SELECT door_make_staging(%s)", [work.import_id])
        if plan.kind == "orders":
            rows("SELECT door_widen_staging_for_orders(%s)", [work.import_id])
        elif plan.kind in CODE_KINDS:
            rows("SELECT door_widen_staging_for_codes(%s)", [work.import_id])
    done = 0
    for height, text in _parsed_ahead(read, plan):
        with unit_of_work(work.chain_id):
            copy_staged(work.tables, text, plan)
        done += height
        work.progress(done // 2, read.rows)
    with unit_of_work(work.chain_id):
        for note in work.one.repairs:
            _repair(work, plan, note)
        if any(column.target.key in FURTHER_PHONES for column in plan.columns):
            rows(REPEATED_PHONES.format(rows=work.tables.rows))
        if plan.column_of("external_id") and plan.kind in ("cards", "customers"):
            rows(
                f'UPDATE {work.tables.rows} r SET external_id = NULL FROM (SELECT "row", row_number() OVER'
                f' (PARTITION BY external_id ORDER BY "row") AS n FROM {work.tables.rows}'
                f' WHERE external_id IS NOT NULL) o WHERE o."row" = r."row" AND o.n > 1'
            )
        rows("SELECT door_analyze_staging(%s)", [work.import_id])


def _parsed_ahead(read: FileRead, plan: ReadingPlan) -> Iterator[tuple[int, bytes]]:
    """Each slice's height and its rows as the database takes them; the next is parsed while it takes the one before."""
    frames = read.frames()

    def parse_next() -> tuple[int, bytes] | None:
        frame = next(frames, None)
        return None if frame is None else (len(frame), staged_text(read_rows(frame, plan), plan))

    with ThreadPoolExecutor(max_workers=1) as parser:
        coming = parser.submit(parse_next)
        while (parsed := coming.result()) is not None:
            coming = parser.submit(parse_next)
            yield parsed


def _repair(work: "Work", plan: ReadingPlan, note: dict[str, Any]) -> None:
    """Do one repair of the user over again on the staged rows."""
    wanted = _rows_of(work, note)
    if "skip" in note:
        rows(f"UPDATE {work.tables.rows} SET skip = 'left_out', issues = '{{}}' WHERE \"row\" = ANY(%s)", [wanted])
        return
    country = note.get("country")
    plan = replace(plan, country=country) if country else plan
    headers = list(plan.headers)
    changed = note.get("cells") or {}
    column = next((one for one in plan.columns if note.get("target") in (one.target.key, one.field[7:])), None)
    found = rows(f'SELECT "row", letters, cells FROM {work.tables.rows} WHERE "row" = ANY(%s)', [wanted])
    again = []
    for number, letters, filled in found:
        texts = [*filled, *[""] * (len(headers) - len(filled))]
        marks = list(letters.ljust(len(headers)))
        new = {headers.index(header): text for header, text in changed.items() if header in headers}
        if column is not None and "value" in note:
            new[column.index] = note["value"]
        for index, text in new.items():
            texts[index], marks[index] = text, cells.TEXT if text else cells.BLANK
        read = read_one_row(texts, "".join(marks), plan, row=number)
        if read:
            again.append(read)
    if again:
        frame = pl.DataFrame(again, schema=None, infer_schema_length=None)
        _restage(work, plan, frame, [one["row"] for one in again])


def _rows_of(work: "Work", note: dict[str, Any]) -> list[int]:
    """The rows that a repair is about: one, those the plan named when the user looked, those that read badly."""
    if "row" in note:
        return [note["row"]]
    start = f"{note['code']}|{note['target']}"
    found = rows(
        f'SELECT "row" FROM {work.tables.rows} WHERE EXISTS (SELECT FROM unnest(issues) AS i WHERE i = %(start)s'
        " OR starts_with(i, %(start)s || %(end)s))",
        {"start": start, "end": "|" if note["target"] else ""},
    )
    return [*{values[0] for values in found} | set(note.get("rows", ()))]


def _restage(work: "Work", plan: ReadingPlan, frame: pl.DataFrame, numbers: list[int]) -> None:
    rows(f'DELETE FROM {work.tables.rows} WHERE "row" = ANY(%s)', [numbers])
    shape: dict[str, Any] = {**fields_of(plan.kind), "row": pl.Int32, "letters": pl.String, "cells": pl.List(pl.String)}
    shape |= {"issues": pl.List(pl.String), "skip": pl.String, "number_key": pl.String}
    shape |= {f"amount:{balance.external_id}": pl.Int64 for balance in plan.balances}
    casts = [pl.col(name).cast(shape.get(name, pl.String)) for name in frame.columns]
    stage_rows(work.tables, frame.with_columns(casts), plan)
