"""What an import refuses, one class each; file problems also end an import as `failed` with the same code."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class FileRefused(Refusal):
    """The file cannot be read as a spreadsheet; subclasses say why and what to do about it."""

    code: ClassVar[str] = "file_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This file cannot be read as a spreadsheet."


@dataclass(frozen=True, slots=True)
class FileEmpty(FileRefused):
    """Nothing is inside."""

    code: ClassVar[str] = "file_empty"
    message: ClassVar[str] = "The file is empty. Save the table once more and upload it again."


@dataclass(frozen=True, slots=True)
class SheetEmpty(FileRefused):
    """The file opens, but the chosen sheet has no cell with a value."""

    code: ClassVar[str] = "sheet_empty"
    message: ClassVar[str] = "The sheet “{sheet}” has no rows. Choose another sheet or another file."
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class SheetMissing(FileRefused):
    """A sheet was asked for that the file does not have."""

    code: ClassVar[str] = "sheet_missing"
    message: ClassVar[str] = "The file has no sheet “{sheet}”. Its sheets are: {sheets}."
    sheet: str = ""
    sheets: str = ""


@dataclass(frozen=True, slots=True)
class WrongFileKind(FileRefused):
    """The content is something else than a table, whatever the name says."""

    code: ClassVar[str] = "wrong_file_kind"
    message: ClassVar[str] = (
        "This is {found}, not a spreadsheet. Upload an Excel (.xlsx, .xls), OpenDocument (.ods), CSV or TSV file."
    )
    found: str = ""


@dataclass(frozen=True, slots=True)
class WebPageFile(FileRefused):
    """Many programs write a web page and name it .xls."""

    code: ClassVar[str] = "web_page_file"
    message: ClassVar[str] = (
        "This file is a web page that was named like a spreadsheet. Open it in Excel or LibreOffice, "
        "choose Save as… and the type “Excel workbook (.xlsx)”, then upload the new file."
    )


@dataclass(frozen=True, slots=True)
class OldFormat(FileRefused):
    """A spreadsheet in a format that is not read, but that its program can save otherwise."""

    code: ClassVar[str] = "unsupported_format"
    message: ClassVar[str] = "This is {found}. Save it as “Excel workbook (.xlsx)” or CSV and upload that file."
    found: str = ""


@dataclass(frozen=True, slots=True)
class FileDamaged(FileRefused):
    """The file begins like a spreadsheet but cannot be read to its end."""

    code: ClassVar[str] = "file_damaged"
    message: ClassVar[str] = (
        "The file is damaged or incomplete ({where}). Download or save it once more; if Excel can repair it, "
        "save the repaired copy and upload that."
    )
    where: str = ""


@dataclass(frozen=True, slots=True)
class FileProtected(FileRefused):
    """A password is needed to read the file."""

    code: ClassVar[str] = "file_protected"
    message: ClassVar[str] = "The file is protected with a password. Save a copy without a password and upload that."


@dataclass(frozen=True, slots=True)
class UnclosedQuote(FileRefused):
    """A quotation mark in a text file opens and never closes, so everything after it is one cell."""

    code: ClassVar[str] = "unclosed_quote"
    message: ClassVar[str] = (
        "A quotation mark opens in row {row} and is never closed, so the rows after it cannot be told apart. "
        "Close or remove it and upload the file again."
    )
    row: int = 0


@dataclass(frozen=True, slots=True)
class TextTooLong(FileRefused):
    """One cell of a text file is longer than any text of a list; mostly the file is no table."""

    code: ClassVar[str] = "text_too_long"
    message: ClassVar[str] = (
        "Row {row} holds a single text of more than {limit} characters, so this is hardly a table. "
        "Check that it is the right file and that its columns are divided by commas, semicolons or tabs."
    )
    row: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class UnsafeFile(FileRefused):
    """The file carries declarations that spreadsheets do not need and attackers do."""

    code: ClassVar[str] = "unsafe_file"
    message: ClassVar[str] = (
        "The file contains instructions to load other files ({where}), which no spreadsheet program writes. "
        "It was not opened further. Save it anew from Excel or LibreOffice."
    )
    where: str = ""


@dataclass(frozen=True, slots=True)
class UnpackedTooLarge(FileRefused):
    """A small file that unpacks to an enormous one."""

    code: ClassVar[str] = "unpacked_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = (
        "Unpacked, this file would take more than {limit_mb} MB. Save only the sheet with your customers, "
        "or save it as CSV, and upload that."
    )
    limit_mb: int = 0


@dataclass(frozen=True, slots=True)
class FileTooLarge(FileRefused):
    """More bytes than an upload may have."""

    code: ClassVar[str] = "file_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "The file is larger than {limit_mb} MB. Split it, or remove pictures and other sheets."
    limit_mb: int = 0


@dataclass(frozen=True, slots=True)
class TooManyRows(FileRefused):
    """More rows than a sheet of Excel has."""

    code: ClassVar[str] = "too_many_rows"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "The sheet has more than {limit} rows. Split it into several files."
    limit: int = 0


@dataclass(frozen=True, slots=True)
class TooManyColumns(FileRefused):
    """More columns than any list of customers has."""

    code: ClassVar[str] = "too_many_columns"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "The sheet has more than {limit} columns (row {row}). Keep the columns you need."
    limit: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class ReadingTooSlow(FileRefused):
    """The time that reading may take is over."""

    code: ClassVar[str] = "reading_too_slow"
    message: ClassVar[str] = (
        "Reading the file took longer than {seconds} seconds and was stopped. Save it as CSV, or split it."
    )
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class ReadingTooLarge(FileRefused):
    """The memory that reading may take is not enough."""

    code: ClassVar[str] = "reading_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = (
        "The file needs more memory than reading may take: its sheet is too large or declares an enormous area. "
        "Save the sheet as CSV, or split it."
    )


FILE_REFUSALS: Final[dict[str, type[FileRefused]]] = {
    refusal.code: refusal
    for refusal in (
        FileEmpty, SheetEmpty, SheetMissing, WrongFileKind, WebPageFile, OldFormat, FileDamaged, FileProtected,
        UnclosedQuote, TextTooLong, UnsafeFile, UnpackedTooLarge, FileTooLarge, TooManyRows, TooManyColumns,
        ReadingTooSlow, ReadingTooLarge,
    )
}  # fmt: skip
"""Every problem of a file by its code, as the reading process names it."""


@dataclass(frozen=True, slots=True)
class ColumnUsedTwice(Refusal):
    """Two of the file's columns were mapped to one field, or one column to two."""

    code: ClassVar[str] = "column_used_twice"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "“{name}” is used twice. Every column goes to one field, every field takes one column."
    name: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMissing(Refusal):
    """The mapping names a column that the file does not have."""

    code: ClassVar[str] = "column_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "The file has no column “{name}”."
    name: str = ""


