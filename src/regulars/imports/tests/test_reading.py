# ruff: noqa: DTZ001
"""Files of every kind, read in the real process with its real limits."""

import datetime as dt
import io
import os
import random
import re
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt

from examples.open_document import write_document
from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.reading.cells import number_cell, serial_cell
from regulars.imports.reading.files import FileRead, ReadOptions, read_file, read_text
from regulars.imports.reading.old_faults import find_faults
from regulars.imports.reading.workbook import is_date_format
from regulars.kernel.refusal import Refused

EXAMPLES = Path(__file__).parents[4] / "examples"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(content: bytes, tmp_path: Path, **options: str) -> FileRead:
    source = tmp_path / "upload"
    source.write_bytes(content)
    folder = tmp_path / "slices"
    folder.mkdir(exist_ok=True)
    return read_file(source, folder, options=ReadOptions(**options))


def rows_of(read: FileRead) -> list[tuple[int, str, list[str]]]:
    found = []
    for frame in read.frames():
        for number, letters, *texts in frame.iter_rows():
            found.append((number, letters, texts))
    return found


def refusal_of(content: bytes, tmp_path: Path, **options: str) -> str:
    with pytest.raises(Refused) as caught:
        read(content, tmp_path, **options)
    refusal = caught.value.refusal
    assert FILE_REFUSALS[refusal.code] is type(refusal)
    assert "{" not in refusal.message.format_map(refusal.values())
    return refusal.code


