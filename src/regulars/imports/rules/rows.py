"""Reading rows: a slice of the file becomes a frame of typed fields with the problems of every row.

The result has one row per row of the file that holds anything below the header:

- `row` Int32, the number that a spreadsheet program shows; `letters`; `cells` List(String), the file's own texts
- `skip` String: totals_row, repeated_header or section_row, else null
- `phones` List(String): the further phones by their column, the second first; "" where a cell is empty
- `phone`, `number`, `number_key`, `email`, `name`, `language`, `notes`, `external_id` String
- `birthday`, `expires`, `issued`, `first_visit`, `last_visit` Date; `tags` List(String); `consent` Boolean
- `version`, `sold`, `paid` (money, smallest unit), `visits` Int64
- `amount:EXTERNAL_ID` Int64 per mapped balance type, smallest unit; `custom:KEY` String
- `issues` List(String): packed `problems.Issue`s, errors first; empty for a good row

Fields without a column are there and null, so that every frame of a kind has the same shape.
"""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from regulars.imports.reading import cells
from regulars.imports.rules import columns as vector
from regulars.imports.rules import customs, people
from regulars.imports.rules.clean import Reading
from regulars.imports.rules.code_cells import CODE_FIELDS, CODE_KINDS, read_code_field, sensible_of_code
from regulars.imports.rules.order_rows import ORDER_FIELDS, read_order_field, sensible_of_order, with_clock
from regulars.imports.rules.plan import QUANTITY_DECIMALS, ColumnPlan, ReadingPlan
from regulars.imports.rules.problems import PROBLEMS, Issue
from regulars.imports.rules.targets import FURTHER_PHONES, IDENTITIES
from regulars.imports.rules.words import TOTAL_WORDS, header_form

FIELDS: Final[dict[str, Any]] = {
    "phone": pl.String, "number": pl.String, "email": pl.String, "name": pl.String, "birthday": pl.Date,
    "language": pl.String, "tags": pl.List(pl.String), "notes": pl.String, "consent": pl.Boolean, "external_id": pl.String,
    "expires": pl.Date, "version": pl.Int64, "issued": pl.Date, "sold": pl.Int64, "paid": pl.Int64, "visits": pl.Int64,
    "first_visit": pl.Date, "last_visit": pl.Date, "phones": pl.List(pl.String),
}  # fmt: skip
# A detail of a person that cannot be read must not keep a balance out: it is left empty and named.
_SOFTENED: Final = {
    **{key: {"*": "phone_ignored"} for key in FURTHER_PHONES},
    "email": {"invalid_email": "email_ignored"},
    "sold": {"*": "figure_ignored"}, "paid": {"*": "figure_ignored"}, "visits": {"*": "figure_ignored"},
    "first_visit": {"*": "date_ignored"}, "last_visit": {"*": "date_ignored"}, "issued": {"*": "date_ignored"},
}  # fmt: skip
_PAST: Final = frozenset(("issued", "first_visit", "last_visit"))
_FIGURES: Final = frozenset(("sold", "paid", "visits"))
_KEPT_HARD: Final = frozenset(("invalid_characters", "cell_too_long"))
_WARNINGS: Final = frozenset(code for code, problem in PROBLEMS.items() if problem.severity == "warning")
_DASHES: Final = r"[\s\-‐-―]+"


def read_rows(frame: pl.DataFrame, plan: ReadingPlan) -> pl.DataFrame:
    """Read one slice; see the top of this page for what comes back."""
    frame = _filled_rows(frame.filter(pl.col("row") > plan.header_row), plan)
    parsed: dict[str, pl.Series] = {}
    issues: list[pl.Series] = []
    for column in plan.columns:
        texts = frame[f"c{column.index}"] if f"c{column.index}" in frame.columns else _blank(len(frame))
        letters = frame["letters"].str.slice(column.index, 1)
        letters = pl.select(
            pl.when(vector.is_blank(texts, letters)).then(pl.lit(cells.BLANK)).otherwise(letters).alias("l")
        )["l"]
        if column.target.key == "time":
            continue
        if column.target.key == "at" and (clock := plan.column_of("time")) and f"c{clock.index}" in frame.columns:
            texts, letters = with_clock(texts, letters, frame[f"c{clock.index}"])
        values, codes = _sensible(column, *_read_field(column, texts, letters, plan), plan)
        parsed[column.field] = values
        # Whose a code is stays in doubt where a cell cannot be read: nothing is handed out on a guess.
        soft = codes if plan.kind in CODE_KINDS else _soften(codes, column.target.key)
        issues.append(_packed(soft, column))
        if column.target.reads == "amount" and column.balance is None:
            issues.append(_no_balance(values, column))
    result = frame.select(
        "row", "letters", pl.concat_list([f"c{index}" for index in range(len(plan.headers))]).alias("cells")
    ).with_columns(**_complete(parsed, len(frame), plan))
    result = result.with_columns(_number_key(), _skip_reason(frame, plan).alias("skip"))
    return _gather_issues(result, issues, needs_person=plan.kind in ("cards", "customers"))


