"""Files that are broken, or made to break what reads them: each ends in a sentence, within its limits."""

import io
import os
import resource
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.reading.files import read_file
from regulars.imports.reading.limits import MEMORY_BYTES_MAX
from regulars.imports.tests.reading_kit import EXAMPLES, MAIN, read, refusal_of, rows_of, sheet_of
from regulars.kernel.refusal import Refused

BROKEN = {
    "photo-named.xlsx": "wrong_file_kind", "invoice-named.csv": "wrong_file_kind", "letter.docx": "wrong_file_kind", "empty.csv": "file_empty",
    "blank.csv": "file_empty", "damaged.xlsx": "file_damaged", "damaged-sheet.xlsx": "file_damaged", "protected.xlsx": "file_protected",
    "protected-by-password.xlsx": "file_protected",
    "protected.xls": "file_protected", "protected.ods": "file_protected", "web-page.xls": "web_page_file", "excel-2003.xls": "unsupported_format",
    "external-entities.xlsx": "unsafe_file", "huge-dimensions.xlsx": "too_many_columns", "too-many-columns.csv": "too_many_columns",
    "unclosed-quote.csv": "unclosed_quote",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_say_what_is_wrong(name: str, tmp_path: Path) -> None:
    assert refusal_of((EXAMPLES / "broken" / name).read_bytes(), tmp_path) == BROKEN[name]


def test_every_cut_of_a_good_file_ends_in_a_refusal(tmp_path: Path) -> None:
    good = (EXAMPLES / "salon-deposits.xlsx").read_bytes()
    for length in range(4, len(good), len(good) // 7):
        assert refusal_of(good[:length], tmp_path) in ("file_damaged", "wrong_file_kind")


def test_a_sheet_cut_off_in_a_sound_zip_is_damaged(tmp_path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    rows = "".join(row.format(number) for number in range(1, 100))
    assert len(rows_of(read(sheet_of(f"{head}{rows}</sheetData></worksheet>"), tmp_path))) == 99
    for cut in (rows, rows[:-20], ""):
        assert refusal_of(sheet_of(head + cut), tmp_path) == "file_damaged"


def test_a_text_without_any_columns_is_not_blamed_on_a_quote(tmp_path: Path) -> None:
    assert refusal_of(b"phone\n" + b"a" * 5_000_000, tmp_path) == "text_too_long"
    assert refusal_of(b'phone\n"' + b"a" * 5_000_000, tmp_path) == "unclosed_quote"


def test_a_million_columns(tmp_path: Path) -> None:
    assert refusal_of(b"a," * 1_000_000 + b"\n", tmp_path) == "too_many_columns"


def test_more_rows_than_excel_has(tmp_path: Path) -> None:
    assert refusal_of(b"a\n" * 1_048_577, tmp_path) == "too_many_rows"


def raw_zip(parts: dict[str, tuple[bytes, int, int]]) -> bytes:
    """A zip of parts that are compressed already: name → (deflated, size, crc)."""
    body, directory = b"", b""
    for name, (deflated, size, crc) in parts.items():
        facts = struct.pack("<HHHIII", 8, 0, 0x21, crc, len(deflated), size)
        directory += (
            b"PK\1\2"
            + struct.pack("<HHH", 20, 20, 0)
            + facts
            + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(body))
            + name.encode()
        )
        body += (
            b"PK\3\4" + struct.pack("<HH", 20, 0) + facts + struct.pack("<HH", len(name), 0) + name.encode() + deflated
        )
    end = struct.pack("<HHHHIIH", 0, 0, len(parts), len(parts), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


def bomb(blocks: int, *, declared: int | None = None) -> bytes:
    """A workbook whose sheet unpacks to `blocks` megabytes of spaces."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(sheet_of("<x/>"))) as good:
        for name in good.namelist():
            content = good.read(name)
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            parts[name] = (squeeze.compress(content) + squeeze.flush(), len(content), zlib.crc32(content))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = squeeze.compress(b" " * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH)
    parts["xl/worksheets/sheet1.xml"] = (
        block * blocks + squeeze.flush(),
        declared if declared is not None else blocks * 1_000_000,
        0,
    )
    return raw_zip(parts)


@pytest.mark.parametrize(
    ("content", "code"),
    [(bomb(4200), "unpacked_too_large"), (bomb(4200, declared=1000), "file_damaged"), (bomb(300), "file_damaged")],
    ids=["4 GB and says so", "4 GB and says 1 kB", "300 MB of nothing"],
)  # fmt: skip
def test_a_bomb_does_not_go_off(content: bytes, code: str, tmp_path: Path) -> None:
    assert len(content) < 6_000_000
    assert refusal_of(content, tmp_path) == code


def swollen(before: bytes, block: bytes, after: bytes, times: int, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook one part of which repeats a piece of markup so often that only packed it is small."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(sheet_of("<x/>"))) as good:
        for name in good.namelist():
            content = good.read(name)
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            parts[name] = (squeeze.compress(content) + squeeze.flush(), len(content), zlib.crc32(content))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    crc, deflated = zlib.crc32(before), squeeze.compress(before)
    for _ in range(times):
        crc = zlib.crc32(block, crc)
        deflated += squeeze.compress(block)
    crc = zlib.crc32(after, crc)
    deflated += squeeze.compress(after) + squeeze.flush()
    parts[part] = (deflated, len(before) + times * len(block) + len(after), crc)
    return raw_zip(parts)


SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
CELL = b'<c r="A1" t="inlineStr"><is><t>Phone</t></is></c>'
ODD = {
    # 60 million elements that mean nothing, before the rows, within a row, and within one cell
    "before the rows": (f'<worksheet xmlns="{MAIN}">'.encode(), b"<a/>" * 250_000, b"<sheetData/></worksheet>"),
    "within a row": (SHEET + b'<row r="1">' + CELL, b"<a/>" * 250_000, b"</row></sheetData></worksheet>"),
    "within a cell": (
        SHEET + b'<row r="1"><c r="A1" t="inlineStr"><is>',
        b"<r><t>x</t></r>" * 60_000,
        b"</is></c></row></sheetData></worksheet>",
    ),
    "rows of nothing": (SHEET + b'<row r="1">' + CELL + b"</row>", b"<row/>" * 160_000, b"</sheetData></worksheet>"),
    "one in the other": (SHEET + b'<row r="1">' + CELL, b"<a>" * 330_000, b"</row></sheetData></worksheet>"),
    "attributes": (SHEET + b'<row r="1"><c ', b'a="" ' * 200_000, b"/></row></sheetData></worksheet>"),
}
SECONDS_MAX = 60


def seconds_of_readers() -> float:
    """Processor time of the readers that ended: how long one waits for a processor says nothing about a file."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize(("before", "block", "after"), ODD.values(), ids=ODD.keys())
def test_odd_markup_without_end_ends_within_the_limits(
    before: bytes, block: bytes, after: bytes, tmp_path: Path
) -> None:
    content = swollen(before, block, after, 240)
    assert len(content) < 3_000_000
    used = seconds_of_readers()
    try:
        rows = sum(len(frame) for frame in read(content, tmp_path).frames())
    except Refused as refused:
        assert refused.refusal.code in FILE_REFUSALS  # noqa: PT017
        assert refused.refusal.code != "internal"  # noqa: PT017
    else:
        assert rows <= 1
    assert seconds_of_readers() - used < SECONDS_MAX
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEMORY_BYTES_MAX / 1024 + 100_000


@pytest.mark.slow
def test_a_table_of_texts_without_end_ends_within_the_limits(tmp_path: Path) -> None:
    content = swollen(
        f'<sst xmlns="{MAIN}">'.encode(), b"<si><t/></si>" * 75_000, b"</sst>", 12, part="xl/sharedStrings.xml"
    )
    used = seconds_of_readers()
    with suppress(Refused):
        read(content, tmp_path)
    assert seconds_of_readers() - used < SECONDS_MAX


def test_repeated_cells_of_libreoffice_do_not_fill_the_memory(tmp_path: Path) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    markup = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
        'office:value-type="string" table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", markup)
    assert refusal_of(buffer.getvalue(), tmp_path) == "reading_too_large"


def test_a_cancelled_reading_leaves_no_process(tmp_path: Path) -> None:
    class CancelledByUser(Exception):
        pass

    def cancel(rows: int) -> None:
        raise CancelledByUser

    source = tmp_path / "long.csv"
    source.write_bytes(b"+4915123456789,Anna,5\n" * 200_000)
    with pytest.raises(CancelledByUser):
        read_file(source, tmp_path, on_progress=cancel)
    mine = [
        path.name
        for path in Path("/proc").glob("[0-9]*")
        if b"child.py" in _command_of(path) and _parent_of(path) == os.getpid()
    ]
    assert mine == []


def _command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _parent_of(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0
