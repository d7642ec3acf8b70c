"""Which encoding a text file is in, decided from its bytes."""

import codecs
import re
from pathlib import Path
from typing import Final

from regulars.imports.reading.stop import Stop

_CHUNK_BYTES: Final = 1 << 20
_SAMPLE_BYTES: Final = 1 << 19
_CYRILLIC: Final = ("cp1251", "koi8-r", "cp866")
KNOWN_ENCODINGS: Final = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp1250", *_CYRILLIC)
_CONTROL: Final = bytes(set(range(32)) - {9, 10, 13})
_HIGH_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_CAPITALISED: Final = re.compile(r"\b[А-ЯЁ]?[а-яё]{2,}\b")
_RUSSIAN: Final = re.compile(r"[А-Яа-яЁё]")
# The bytes of č ę ł ś ž and their like: only Central European texts use them between Latin letters.
_CENTRAL_EUROPEAN: Final = re.compile(rb"[a-z][\x9a\x9c\x9d\x9e\x9f\xb3\xb9\xe8\xea\xec\xf8\xf9\xbe\xb6][a-z]")
_WESTERN: Final = re.compile(rb"[A-Za-z][\xe0\xe1\xe4\xe7\xe9\xeb\xed\xf1\xf3\xf6\xfa\xfc\xdf\xe8\xea]")


def detect_encoding(path: Path) -> str:
    """Name the encoding: by its mark, as valid UTF-8, by the zeros of UTF-16, else by how its words look."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and head[2:4] in (b"\0\0", b"\xfe\xff"):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := _wide_encoding(head):
        return wide
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > 16 and controls * 20 > len(head):
        raise Stop("wrong_file_kind", found="a binary file")
    if _is_utf8(path):
        return "utf-8"
    return _eight_bit_encoding(head)


def _wide_encoding(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _is_utf8(path: Path) -> bool:
    """Whether the file is UTF-8, a few damaged characters among many good ones allowed."""
    valid = damaged = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if chunk.isascii():
                continue
            text = decoder.decode(chunk)
            damaged += text.count("\ufffd")
            valid += len(chunk) - len(chunk.translate(None, bytes(range(0xC2, 0xF5))))
            if damaged > 50 and damaged * 20 > valid:
                return False
    return damaged * 20 <= valid - damaged


def _eight_bit_encoding(head: bytes) -> str:
    pure = mixed = 0
    for match in _HIGH_WORD.finditer(head):
        word = match[0]
        latin = len(word) - len(word.translate(None, bytes(range(65, 91)) + bytes(range(97, 123))))
        if latin:
            mixed += 1
        elif len(word) > 1:
            pure += 1
    if mixed >= pure:
        central = len(_CENTRAL_EUROPEAN.findall(head))
        return "cp1250" if central > len(_WESTERN.findall(head)) else "cp1252"
    return max(_CYRILLIC, key=lambda encoding: _russian_score(head.decode(encoding, "replace")))


def _russian_score(text: str) -> int:
    # Real words are lower case but for their first letter; in the wrong Cyrillic table they come out otherwise.
    return 4 * sum(len(word) for word in _CAPITALISED.findall(text)) + len(_RUSSIAN.findall(text))