def fields_of(kind: str) -> dict[str, Any]:
    """The fields that every frame of a kind of import has."""
    return FIELDS | (ORDER_FIELDS if kind == "orders" else CODE_FIELDS if kind in CODE_KINDS else {})


def read_one_row(texts: Sequence[str], letters: str, plan: ReadingPlan, *, row: int) -> dict[str, Any]:
    """Read a single row to exactly what `read_rows` makes of it, for a row mended on the page."""
    width = len(plan.headers)
    padded = [*texts, *[""] * (width - len(texts))][:width]
    data: dict[str, Any] = {"row": [row], "letters": [letters.ljust(width)[:width]]}
    data |= {f"c{index}": [text] for index, text in enumerate(padded)}
    schema = {"row": pl.Int32, "letters": pl.String} | {f"c{index}": pl.String for index in range(width)}
    read = read_rows(pl.DataFrame(data, schema=schema), plan)
    return read.row(0, named=True) if len(read) else {}


def letters_of(texts: Sequence[str]) -> str:
    """The type letters of cells typed on a page: text, or blank."""
    return "".join(cells.TEXT if text else cells.BLANK for text in texts)


def _filled_rows(frame: pl.DataFrame, plan: ReadingPlan) -> pl.DataFrame:
    width = sum(1 for name in frame.columns if name.startswith("c"))
    missing = [pl.lit("").alias(f"c{index}") for index in range(width, len(plan.headers))]
    frame = frame.with_columns(pl.col("letters").str.pad_end(len(plan.headers), " "), *missing)
    texts = pl.concat_str([f"c{index}" for index in range(len(plan.headers))])
    return frame.filter(texts.str.contains(r"[^\s\u00a0\u200b\ufeff]") | pl.col("letters").str.contains(cells.NO_VALUE))


def _read_field(  # noqa: C901, PLR0912 (a table)
    column: ColumnPlan, texts: pl.Series, letters: pl.Series, plan: ReadingPlan
) -> tuple[pl.Series, pl.Series]:
    match column.target.reads:
        case "phone":
            return vector.phone_column(texts, letters, country=plan.country)
        case "number":
            return vector.number_column(texts, letters)
        case "amount":
            return vector.amount_column(
                texts, letters, decimals=column.decimals, sign=column.decimal, conversion=column.conversion
            )
        case "money":
            return vector.amount_column(
                texts, letters, decimals=plan.money_decimals, sign=column.decimal, conversion=None
            )
        case "count":
            return vector.amount_column(texts, letters, decimals=0, sign=column.decimal, conversion=None)
        case "quantity":
            return vector.amount_column(
                texts, letters, decimals=QUANTITY_DECIMALS, sign=column.decimal, conversion=None
            )
        case "moment" | "order_number" | "currency" | "state":
            return read_order_field(column, texts, letters, plan)
        case "code" | "until" | "code_state":
            return read_code_field(column, texts, letters, plan)
        case "email":
            return vector.email_column(texts, letters)
        case "date" | "birthday":
            is_birthday = column.target.reads == "birthday"
            return vector.date_column(texts, letters, order=column.order, today=plan.today, is_birthday=is_birthday)
        case "language":
            return vector.other_column(texts, letters, dtype=pl.String, read_cell=people.read_language)
        case "tags":
            return vector.other_column(texts, letters, dtype=pl.List(pl.String), read_cell=_read_tags)
        case "yes_no":
            return vector.other_column(texts, letters, dtype=pl.Boolean, read_cell=people.read_yes_no)
        case "version":
            return vector.other_column(texts, letters, dtype=pl.Int64, read_cell=people.read_version)
        case "external_id":
            return vector.other_column(texts, letters, dtype=pl.String, read_cell=people.read_external_id)
        case "custom":
            return _read_custom(column, texts, letters, plan)
        case "name":
            return vector.text_column(texts, letters, characters_max=people.NAME_CHARACTERS_MAX)
        case _:
            return vector.text_column(texts, letters, characters_max=people.TEXT_CHARACTERS_MAX)


def _sensible(
    column: ColumnPlan, values: pl.Series, codes: pl.Series, plan: ReadingPlan
) -> tuple[pl.Series, pl.Series]:
    """What happened before lies neither ahead nor below zero; what does is left out with a warning, of an order refused."""
    if plan.kind == "orders":
        return sensible_of_order(column, values, codes)
    if plan.kind in CODE_KINDS:
        return sensible_of_code(column, values, codes)
    if column.target.key in _PAST:
        is_wrong, code = (values > plan.today).fill_null(False), "date_ignored"
    elif column.target.key in _FIGURES:
        is_wrong, code = (values < 0).fill_null(False), "figure_ignored"
    else:
        return values, codes
    if not is_wrong.any():
        return values, codes
    frame = pl.DataFrame({"v": values, "c": codes, "w": is_wrong})
    kept = frame.select(
        pl.when("w").then(None).otherwise(pl.col("v")).alias("v"),
        pl.when("w").then(pl.lit(code)).otherwise("c").alias("c"),
    )
    return kept["v"], kept["c"]