def sheet_of(markup: str) -> bytes:
    """A workbook around hand-written markup of its sheet."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.add_worksheet("S").write(0, 0, "x")
    book.close()
    out = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, markup if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return out.getvalue()


def test_an_excel_file_keeps_every_value_exactly(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B3"], sheet["C3"], sheet["D3"] = "Phone", "Born", "Balance"
    sheet["B5"], sheet["C5"], sheet["D5"] = 79123456789, dt.date(1985, 3, 5), 19.990000000000002
    sheet["B6"], sheet["C6"], sheet["D6"] = "0079123456780", dt.datetime(2024, 5, 1, 13, 4, 5), -0.1
    sheet["B7"], sheet["C7"], sheet["D7"] = 12345678901234567, True, "=1+1"
    sheet["D8"] = "#N/A"
    sheet["D8"].data_type = "e"
    sheet.merge_cells("B9:D9")
    sheet["B9"] = "Filiale & Söhne <Mitte>\n2"
    buffer = io.BytesIO()
    book.save(buffer)
    found = rows_of(read(buffer.getvalue(), tmp_path))
    assert found == [
        (3, " ttt", ["", "Phone", "Born", "Balance"]),
        (5, " ndn", ["", "79123456789", "1985-03-05", "19.99"]),
        (6, " tdn", ["", "0079123456780", "2024-05-01 13:04:05", "-0.1"]),
        (7, " Nbf", ["", "12345678901234570", "TRUE", ""]),
        (8, "   x", ["", "", "", "#N/A"]),
        (9, " t  ", ["", "Filiale & Söhne <Mitte>\n2", "", ""]),
    ]


def test_hidden_sheets_are_listed_and_not_chosen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Alt"
    book.active.sheet_state = "hidden"
    book.active["A1"] = "hidden"
    for name in ("Leer", "Kunden"):
        book.create_sheet(name)
    book["Kunden"]["A1"], book["Kunden"]["A2"] = "Phone", "+4915123456789"
    buffer = io.BytesIO()
    book.save(buffer)
    chosen = read(buffer.getvalue(), tmp_path)
    assert [(sheet.name, sheet.is_hidden) for sheet in chosen.sheets] == [
        ("Alt", True),
        ("Leer", False),
        ("Kunden", False),
    ]
    assert chosen.sheet == "Kunden"
    assert rows_of(read(buffer.getvalue(), tmp_path, sheet="Alt"))[0][2] == ["hidden"]
    assert refusal_of(buffer.getvalue(), tmp_path, sheet="Neu") == "sheet_missing"
    assert refusal_of(buffer.getvalue(), tmp_path, sheet="Leer") == "sheet_empty"


def test_shared_texts_and_formats_of_every_writer(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_rich_string(0, 0, "Na", bold, "me")
    sheet.write_string(0, 1, "a & b _x000D_ <c>")
    sheet.write_datetime(1, 0, dt.datetime(2024, 2, 29), day)
    sheet.write_formula(1, 1, '="+49"&"151"', value="+49151")
    book.close()
    assert rows_of(read(buffer.getvalue(), tmp_path)) == [
        (1, "tt", ["Name", "a & b _x000D_ <c>"]),
        (2, "dt", ["2024-02-29", "+49151"]),
    ]


ODD_SHEETS = {
    "a prefix": f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"><x:c r="B2" t="inlineStr"><x:is><x:t>A</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>',
    "no references": f'<worksheet xmlns="{MAIN}"><sheetData><row/><row><c/><c t="inlineStr"><is><t>A</t></is></c></row></sheetData></worksheet>',
    "attributes in another order": f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c t="inlineStr" r="B2"><is><t>A</t></is></c></row></sheetData></worksheet>',
    "line breaks": f'<worksheet xmlns="{MAIN}">\n<sheetData>\n<row r="2">\n<c r="B2" t="inlineStr">\n<is>\n<t>A</t>\n</is>\n</c>\n</row>\n</sheetData>\n</worksheet>',
    "runs": f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="B2" t="inlineStr"><is><r><t>A</t></r><rPh><t>x</t></rPh></is></c></row></sheetData></worksheet>',
    "unknown namespaces": f'<worksheet xmlns="{MAIN}" xmlns:u="urn:u"><sheetData><row r="2" u:x="1"><c r="B2" t="inlineStr" u:y="2"><is><t>A</t></is></c></row></sheetData></worksheet>',
    "empty rows before": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1" spans="1:2"/><row r="2"><c r="A2" s="0"/><c r="B2" t="inlineStr"><is><t>A</t></is></c></row></sheetData></worksheet>',
    "escapes": f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="B2" t="inlineStr"><is><t>_x0041_</t></is></c></row></sheetData></worksheet>',
    "a character reference": f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="B2" t="str"><v>&#65;</v></c></row></sheetData></worksheet>',
    "another encoding": f'<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="B2" t="str"><v>A</v></c></row></sheetData></worksheet>',
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD_SHEETS)
def test_sheets_that_other_programs_write(kind: str, tmp_path: Path) -> None:
    markup = ODD_SHEETS[kind]
    content = sheet_of(markup)
    if kind == "another encoding":
        content = sheet_of(markup.encode("utf-16"))  # type: ignore[arg-type]
    assert rows_of(read(content, tmp_path)) == [(2, " t", ["", "A"])]


def test_characters_that_nothing_can_store_are_marked(tmp_path: Path) -> None:
    markup = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>a_x0000_b</v></c><c r="B1" t="str"><v>&#xD800;</v></c><c r="C1" t="str"><v>👩‍🦰</v></c></row></sheetData></worksheet>'
    assert rows_of(read(sheet_of(markup), tmp_path)) == [(1, "cct", ["a\ufffdb", "\ufffd", "👩‍🦰"])]


def test_a_sheet_of_many_shapes_reads_like_a_sheet_of_one(tmp_path: Path) -> None:
    """Rows read by the learnt expression and rows read cell by cell must not differ."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    expected = []
    for row in range(3000):
        values: list[tuple[str, str]] = []
        for column in range(6):
            match (row * 7 + column * 5 + row // 11) % 9:
                case 0:
                    values.append(("", " "))
                case 1:
                    sheet.write_number(row, column, row / 4, bold if row % 2 else None)
                    values.append((f"{row / 4:.15g}", "n"))
                case 2:
                    sheet.write_datetime(row, column, dt.datetime(2024, 1, 1) + dt.timedelta(days=row % 300), day)
                    values.append(((dt.date(2024, 1, 1) + dt.timedelta(days=row % 300)).isoformat(), "d"))
                case 3:
                    sheet.write_string(row, column, f"a&b <{row}>", bold)
                    values.append((f"a&b <{row}>", "t"))
                case _:
                    sheet.write_string(row, column, f"text {row}")
                    values.append((f"text {row}", "t"))
        while values and values[-1][1] == " ":
            values.pop()
        expected.append(
            (
                row + 1,
                "".join(letter for _, letter in values).ljust(6),
                [text for text, _ in values] + [""] * (6 - len(values)),
            )
        )
    book.close()
    assert rows_of(read(buffer.getvalue(), tmp_path)) == expected


def test_old_excel_and_libreoffice(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(1, 1, "Телефон")
    sheet.write(2, 1, 79123456789)
    sheet.write(2, 2, dt.date(2020, 1, 2), xlwt.easyxf(num_format_str="DD.MM.YYYY"))
    sheet.write(2, 3, True)
    buffer = io.BytesIO()
    book.save(buffer)
    old = read(buffer.getvalue(), tmp_path)
    assert (old.kind, rows_of(old)) == (
        "xls",
        [(2, " t  ", ["", "Телефон", "", ""]), (3, " ndb", ["", "79123456789", "2020-01-02", "TRUE"])],
    )
    empty = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000"/>'
        "</table:table-row>"
    )
    document = write_document("ग्राहक", [("007", 1.5, dt.date(2024, 2, 29))], tail=empty)
    libre = read(document, tmp_path)
    assert (libre.kind, libre.sheet, rows_of(libre)) == ("ods", "ग्राहक", [(1, "tnd", ["007", "1.5", "2024-02-29"])])


def old_book_with_faults() -> bytes:
    """An .xls of two sheets: errors as such, an error as a formula's last result, one without any result, and a long way to the next."""
    book = xlwt.Workbook()
    for name in ("first", "second"):
        sheet = book.add_sheet(name)
        for column, header in enumerate(("phone", "points", "name", "late"), start=1):
            sheet.write(1, column, header)
        for row in range(2, 300):
            sheet.write(row, 1, f"+4915123456{row:03}")
        sheet.row(2).set_cell_error(2, 0x2A)
        sheet.row(3).set_cell_error(2, "#REF!")
        sheet.row(3).set_cell_error(4, "#DIV/0!")
        sheet.write(4, 2, xlwt.Formula("A1/B1"))
        sheet.write(5, 2, xlwt.Formula("1+1"))
        sheet.row(6).set_cell_boolean(2, True)
        sheet.row(300).set_cell_error(2, "#NAME?")
    buffer = io.BytesIO()
    book.save(buffer)
    # What Excel writes as the result of a formula that failed; xlwt calculates nothing.
    place = re.escape(struct.pack("<HH", 4, 2)) + rb"(..).{8}"
    failed = bytes([2, 0, 0x07, 0, 0, 0, 0xFF, 0xFF])
    return re.sub(place, lambda found: struct.pack("<HH", 4, 2) + found[1] + failed, buffer.getvalue(), flags=re.DOTALL)


@pytest.mark.parametrize("sheet", ["first", "second"])
def test_error_values_of_old_excel_are_told_from_empty_cells(sheet: str, tmp_path: Path) -> None:
    found = rows_of(read(old_book_with_faults(), tmp_path, sheet=sheet))
    assert [(number, letters, texts[2:]) for number, letters, texts in (*found[1:6], found[-1])] == [
        (3, " tx  ", ["#N/A", "", ""]),
        (4, " tx x", ["#REF!", "", "#DIV/0!"]),
        (5, " tx  ", ["#DIV/0!", "", ""]),
        (6, " t   ", ["", "", ""]),
        (7, " tb  ", ["TRUE", "", ""]),
        (301, "  x  ", ["#NAME?", "", ""]),
    ]


def test_a_damaged_old_file_yields_no_faults_and_no_fault_of_ours(tmp_path: Path) -> None:
    whole = old_book_with_faults()
    path = tmp_path / "old.xls"
    path.write_bytes(whole)
    assert len(find_faults(path)) == 2
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole)
        for _ in range(chance.randrange(1, 40)):
            if damaged:
                damaged[chance.randrange(min(len(damaged), 2048))] = chance.randrange(256)
        path.write_bytes(damaged)
        assert isinstance(find_faults(path), list)


