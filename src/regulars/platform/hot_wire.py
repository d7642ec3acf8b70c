"""Prepared statements sent together over one connection, and their answers read: what a round trip is made of."""

import hashlib
import re
import select
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

PLACE: Final = re.compile(r"%\((\w+)\)s")
GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as PostgreSQL prepares it, under a name, and the names of its values in their order."""

    name: bytes
    text: bytes
    values: tuple[str, ...]


@lru_cache(maxsize=256)
def statement_of(text: str) -> Statement:
    """Turn `%(name)s` into `$1`, so that the values travel beside the text."""
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    numbered = PLACE.sub(place, text)
    digest = hashlib.sha256(numbered.encode()).hexdigest()
    return Statement(f"hot_{digest[:16]}".encode(), numbered.encode(), tuple(names))


class Binary(bytes):
    """A value in PostgreSQL's binary form."""


class Texts(list[Any]):
    """Texts whose statement names them `text[]`: they travel as they are, without quotes."""


_ARRAY_HEAD: Final = struct.Struct("!iiIii")
_LENGTH: Final = struct.Struct("!i")
_UUID_KIND: Final = 2950
_TEXT_KIND: Final = 25
_BYTES_KIND: Final = 17
_UUID_LENGTH: Final = _LENGTH.pack(16)
_NULL: Final = _LENGTH.pack(-1)


def wire_value(value: Any) -> bytes | None:
    """Write a value in PostgreSQL's text form, or in its binary one; raises TypeError for a kind that has none here."""
    if value is None:
        return None
    kind = type(value)
    if kind is str:
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return value.encode()  # type: ignore[no-any-return]
    if kind is UUID:
        return b"%032x" % value.int
    if kind is int:
        return b"%d" % value
    if kind is datetime:
        return value.isoformat().encode()  # type: ignore[no-any-return]
    if kind is bytes:
        return b"\\x" + value.hex().encode()  # type: ignore[no-any-return]
    if kind is bool:
        return b"true" if value else b"false"
    if kind is date:
        return value.isoformat().encode()  # type: ignore[no-any-return]
    if kind is list:
        return _array(value)
    if kind is Texts:
        return _texts(value)
    raise TypeError(f"no way to write {kind.__name__} for PostgreSQL")


_IDS: Final = {UUID}
_IDS_OR_NOTHING: Final = {UUID, type(None)}
_BYTES: Final = ({bytes}, {bytes, type(None)})
_NUMBERS: Final = {int}
_NOTHING: Final = {type(None)}


def _array(values: list[Any]) -> bytes:
    """Write an array; ids, of which there are many, in binary form."""
    kinds = {type(value) for value in values}
    if kinds == _IDS:
        items = [_UUID_LENGTH + value.int.to_bytes(16) for value in values]
        return Binary(_ARRAY_HEAD.pack(1, 0, _UUID_KIND, len(values), 1) + b"".join(items))
    if kinds == _NUMBERS:
        return f"{{{','.join(map(str, values))}}}".encode()
    if kinds == _NOTHING:
        return b"{NULL" + b",NULL" * (len(values) - 1) + b"}"
    if kinds == _IDS_OR_NOTHING:
        items = [_NULL if value is None else _UUID_LENGTH + value.int.to_bytes(16) for value in values]
        return Binary(_ARRAY_HEAD.pack(1, 1, _UUID_KIND, len(values), 1) + b"".join(items))
    if kinds in _BYTES:
        items = [_NULL if value is None else _LENGTH.pack(len(value)) + value for value in values]
        return Binary(_ARRAY_HEAD.pack(1, int(None in values), _BYTES_KIND, len(values), 1) + b"".join(items))
    return array_text(values).encode()


def _texts(values: list[str | None]) -> Binary:
    items: list[bytes] = []
    for value in values:
        if value is None:
            items.append(_NULL)
            continue
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        written = value.encode()
        items.append(_LENGTH.pack(len(written)) + written)
    return Binary(_ARRAY_HEAD.pack(1, int(None in values), _TEXT_KIND, len(values), 1) + b"".join(items))


