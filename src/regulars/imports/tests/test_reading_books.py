# ruff: noqa: DTZ001
"""Workbooks of every program, read in the real process with its real limits."""

import datetime as dt
import io
import random
import re
import struct
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt

from examples.open_document import write_document
from regulars.imports.reading.old_faults import find_faults
from regulars.imports.tests.reading_kit import MAIN, read, refusal_of, rows_of, sheet_of


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
