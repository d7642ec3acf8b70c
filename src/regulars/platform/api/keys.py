"""From the key in the request to the actor: `Authorization: Bearer rk_…`, never a cookie (API.md, Manners)."""

import hashlib
import re
from functools import lru_cache
from typing import Final

import psycopg
from django.db import connection
from django.http import HttpRequest

from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor, rights_of
from regulars.platform.assumed_key import DOOR_COLUMNS, AssumedKey, DoorRow
from regulars.platform.client_address import client_address
from regulars.platform.errors import Unauthorized
from regulars.platform.hot import HotCursor, fresh_connection

BEARER: Final = re.compile(r"[Bb]earer +(rk_[A-Za-z0-9_-]{16,128})", re.ASCII)
DOOR: Final = f"SELECT {DOOR_COLUMNS} FROM door_api_key(%(hash)s)"


def key_hash_of(request: HttpRequest) -> bytes:
    """The hash under which the request's key is stored. Refuses: Unauthorized where there is no key or no whole one."""
    match = BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", "").strip())
    if match is None:
        raise Refused(Unauthorized())
    return hash_key(match[1])


def hash_key(key: str) -> bytes:
    """How keys are stored: they are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).digest()


REMEMBERED_MAX: Final = 1_000

_remembered: dict[bytes, DoorRow] = {}


def assumed_key(key_hash: bytes) -> AssumedKey | None:
    """The key as the door told of it to this process before, still to be proved; None where it did not."""
    row = _remembered.get(key_hash)
    return AssumedKey(key_hash, row, ask=ask_door) if row else None


def remember_key(key_hash: bytes, row: DoorRow) -> None:
    """Keep what the door said of a key, for `assumed_key`."""
    if len(_remembered) >= REMEMBERED_MAX:
        _remembered.clear()
    _remembered[key_hash] = row


def forget_key(key_hash: bytes) -> None:
    """Keep nothing of a key that is not as it was."""
    _remembered.pop(key_hash, None)


def actor_of_key(request: HttpRequest, row: DoorRow) -> Actor:
    """The staff login that the key acts for, with the rights that both have."""
    chain_id, staff_id, login_id, key_id, role, added, removed, location_ids, scopes, language, _ahead = row
    return Actor(
        chain_id=chain_id,
        staff_id=staff_id,
        login_id=login_id,
        key_id=key_id,
        rights=_rights_of_key(role, tuple(added or ()), tuple(removed or ()), tuple(scopes)),
        location_ids=None if location_ids is None else frozenset(location_ids),
        through="api",
        address=client_address(request),
        request_id=getattr(request, "request_id", ""),
        language=language,
    )


@lru_cache(maxsize=1_000)
def _rights_of_key(
    role: str, added: tuple[str, ...], removed: tuple[str, ...], scopes: tuple[str, ...]
) -> frozenset[str]:
    return rights_of(role, added, removed) & set(scopes)


def row_of_key(key_hash: bytes) -> DoorRow:
    """What the door says of the key, asked anew, so that a revoked key ends at once. Refuses: Unauthorized."""
    row = ask_door(key_hash)
    if row is None:
        raise Refused(Unauthorized())
    return row


def ask_door(key_hash: bytes) -> DoorRow | None:
    """Ask the door in one round trip; once more over a new connection where the old one had died unnoticed."""
    connection.ensure_connection()
    try:
        found = HotCursor(connection.connection).call(DOOR, {"hash": key_hash})
    except (psycopg.OperationalError, psycopg.InterfaceError):
        if connection.in_atomic_block or not connection.connection.closed:
            raise
        found = HotCursor(fresh_connection()).call(DOOR, {"hash": key_hash})
    # It needs no check of its own any more.
    connection.health_check_done = True  # type: ignore[attr-defined]
    return found[0] if found else None