def array_text(values: Sequence[Any]) -> str:
    """Write an array as text; texts are quoted, so that no text is taken for NULL or for two items."""
    items: list[str] = []
    last: Any = None
    last_item = ""
    for value in values:
        if value is None:
            items.append("NULL")
            continue
        if value is last:
            # Many rows are of one moment or kind.
            items.append(last_item)
            continue
        last, last_item = value, _item(value)
        items.append(last_item)
    return f"{{{','.join(items)}}}"


def _item(value: Any) -> str:
    kind = type(value)
    if kind is UUID:
        return f"{value.int:032x}"
    if kind is int:
        return str(value)
    if kind is datetime:
        return f'"{value.isoformat()}"'
    if kind is str and value.isidentifier():
        return f'"{value}"'
    written = wire_value(value)
    assert written is not None
    text = written.decode().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Wire:
    """One connection: which statements it has prepared, and the socket on which its answers arrive."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._raw = raw
        self._wire = raw.pgconn
        self._reader = Transformer(raw)
        self._prepared: set[bytes] = set()
        self._socket = select.poll()
        self._socket.register(self._wire.socket, select.POLLIN)

    def exchange(
        self, steps: Sequence[tuple[Statement, Mapping[str, Any]]], *, keep: bool
    ) -> list[list[tuple[Any, ...]]]:
        """Send statements together and return the rows of each: one round trip, also where they are seen for the first time.

        With `keep` PostgreSQL keeps them prepared. Raises the first error, behind which nothing was run; a connection that
        was lost raises OperationalError.
        """
        values = [[wire_value(given[name]) for name in statement.values] for statement, given in steps]
        wire = self._wire
        fresh: list[Statement | None] = []
        try:
            wire.enter_pipeline_mode()
            for (statement, _), parameters in zip(steps, values, strict=True):
                forms = [int(type(one) is Binary) for one in parameters]
                if not keep:
                    wire.send_query_params(statement.text, parameters, param_formats=forms)
                    fresh.append(None)
                    continue
                if statement.name not in self._prepared:
                    wire.send_prepare(statement.name, statement.text)
                    fresh.append(statement)
                wire.send_query_prepared(statement.name, parameters, param_formats=forms)
                fresh.append(None)
            wire.pipeline_sync()
            self._flush()
            # All answers are read before one is looked at: whatever they are, the connection can be used again.
            results = self._receive()
            wire.exit_pipeline_mode()
        except BaseException:
            # Half an exchange: nobody could tell whose the next answer is.
            self._raw.close()
            raise
        return self._rows(results, fresh)

    def forget(self) -> None:
        """Prepare everything anew: after some rollbacks psycopg has PostgreSQL forget all prepared statements."""
        self._prepared.clear()

    def finish(self, command: str) -> None:
        """End the transaction past psycopg, which would have PostgreSQL forget all prepared statements."""
        result = self._wire.exec_(command.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)

    def _flush(self) -> None:
        while self._wire.flush():
            # What is long enough to fill the socket: the server may want to be read before it reads on.
            self._socket.modify(self._wire.socket, select.POLLIN | select.POLLOUT)
            self._socket.poll()
            self._socket.modify(self._wire.socket, select.POLLIN)
            self._wire.consume_input()

    def _receive(self) -> list[PGresult]:
        wire = self._wire
        results: list[PGresult] = []
        while True:
            while wire.is_busy():
                self._socket.poll()
                wire.consume_input()
            result = wire.get_result()
            if wire.status == ConnStatus.BAD:
                raise psycopg.OperationalError(wire.get_error_message())
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _rows(self, results: list[PGresult], fresh: list[Statement | None]) -> list[list[tuple[Any, ...]]]:
        found: list[list[tuple[Any, ...]]] = []
        for result, statement in zip(results, fresh, strict=True):
            if result.status not in GOOD:
                raise psycopg.errors.error_from_result(result)
            if statement is not None:
                self._prepared.add(statement.name)
            elif result.status == ExecStatus.TUPLES_OK:
                self._reader.set_pgresult(result)
                found.append(list(self._reader.load_rows(0, result.ntuples, tuple)))
            else:
                found.append([])
        return found


def wire_of(raw: "psycopg.Connection[Any]") -> Wire:
    """The wire of a connection, made when it is first asked for; it lives as long as the connection."""
    kept = vars(raw)
    found = kept.get("hot_wire")
    if found is None:
        found = kept["hot_wire"] = Wire(raw)
    assert isinstance(found, Wire)
    return found
