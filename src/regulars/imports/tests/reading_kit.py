"""Files of every kind for tests, read in the real process with its real limits."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.reading.files import FileRead, ReadOptions, read_file
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