RUSSIAN = "Телефон;Имя;Баланс\r\n+7 (912) 345-67-89;Анна Петрова;1 250,50\r\n89123456780;Иван Сидоров;-5,00\r\n"
GERMAN = "Telefon;Name;Größe\r\n0151 23456789;Jörg Weiß;5,5\r\n0160 1234567;Anna Müller;7\r\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
def test_russian_text_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    found = rows_of(read(RUSSIAN.encode(encoding), tmp_path))
    assert found[1] == (2, "ttt", ["+7 (912) 345-67-89", "Анна Петрова", "1 250,50"])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_german_text_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    found = read(GERMAN.encode(encoding), tmp_path)
    assert found.encoding == encoding
    assert rows_of(found)[1][2] == ["0151 23456789", "Jörg Weiß", "5,5"]


def test_a_few_damaged_characters_do_not_change_the_encoding(tmp_path: Path) -> None:
    content = ("Имя\n" + "Анна\n" * 200).encode() + b"An\xffna\n"
    found = rows_of(read(content, tmp_path))
    assert found[0][2] == ["Имя"]
    assert found[-1][1:] == ("t", ["An\ufffdna"])


@pytest.mark.parametrize(
    ("text", "delimiter", "second"),
    [
        ("a,b\n1,2\n", ",", ["1", "2"]), ("a;b\n1,5;2,5\n3,5;4\n", ";", ["1,5", "2,5"]), ("a\tb\n1, x\t2\n", "\t", ["1, x", "2"]),
        ("a|b|c\n1|2|3\n", "|", ["1", "2", "3"]), ("sep=;\na;b\n1;2\n", ";", ["1", "2"]), ('"a";"b, c"\n"1";"2, 3"\n', ";", ["1", "2, 3"]),
        ("List of 2026\n\na;b;c\n1;2;3\n4;5;6\n", ";", ["a", "b", "c"]), ("phone\n+49151\n", ",", ["+49151"]), ("a;b\r1;2\r", ";", ["1", "2"]),
        ('a,b\n"x\ny",2\n', ",", ["x\ny", "2"]), ('a,b\n"say ""hi""",2\n', ",", ['say "hi"', "2"]), ('a;b\n24" TV;2\n', ";", ['24" TV', "2"]),
    ],
)  # fmt: skip
def test_delimiters_and_quotes(text: str, delimiter: str, second: list[str], tmp_path: Path) -> None:
    found = read(text.encode(), tmp_path)
    assert found.delimiter == delimiter
    assert rows_of(found)[1][2][: len(second)] == second