@dataclass(frozen=True, slots=True)
class ConversionColumnUnknown(Refusal):
    """The conversion names something that is no column with a balance, so its numbers would stay in the old unit."""

    code: ClassVar[str] = "conversion_column_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = (
        "The conversion is meant for “{name}”, but no column of the file with that name fills a balance. "
        "Name the column's header, or leave the names out to convert all points."
    )
    name: str = ""


@dataclass(frozen=True, slots=True)
class FieldUnknown(Refusal):
    """The mapping names a field that this kind of import does not have."""

    code: ClassVar[str] = "field_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "There is no field “{name}” in this import."
    name: str = ""


@dataclass(frozen=True, slots=True)
class IdentityMissing(Refusal):
    """Nothing in the mapping says whose row it is."""

    code: ClassVar[str] = "identity_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Choose the column that says whose row it is: {wanted}."
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class OrderColumnMissing(Refusal):
    """Without its time and its total no order can be counted; `wanted` is the field that no column fills yet."""

    code: ClassVar[str] = "order_column_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = (
        "Choose the columns that say when an order was (at) and what it came to (total, price or line_total)."
    )
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class CodeColumnMissing(Refusal):
    """Without the code, or what is left of a gift card, a row is nothing; `wanted` is the field that no column fills yet."""

    code: ClassVar[str] = "code_column_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = (
        "Choose the column that holds the code (code) and, for gift cards, the one that says what is left (left)."
    )
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class SameFile(Refusal):
    """This very file was imported into this card type already, and not undone."""

    code: ClassVar[str] = "same_file"
    message: ClassVar[str] = "This file was imported already on {at}. Import it again only if you mean it twice."
    hidden: ClassVar[frozenset[str]] = frozenset({"at"})
    at: str = ""
    import_: str = ""

    def members(self) -> dict[str, Any]:
        """The earlier import, under the name that the contract gives it."""
        return {"import": self.import_}


@dataclass(frozen=True, slots=True)
class WrongImportState(Refusal):
    """The import is not at a point where this can be done."""

    code: ClassVar[str] = "wrong_import_state"
    message: ClassVar[str] = "This import is {state}, so this cannot be done with it now."
    state: str = ""


@dataclass(frozen=True, slots=True)
class UndoWindowOver(Refusal):
    """An import can be undone for 30 days."""

    code: ClassVar[str] = "undo_window_over"
    message: ClassVar[str] = "An import can be undone for 30 days; this one is older."


@dataclass(frozen=True, slots=True)
class ModeRequired(Refusal):
    """Whether numbers are changes or totals is never guessed."""

    code: ClassVar[str] = "mode_required"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Say whether the numbers are added to the balances (add) or replace them (set)."


@dataclass(frozen=True, slots=True)
class RepairNotPossible(Refusal):
    """This group of problems cannot be mended in this way."""

    code: ClassVar[str] = "repair_not_possible"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Rows with the problem {problem} cannot be mended in this way."
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SampleNeedsEmpty(Refusal):
    """Sample data comes only to who has nothing of their own yet, so that the two are never confused."""

    code: ClassVar[str] = "sample_needs_empty"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Sample data can be added only while there are no customers and no cards."
