"""A small OpenDocument spreadsheet (ISO/IEC 26300), written by hand: no ready wheel writes one."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

MIME = "application/vnd.oasis.opendocument.spreadsheet"
SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"'
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIME}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def write_document(sheet: str, rows: Iterable[Sequence[object]], *, tail: str = "") -> bytes:
    """The bytes of a spreadsheet with one sheet; `tail` is XML after the rows, such as a million empty ones."""
    table = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    content = (
        f"<office:document-content {SPACES}><office:body><office:spreadsheet>"
        f"<table:table table:name={quoteattr(sheet)}>{table}{tail}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text, packed in (
            ("mimetype", MIME, zipfile.ZIP_STORED),
            ("META-INF/manifest.xml", MANIFEST, zipfile.ZIP_DEFLATED),
            ("content.xml", content, zipfile.ZIP_DEFLATED),
        ):
            # A fixed date, so that the same rows always make the same bytes.
            part = zipfile.ZipInfo(name, date_time=(2026, 11, 22, 0, 0, 0))
            part.compress_type = packed
            archive.writestr(part, text if name == "mimetype" else f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return buffer.getvalue()


def _cell(value: object) -> str:
    shown = escape(str(value))
    if isinstance(value, dt.date):
        facts = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        facts = f'office:value-type="float" office:value="{value}"'
    else:
        facts = 'office:value-type="string"'
    return f"<table:table-cell {facts}><text:p>{shown}</text:p></table:table-cell>"
