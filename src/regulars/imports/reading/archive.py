"""The zip that .xlsx and .ods files are, opened with distrust."""

import codecs
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from regulars.imports.reading.limits import ARCHIVE_PARTS_MAX, PART_BYTES_MAX, UNPACKED_BYTES_MAX
from regulars.imports.reading.stop import Stop

_CHUNK_BYTES: Final = 1 << 20
_NEVER_IN_XML: Final = bytes(set(range(32)) - {9, 10, 13})
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


class Archive:
    """The named parts of a zip, read within limits."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            parts = self._zip.infolist()
        except (*_DAMAGE, ValueError, UnicodeDecodeError) as damage:
            raise Stop("file_damaged", where="its table of contents") from damage
        if len(parts) > ARCHIVE_PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
            raise Stop("unpacked_too_large", limit_mb=UNPACKED_BYTES_MAX // 1_000_000)
        # Part names differ in case and slashes between programs; the format calls them case-insensitive.
        self._parts = {part.filename.replace("\\", "/").lstrip("/").casefold(): part for part in parts}
        self._unpacked_bytes = 0

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._parts

    def names(self) -> list[str]:
        """Every part's name, as the file has it."""
        return [part.filename for part in self._parts.values()]

    def is_encrypted(self) -> bool:
        """Whether any part needs a zip password."""
        return any(part.flag_bits & 1 for part in self._parts.values())

    def read(self, name: str) -> bytes:
        """Read a small part whole."""
        part = self._parts.get(name.casefold())
        if part is None:
            raise Stop("file_damaged", where=name)
        if part.file_size > PART_BYTES_MAX:
            raise Stop("unpacked_too_large", limit_mb=PART_BYTES_MAX // (1024 * 1024))
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a part piece by piece; stops at the limit of the whole file, whatever its table of contents said."""
        part = self._parts.get(name.casefold())
        if part is None:
            raise Stop("file_damaged", where=name)
        if part.flag_bits & 1:
            raise Stop("file_protected")
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    self._unpacked_bytes += len(chunk)
                    if self._unpacked_bytes > UNPACKED_BYTES_MAX:
                        raise Stop("unpacked_too_large", limit_mb=UNPACKED_BYTES_MAX // 1_000_000)
                    yield chunk
        except _DAMAGE as damage:
            raise Stop("file_damaged", where=name) from damage

    def texts(self, name: str) -> Iterator[str]:
        """Read an XML part piece by piece as text, in the encoding it declares; refuses document types."""
        decoder: io.IncrementalNewlineDecoder | None = None
        is_plain = True
        before = ""
        for chunk in self.chunks(name):
            if decoder is None:
                decoder = _decoder_for(chunk)
                is_plain = chunk[:4].count(b"\0") == 0
            if is_plain and len(chunk.translate(None, _NEVER_IN_XML)) != len(chunk):
                raise Stop("file_damaged", where=name)
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as damage:
                raise Stop("file_damaged", where=name) from damage
            # The end of the piece before is looked at again, for a declaration cut in two.
            refuse_document_type(before + text, name)
            before = text[-16:]
            yield text

    def xml(self, name: str) -> ElementTree.Element:
        """Read a small XML part as a tree; refuses document types, and with them every entity."""
        text = "".join(self.texts(name))
        try:
            return ElementTree.fromstring(text.removeprefix("\ufeff"))  # noqa: S314 (no document type reaches it)
        except (ElementTree.ParseError, ValueError) as damage:
            raise Stop("file_damaged", where=name) from damage


def refuse_document_type(text: str, name: str) -> None:
    """Stop at a document type declaration: the only door to external entities and to entity bombs."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Stop("unsafe_file", where=name.rsplit("/", 1)[-1])


def _decoder_for(head: bytes) -> io.IncrementalNewlineDecoder:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif head[:4].count(b"\0") >= 2:
        encoding = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    else:
        declared = head[:200].split(b"encoding=", 1)
        encoding = "utf-8-sig"
        if len(declared) == 2 and head.lstrip()[:5] == b"<?xml":
            name = declared[1][1:41].split(declared[1][:1], 1)[0].decode("ascii", "replace").strip().lower()
            if name not in ("utf-8", "utf8", ""):
                encoding = name
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError as damage:
        raise Stop("file_damaged", where=f"encoding {encoding[:40]}") from damage
    return io.IncrementalNewlineDecoder(decoder, translate=False)
