"""What a file is, by its content; its name is never asked."""

import re
from pathlib import Path
from typing import Final, Literal

from regulars.imports.reading.archive import Archive
from regulars.imports.reading.limits import FILE_BYTES_MAX
from regulars.imports.reading.stop import Stop

FileKind = Literal["xlsx", "xls", "ods", "text"]

_HEAD_BYTES: Final = 4096
_OTHER_KINDS: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"RIFF", "a picture, sound or film"),
    (b"BM\x00", "a picture (BMP)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"\xfd7zXZ", "a compressed file (xz)"),
    (b"SQLite format 3", "a database file (SQLite)"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"BEGIN:VCARD", "an address book (vCard)"),
    (b"BEGIN:VCALENDAR", "a calendar"),
    (b'{"', "a JSON file"),
    (b"[{", "a JSON file"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_BIFF: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
_WEB_PAGE: Final = re.compile(
    rb"<\s*(!doctype\s+html|html|head|body|table|meta|style|script|div|center|title)\b", re.IGNORECASE
)


def detect_kind(path: Path) -> FileKind:
    """Say how to read the file; stops with the reason where it is no table."""
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise Stop("file_empty")
    if size_bytes > FILE_BYTES_MAX:
        raise Stop("file_too_large", limit_mb=FILE_BYTES_MAX // (1024 * 1024))
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _kind_of_archive(Archive(path))
    if head.startswith(_OLE):
        return _kind_of_compound(path)
    if head.startswith(_OLD_BIFF):
        raise Stop("unsupported_format", found="a workbook of Excel 4 or older")
    if head[4:8] == b"ftyp":
        raise Stop("wrong_file_kind", found="a picture or film")
    _refuse_other_text(head)
    return "text"


def _refuse_other_text(head: bytes) -> None:
    start = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    for magic, found in _OTHER_KINDS:
        if head.startswith(magic) or start.lstrip().startswith(magic):
            raise Stop("wrong_file_kind", found=found)
    if start.startswith(b"ID;P"):
        raise Stop("unsupported_format", found="a SYLK file")
    if start[:13].lower() == b"mime-version:":
        raise Stop("web_page_file")
    if start.lstrip()[:1] != b"<":
        return
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise Stop("unsupported_format", found="an “XML Spreadsheet 2003” file")
    if b"office:document" in start:
        raise Stop("unsupported_format", found="a flat OpenDocument file")
    if _WEB_PAGE.search(start):
        raise Stop("web_page_file")
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise Stop("unsafe_file", where="XML")
    if start.lstrip().startswith((b"<?xml", b"<!--")):
        raise Stop("wrong_file_kind", found="an XML file")


def _kind_of_archive(archive: Archive) -> FileKind:
    names = {name.casefold() for name in archive.names()}
    if any(name.startswith("xl/") for name in names):
        if any(name.endswith("workbook.bin") for name in names):
            raise Stop("unsupported_format", found="a binary Excel workbook (.xlsb)")
        if archive.is_encrypted():
            raise Stop("file_protected")
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return _kind_of_open_document(archive)
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names) or "index.zip" in names:
        raise Stop("unsupported_format", found="a file of Apple Numbers, Pages or Keynote")
    if any(name.startswith("word/") for name in names):
        raise Stop("wrong_file_kind", found="a Word document")
    if any(name.startswith("ppt/") for name in names):
        raise Stop("wrong_file_kind", found="a PowerPoint presentation")
    if not names:
        raise Stop("file_damaged", where="its table of contents")
    raise Stop("wrong_file_kind", found="a ZIP archive (unpack it and upload the file inside)")


def _kind_of_open_document(archive: Archive) -> FileKind:
    mimetype = archive.read("mimetype").decode("ascii", "replace").strip()
    if "opendocument.spreadsheet" not in mimetype:
        raise Stop("wrong_file_kind", found="a document, but not a spreadsheet, of LibreOffice")
    if archive.is_encrypted():
        raise Stop("file_protected")
    # The manifest of old files has a harmless document type, so it is searched, not parsed.
    manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else b""
    if b"encryption-data" in manifest:
        raise Stop("file_protected")
    return "ods"


def _kind_of_compound(path: Path) -> FileKind:
    content = path.read_bytes()

    def has_stream(name: str) -> bool:
        return name.encode("utf-16-le") + b"\0\0" in content

    if has_stream("EncryptedPackage") or has_stream("EncryptionInfo"):
        raise Stop("file_protected")
    if has_stream("Workbook") or has_stream("Book"):
        return "xls"
    if has_stream("WordDocument"):
        raise Stop("wrong_file_kind", found="a Word document")
    if has_stream("PowerPoint Document"):
        raise Stop("wrong_file_kind", found="a PowerPoint presentation")
    if has_stream("__properties_version1.0"):
        raise Stop("wrong_file_kind", found="an Outlook message")
    raise Stop("file_damaged", where="no workbook inside")