def _read_custom(
    column: ColumnPlan, texts: pl.Series, letters: pl.Series, plan: ReadingPlan
) -> tuple[pl.Series, pl.Series]:
    """A field that the chain added, as its kind is stored; what does not fit the kind is left out with a warning."""
    field = plan.customs.get(column.target.key)
    if field is None or field.kind == "text":
        return vector.text_column(texts, letters, characters_max=people.CUSTOM_CHARACTERS_MAX)
    if field.kind == "yes_no":
        return vector.other_column(texts, letters, dtype=pl.Boolean, read_cell=people.read_yes_no)

    def read_cell(text: str, letter: str) -> Reading[str]:
        return customs.read_custom(
            text, letter, field, sign=column.decimal, order=column.order, this_year=plan.today.year
        )

    return vector.other_column(texts, letters, dtype=pl.String, read_cell=read_cell)


def _read_tags(text: str, letter: str) -> Reading[list[str]]:
    reading = people.read_tags(text, letter)
    return Reading(list(reading.value) if reading.value else None, reading.code)


def _soften(codes: pl.Series, key: str) -> pl.Series:
    softened = _SOFTENED.get(key)
    if softened is None or codes.null_count() == len(codes):
        return codes
    every = softened.get("*")
    code = pl.col("c")
    if every is None:
        changed = code.replace(softened)
    else:
        changed = pl.when(code.is_null() | code.is_in(list(_KEPT_HARD | _WARNINGS))).then(code).otherwise(pl.lit(every))
    return pl.DataFrame({"c": codes}).select(changed.alias("c"))["c"]


def _packed(codes: pl.Series, column: ColumnPlan) -> pl.Series:
    return codes + f"|{column.target.key}"


def _no_balance(values: pl.Series, column: ColumnPlan) -> pl.Series:
    packed = Issue("no_such_balance", column.target.key).packed()
    return pl.DataFrame({"v": values}).select(pl.when(pl.col("v") != 0).then(pl.lit(packed)).alias("i"))["i"]


def _complete(parsed: dict[str, pl.Series], height: int, plan: ReadingPlan) -> dict[str, pl.Series]:
    complete = {
        field: parsed.get(field, pl.Series([None], dtype=dtype).new_from_index(0, height)).cast(dtype)
        for field, dtype in fields_of(plan.kind).items()
    }
    if further := [key for key in FURTHER_PHONES if key in parsed]:
        complete["phone"], complete["phones"] = _all_phones(complete["phone"], {key: parsed[key] for key in further})
    complete["name"] = _whole_name(complete["name"], parsed.get("first_name"), parsed.get("last_name"))
    extra = {field: values for field, values in parsed.items() if field.startswith(("amount:", "custom:"))}
    return complete | extra


def _all_phones(first: pl.Series, further: dict[str, pl.Series]) -> tuple[pl.Series, pl.Series]:
    """The first phone, taken from a further column where its own is empty, and the others where they stand."""
    frame = pl.DataFrame({"phone": first, **further})
    frame = frame.with_columns(pl.coalesce("phone", *further).alias("phone"))
    places = range(2, int(max(further, key=lambda key: int(key[5:]))[5:]) + 1)
    others = [
        pl.when(pl.col(f"phone{place}") != pl.col("phone")).then(pl.col(f"phone{place}")).fill_null("")
        if f"phone{place}" in further
        else pl.lit("")
        for place in places
    ]
    listed = pl.concat_list(others)
    filled = pl.any_horizontal([other != "" for other in others])
    both = frame.select("phone", pl.when(filled).then(listed).alias("phones"))
    return both["phone"], both["phones"]


def _whole_name(name: pl.Series, first: pl.Series | None, last: pl.Series | None) -> pl.Series:
    """Name, or first and last name; a last name beside a name that does not hold it is added."""
    if first is None and last is None:
        return name
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, len(name))
    frame = pl.DataFrame({"n": name, "f": empty if first is None else first, "l": empty if last is None else last})
    front = pl.coalesce("n", "f")
    holds = pl.col("n").is_not_null() & pl.col("n").str.contains(pl.col("l"), literal=True).fill_null(False)
    whole = (
        pl.when(holds)
        .then(pl.col("n"))
        .otherwise(pl.concat_str([front, pl.col("l")], separator=" ", ignore_nulls=True))
    )
    cut = whole.str.slice(0, people.NAME_CHARACTERS_MAX).str.strip_chars()
    return frame.select(pl.when(cut == "").then(None).otherwise(cut).alias("n"))["n"]