def test_rows_of_text_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    assert [row[0] for row in rows_of(read(b'sep=,\na,b\n\n"x\ny",1\n,\nz,2\n', tmp_path))] == [1, 3, 5]


def test_pasted_cells(tmp_path: Path) -> None:
    pasted = read_text("Phone\tBalance\n+4915123456789\t-5\n\n0160 1234567\t7", tmp_path)
    assert [row[2] for row in rows_of(pasted)] == [
        ["Phone", "Balance"],
        ["+4915123456789", "-5"],
        ["0160 1234567", "7"],
    ]
    with pytest.raises(Refused):
        read_text(" \n ", tmp_path)
    assert rows_of(read_text("a\tb\ud800\n1\t\x002", tmp_path))[1][1] == "tc"


BROKEN = {
    "photo-named.xlsx": "wrong_file_kind", "invoice-named.csv": "wrong_file_kind", "letter.docx": "wrong_file_kind", "empty.csv": "file_empty",
    "blank.csv": "file_empty", "damaged.xlsx": "file_damaged", "damaged-sheet.xlsx": "file_damaged", "protected.xlsx": "file_protected",
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


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("79123456789", ("79123456789", "n")), ("7.9123456789E10", ("79123456789", "n")), ("0.1", ("0.1", "n")), ("1E-7", ("0.0000001", "n")),
        ("19.990000000000002", ("19.99", "n")), ("-0", ("0", "n")), ("1234567890123456", ("1234567890123456", "N")), ("1e400", ("1e400", "x")), ("x", ("x", "t")),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_see_them(written: str, cell: tuple[str, str]) -> None:
    assert number_cell(written) == cell


def test_day_numbers() -> None:
    assert serial_cell("45413", from_1904=False) == ("2024-05-01", "d")
    assert serial_cell("43951", from_1904=True) == ("2024-05-01", "d")
    assert serial_cell("45413.5", from_1904=False) == ("2024-05-01 12:00:00", "d")
    assert serial_cell("0.25", from_1904=False) == ("06:00:00", "d")
    assert serial_cell("1", from_1904=False) == ("1900-01-01", "d")
    assert serial_cell("61", from_1904=False) == ("1900-03-01", "d")
    assert serial_cell("79123456789", from_1904=False) == ("79123456789", "n")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("dd.mm.yyyy", True), ("[$-409]d-mmm-yy;@", True), ("hh:mm", True), ("0.00", False), ('0 "days"', False), ("[Red]0", False), ("General", False), ("[h]:mm", True), ('#,##0.00\\ "d"', False)],
)  # fmt: skip
def test_date_formats(code: str, expected: bool) -> None:
    assert is_date_format(code) is expected


@pytest.mark.parametrize(
    ("name", "rows"),
    [("salon-altegio-clients.xlsx", 2483), ("salon-deposits.xlsx", 181), ("cafe-7stamp-cards.csv", 641), ("shop-lightspeed-customers.csv", 901), ("beauty-russian-clients.csv", 762), ("hindi-customers.ods", 321)],
)  # fmt: skip
def test_the_examples_read(name: str, rows: int, tmp_path: Path) -> None:
    assert read_file(EXAMPLES / name, tmp_path).rows == rows
