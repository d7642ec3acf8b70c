# ruff: noqa: S311
"""Makes the broken files of this folder: `python examples/broken/make.py`. What is too large to keep, tests make."""

import datetime as dt
import random
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import xlsxwriter
import xlwt

FOLDER = Path(__file__).parent
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: list[list[str | float]]) -> bytes:
    """A small good .xlsx."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": dt.datetime(2026, 11, 15)})  # noqa: DTZ001
    sheet = book.add_worksheet("Clients")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


GOOD = workbook(
    [["Phone", "Name", "Balance"], ["+49 151 23456789", "Anna Müller", 20], ["0160 1234567", "Jörg Weiß", 5]]
)


def with_sheet(markup: bytes, *, parts: dict[str, bytes] | None = None) -> bytes:
    """The good workbook with other markup for its sheet."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(GOOD)) as good, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in good.infolist():
            content = markup if info.filename == SHEET else (parts or {}).get(info.filename, good.read(info))
            archive.writestr(zipfile.ZipInfo(info.filename, (2026, 11, 15, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def compound(streams: list[str]) -> bytes:
    """An OLE compound file with streams of these names: the shell of a workbook with a password."""
    sector = 512
    noise = random.Random(5).randbytes(8 * sector)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += (
        struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<I", 0)
        + b"\xff" * (108 * 4)
    )
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + struct.pack("<8I", *range(3, 10), 0xFFFFFFFE)
    table = table.ljust(sector, b"\xff")
    entries = [_entry("Root Entry", kind=5, child=1, start=0xFFFFFFFE, size=0)]
    for number, name in enumerate(streams, start=1):
        following = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, kind=2, child=0xFFFFFFFF, start=2, size=len(noise), right=following))
    directory = b"".join(entries).ljust(sector, b"\0")
    return header[:sector].ljust(sector, b"\xff") + table + directory + noise


def _entry(name: str, *, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    body = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child)
    return body + bytes(16) + struct.pack("<I", 0) + bytes(16) + struct.pack("<IQ", start, size)


def protected_xls() -> bytes:
    """An .xls whose stream says, in the record after its first, that the rest is enciphered."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Clients")
    sheet.write(0, 0, "Phone")
    buffer = BytesIO()
    book.save(buffer)
    content = bytearray(buffer.getvalue())
    start = content.index(b"\x09\x08\x10\x00")
    following = start + 20
    struct.pack_into("<H", content, following, 0x2F)
    return bytes(content)


def protected_ods() -> bytes:
    """An .ods with a password: its manifest names a cipher."""
    buffer = BytesIO()
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="2000"><manifest:encryption-data '
        'manifest:checksum-type="SHA256" manifest:checksum="x"><manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>'
        "</manifest:encryption-data></manifest:file-entry></manifest:manifest>"
    )
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", random.Random(6).randbytes(800)),
            ("META-INF/manifest.xml", manifest.encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 15, 0, 0, 0)), content)
    return buffer.getvalue()


def picture() -> bytes:
    """A PNG of one pixel."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff\0\0")),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def word_document() -> bytes:
    """A .docx, or the two parts by which it is known."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 15, 0, 0, 0)), "<x/>")
    return buffer.getvalue()


ENTITIES = (
    b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    b'<worksheet xmlns="'
    + MAIN.encode()
    + b'"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&secret;</t></is></c></row></sheetData></worksheet>'
)
HUGE = (
    f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
).encode()  # fmt: skip
UNCOUNTED = (
    f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c><c r="B1" t="inlineStr"><is><t>Balance</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>+4915123456789</t></is></c><c r="B2"><f>10+5</f></c></row></sheetData></worksheet>'
).encode()  # fmt: skip
MESSY = """\
Kundenliste Stand 11/2026;;;;
;;;;
Telefon;Kartennr.;Guthaben;Name;Geburtstag
+49 151 23456789;000123;1.250,50;Anna Müller;31.12.1985
'0160 1234567;000 124;–5,00;"Jörg ""Schorsch"" Weiß";1.2.90
0049 171 7654321;000-125;5,00-;=1+1;29.02.2023
+49 (0)172 7654321;AB12;(12,00);<script>alert(1)</script>;
4,91727654322E+12;;12,3456;Lena Böhm;
0151 23456789;000126;7;Doppelte Anna;
7.91235E+10;;5;Zahl verkürzt;
;;;;
Filiale Mitte;;;;
Telefon;Kartennr.;Guthaben;Name;Geburtstag
12345;;5;Zu kurz;
8 (912) 345-67-89;;5;Ohne Landesvorwahl;
+49 160 7654321 / 030 901820;;abc;Zwei Nummern;
+4915155555555;#NV;1,5;Fehlerwert;
+4915155555556;;12.50;Falsches Komma;
;;9;Niemand;
Summe;;1.293,35;;
"""

FILES: dict[str, bytes] = {
    "photo-named.xlsx": picture(),
    "invoice-named.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n",
    "letter.docx": word_document(),
    "empty.csv": b"",
    "blank.csv": b"\xef\xbb\xbf;;;\r\n;;;\r\n",
    "damaged.xlsx": GOOD[: len(GOOD) * 2 // 3],
    "damaged-sheet.xlsx": with_sheet(b"<worksheet><sheetData><row r='1'><c></row>"),
    "protected.xlsx": compound(["EncryptionInfo", "EncryptedPackage"]),
    "protected.xls": protected_xls(),
    "protected.ods": protected_ods(),
    "web-page.xls": b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><body><table><tr><td>Phone</td></tr></table></body></html>",
    "excel-2003.xls": b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'></Workbook>",
    "external-entities.xlsx": with_sheet(ENTITIES),
    "huge-dimensions.xlsx": with_sheet(HUGE),
    "too-many-columns.csv": (",".join(f"c{number}" for number in range(700)) + "\n").encode(),
    "unclosed-quote.csv": b'Phone,Name\n+4915123456789,"Anna\n+4916012345678,Boris\n+4917112345678,Cleo\n',
    "formulas-without-values.xlsx": with_sheet(UNCOUNTED),
    "control-characters.csv": "Phone,Name,Balance\n+4915123456789,An\x00na\x07,5\n+4916012345678,👩‍🦰 Zoë,7\n".encode(),
    "double-headers.csv": b"Phone,Name,Phone,Name\n+4915123456789,Anna,,\n",
    "no-headers.csv": "+49 151 23456789;Anna Müller;20\n+49 160 1234567;Jörg Weiß;5\n".encode(),
    "messy.csv": MESSY.encode("cp1252", "replace"),
}

if __name__ == "__main__":
    for name, content in FILES.items():
        (FOLDER / name).write_bytes(content)