def _number_key() -> pl.Expr:
    return pl.col("number").str.replace_all(_DASHES, "").str.to_uppercase().alias("number_key")


def _skip_reason(frame: pl.DataFrame, plan: ReadingPlan) -> pl.Series:
    """Rows that are no records: totals, headers again, headings between the rows."""
    naming = {*IDENTITIES, *(("order", "at") if plan.kind == "orders" else ("code",))}
    identities = [f"c{column.index}" for column in plan.columns if column.target.key in naming]
    has_identity = (
        pl.any_horizontal([pl.col(name).str.contains(r"[0-9@\p{Nd}]") for name in identities])
        if identities
        else pl.lit(False)
    )
    names = [f"c{index}" for index in range(len(plan.headers))]
    filled = pl.sum_horizontal([pl.col(name).str.contains(r"\S").cast(pl.Int32) for name in names])
    suspects = frame.with_row_index("i").filter(~has_identity).with_columns(filled.alias("filled"))
    reasons: dict[int, str] = {}
    code = plan.column_of("code")
    headers = [header_form(header) for header in plan.headers]
    for record in suspects.select("i", "filled", *names).iter_rows():
        reason = _why_skipped(record[2:], record[1], headers)
        # A code needs no digit: AUTUMN is one, and stands alone where a file has only codes.
        if reason and not (reason == "section_row" and code is not None and record[2 + code.index].strip()):
            reasons[record[0]] = reason
    if not reasons:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
    sparse = pl.DataFrame(
        {"i": list(reasons), "skip": list(reasons.values())}, schema={"i": pl.UInt32, "skip": pl.String}
    )
    everyone = pl.DataFrame({"i": pl.Series(range(len(frame)), dtype=pl.UInt32)})
    return everyone.join(sparse, on="i", how="left", maintain_order="left")["skip"]


def _why_skipped(texts: Sequence[str], filled: int, headers: list[str]) -> str | None:
    forms = [header_form(text) for text in texts]
    matching = sum(1 for form, header in zip(forms, headers, strict=True) if form and form == header)
    if matching >= 2 or (matching == 1 and filled == 1):
        return "repeated_header"
    first = next((form for form in forms if form), "")
    if first in TOTAL_WORDS or any(
        first.startswith(f"{word} ") for word in ("total", "итого", "всего", "summe", "gesamt", "कुल")
    ):
        return "totals_row"
    if not first and any(form in TOTAL_WORDS for form in forms):
        return "totals_row"
    has_number = any(letter.isdigit() for text in texts for letter in text)
    return "section_row" if filled == 1 and not has_number else None


def _gather_issues(result: pl.DataFrame, issues: list[pl.Series], *, needs_person: bool) -> pl.DataFrame:
    """Put the problems of every row together, errors first; a row without any identity has that for its error.

    Orders may be anybody's.
    """
    frame = pl.DataFrame({f"i{position}": series for position, series in enumerate(issues)})
    names = frame.columns
    frame = frame.with_columns(
        result["skip"], result.select((_is_nobody() & needs_person).alias("nobody"))["nobody"]
    ).with_row_index("i")
    # Nearly all rows have no problem; the others are worked on apart.
    frame = frame.filter(pl.any_horizontal([pl.col(name).is_not_null() for name in names]) | pl.col("nobody"))
    frame = frame.filter(pl.col("skip").is_null())
    soft = [_is_warning(pl.col(name)) for name in names]
    hard_first = [pl.when(~is_soft).then(pl.col(name)) for name, is_soft in zip(names, soft, strict=True)]
    soft_last = [pl.when(is_soft).then(pl.col(name)) for name, is_soft in zip(names, soft, strict=True)]
    has_error = pl.any_horizontal([~is_soft for is_soft in soft]).fill_null(False)
    missing = pl.when(pl.col("nobody") & ~has_error).then(pl.lit(Issue("identity_missing").packed()))
    frame = frame.select("i", pl.concat_list([missing, *hard_first, *soft_last]).list.drop_nulls().alias("issues"))
    return (
        result.with_row_index("i").join(frame, on="i", how="left", maintain_order="left").drop("i")
        .with_columns(pl.col("issues").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    )  # fmt: skip


def _is_nobody() -> pl.Expr:
    return pl.col("phone").is_null() & pl.col("number").is_null() & pl.col("email").is_null()


def _is_warning(packed: pl.Expr) -> pl.Expr:
    return packed.str.extract(r"^([a-z0-9_]+)", 1).is_in(list(_WARNINGS))


def _blank(height: int) -> pl.Series:
    return pl.Series([""], dtype=pl.String).new_from_index(0, height)
