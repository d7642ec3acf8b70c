"""From a file that was read to a plan of reading its rows: header, columns, dialect (IMP-2, IMP-10)."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from regulars.customers.rules import CustomFieldFacts
from regulars.imports.actions import files
from regulars.imports.errors import ConversionColumnUnknown
from regulars.imports.models import Import, RememberedMapping
from regulars.imports.queries.plans import build_plan
from regulars.imports.reading import cells
from regulars.imports.reading.files import FileRead, PreviewRow, SheetName
from regulars.imports.reading.slices import SliceFile
from regulars.imports.rules.contents import look_at
from regulars.imports.rules.dialect import Evidence, choose_decimal, choose_order, weigh_dates, weigh_decimals
from regulars.imports.rules.headers import HeadedRow, find_header, name_columns
from regulars.imports.rules.matching import (
    Column,
    Guess,
    apply_remembered,
    guess_columns,
    mapping_of,
    needs_mapping,
    resolve_mapping,
    unknown_custom,
)
from regulars.imports.rules.plan import ColumnChoices, ReadingPlan, Shop
from regulars.imports.rules.presets import recognise
from regulars.imports.rules.targets import BalanceType, find_target
from regulars.imports.rules.words import header_form, signature_of
from regulars.kernel.refusal import Refusal, Refused

NAME_CHARACTERS_SHOWN: Final = 100
SAMPLES_SHOWN: Final = 3
DATES: Final = ("date", "birthday", "moment")
SAMPLE_CHARACTERS_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Looked:
    """What a first look at a file tells: its header row, its columns with guesses, whether the user must choose."""

    header_row: int
    headers: tuple[str, ...]
    guesses: tuple[Guess, ...]
    mapping: dict[str, str]
    is_open: bool
    preset: str
    suggested_mode: str
    suggested_missing: str


def look(
    read: FileRead,
    one: Import,
    *,
    balances: tuple[BalanceType, ...],
    custom_keys: tuple[str, ...],
    country: str,
) -> Looked:
    """Find header and columns of a file that was read; what the user or an earlier file of this shape said stands."""
    rows = [HeadedRow(row.number, row.letters, row.texts) for row in read.preview]
    wanted = one.options.get("header_row")
    header_row = int(wanted) if wanted is not None else find_header(rows)
    header = next((row for row in rows if row.number == header_row), None)
    headers = name_columns(header, read.width)
    below = [row for row in read.preview if row.number > header_row]
    columns = [_column(index, name, below, country) for index, name in enumerate(headers)]
    preset = recognise(headers, kind=one.kind)
    guesses = guess_columns(columns, kind=one.kind, balances=balances, custom_keys=custom_keys, preset=preset)
    remembered = RememberedMapping.objects.filter(
        chain_id=one.chain_id, kind=memory_kind(one), signature=signature_of(headers, kind=one.kind)
    ).first()
    if remembered:
        guesses = apply_remembered(guesses, remembered.targets)
        # A field that was taken off the forms since takes no new values.
        known = {f"custom:{key}" for key in custom_keys}
        guesses = tuple(
            replace(guess, target=None, badge="ignored")
            if guess.target and guess.target.startswith("custom:") and guess.target not in known
            else guess
            for guess in guesses
        )
    mapping = dict(one.mapping) or mapping_of(guesses)
    is_open = not one.mapping and needs_mapping(guesses, kind=one.kind)
    return Looked(
        header_row=header_row,
        headers=headers,
        guesses=guesses,
        mapping=mapping,
        is_open=is_open,
        preset=preset.name if preset else "",
        suggested_mode=(preset.mode or "") if preset else "",
        suggested_missing=(preset.missing or "") if preset else "",
    )


def memory_kind(one: Import) -> str:
    """What remembered mappings are kept apart by: a balance means something in its card type only."""
    return f"{one.kind}:{one.card_type_id or ''}"


def remember(one: Import) -> None:
    """Keep what the columns of this file meant, for the next one of the same shape."""
    headers = tuple(column["header"] for column in one.columns)
    by_header = {header: target for target, header in one.mapping.items()}
    RememberedMapping.objects.update_or_create(
        chain_id=one.chain_id,
        kind=memory_kind(one),
        signature=signature_of(headers, kind=one.kind),
        defaults={"targets": {header_form(header): by_header.get(header) for header in headers}},
    )


def _column(index: int, header: str, below: list[PreviewRow], country: str) -> Column:
    texts = [row.texts[index] if index < len(row.texts) else "" for row in below]
    letters = [row.letters[index] if index < len(row.letters) else cells.BLANK for row in below]
    samples = tuple(text[:SAMPLE_CHARACTERS_MAX] for text in texts if text.strip())[:SAMPLES_SHOWN]
    return Column(index=index, header=header, samples=samples, look=look_at(texts, letters, country=country))


def plan_reading(
    one: Import,
    read: FileRead,
    *,
    balances: tuple[BalanceType, ...],
    customs: tuple[CustomFieldFacts, ...],
    country: str,
    today: date,
    money_decimals: int,
    shop: Shop,
) -> tuple[ReadingPlan, bool]:
    """The plan of reading every row, and whether a column's dialect is open and must be asked.

    Raises Refused where the mapping does not fit the file.
    """
    headers = tuple(one.reading["headers"])
    resolved = resolve_mapping(one.mapping, headers, kind=one.kind, balances=balances)
    if isinstance(resolved, Refusal):
        raise Refused(resolved)
    if unknown_field := unknown_custom(resolved, {each.key for each in customs}):
        raise Refused(unknown_field)
    # A number that the chain asks for has a decimal sign as an amount has.
    kinds = {f"custom:{each.key}": "amount" if each.kind == "number" else each.kind for each in customs}
    choices, is_open, dialects = _dialects(one, read, resolved, balances=balances, kinds=kinds, country=country)
    plan = build_plan(
        one,
        resolved,
        choices,
        balances=balances,
        country=country,
        today=today,
        money_decimals=money_decimals,
        customs=customs,
        shop=shop,
    )
    converted: list[str] = (one.options.get("conversion") or {}).get("columns") or []
    if (unknown := plan.not_converted(converted)) is not None:
        raise Refused(ConversionColumnUnknown(name=unknown[:NAME_CHARACTERS_SHOWN]))
    targets: list[str | None] = [None] * len(headers)
    for target, index in resolved.items():
        targets[index] = target
    one.reading = one.reading | {"targets": targets, "dialects": dialects}
    return plan, is_open


def _dialects(
    one: Import,
    read: FileRead,
    columns: dict[str, int],
    *,
    balances: tuple[BalanceType, ...],
    kinds: dict[str, str],
    country: str,
) -> tuple[dict[str, ColumnChoices], bool, dict[str, dict[str, str]]]:
    asked = {"decimal": one.options.get("decimal"), "date_order": one.options.get("date_order")}
    own: dict[str, dict[str, str]] = one.options.get("columns") or {}
    wanted = {}
    for target, index in columns.items():
        found = find_target(target, kind=one.kind, balances=balances)
        reads = kinds.get(target) or (found.reads if found else "")
        if reads in ("amount", "money", "count", "quantity", *DATES):
            wanted[target] = (index, reads in DATES)
    evidence = _weigh(read, wanted, header_row=one.reading["header_row"])
    choices: dict[str, ColumnChoices] = {}
    told: dict[str, dict[str, str]] = {}
    is_open = False
    for target, (_, is_date) in wanted.items():
        chosen = (
            own.get(target, {}).get("order" if is_date else "decimal") or asked["date_order" if is_date else "decimal"]
        )
        chosen = None if chosen in (None, "auto") else chosen
        if is_date:
            order = choose_order(evidence[target], country=country or None, chosen=chosen)  # type: ignore[arg-type]
            choices[target] = ColumnChoices(order=order.order)
            told[target] = {"order": order.order, "certainty": order.certainty}
            is_open |= order.certainty == "unknown"
        else:
            sign = choose_decimal(evidence[target], country=country or None, chosen=chosen)  # type: ignore[arg-type]
            choices[target] = ColumnChoices(decimal=sign.sign)
            told[target] = {"decimal": sign.sign, "certainty": sign.certainty}
            is_open |= sign.certainty == "unknown"
    return choices, is_open, told


def _weigh(read: FileRead, wanted: dict[str, tuple[int, bool]], *, header_row: int) -> dict[str, Evidence]:
    evidence = dict.fromkeys(wanted, Evidence())
    if not wanted:
        return evidence
    for frame in read.frames():
        below = frame.filter(pl.col("row") > header_row)
        for target, (index, is_date) in wanted.items():
            is_text = pl.col("letters").str.slice(index, 1) == cells.TEXT
            texts = below.filter(is_text)[f"c{index}"]
            evidence[target] += weigh_dates(texts) if is_date else weigh_decimals(texts)
    return evidence


def pack_reading(read: FileRead, looked: Looked) -> dict[str, Any]:
    """What the import's row keeps of a reading, so that its slices can be opened again."""
    return {
        "kind": read.kind,
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "sheets": [{"name": sheet.name, "is_hidden": sheet.is_hidden} for sheet in read.sheets],
        "sheet": read.sheet,
        "rows": read.rows,
        "width": read.width,
        "slices": [[part.name, part.rows, part.width] for part in read.slices],
        "header_row": looked.header_row,
        "headers": list(looked.headers),
        "preset": looked.preset,
        "suggested_mode": looked.suggested_mode,
        "suggested_missing": looked.suggested_missing,
    }


def unpack_reading(one: Import) -> FileRead:
    """The reading that `pack_reading` kept; its slices lie in the import's folder."""
    kept = one.reading
    return FileRead(
        folder=Path(files.folder_of(one.id)) / "slices",
        kind=kept["kind"],
        encoding=kept["encoding"],
        delimiter=kept["delimiter"],
        sheets=tuple(SheetName(**sheet) for sheet in kept["sheets"]),
        sheet=kept["sheet"],
        rows=kept["rows"],
        width=kept["width"],
        preview=(),
        slices=tuple(SliceFile(*part) for part in kept["slices"]),
    )


def column_facts(looked: Looked) -> list[dict[str, Any]]:
    """The columns as pages and the API show them."""
    return [
        {
            "header": guess.column.header,
            "samples": list(guess.column.samples),
            "guess": guess.target,
            "badge": guess.badge,
            "must_ask": guess.must_ask,
        }
        for guess in looked.guesses
    ]
