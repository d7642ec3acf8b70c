"""From the key in the request to the actor: `Authorization: Bearer rk_…`, never a cookie (API.md, Manners)."""

import hashlib
import re
from typing import Any, Final

import psycopg
from django.db import connection
from django.http import HttpRequest

from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor, rights_of
from regulars.platform.client_address import client_address
from regulars.platform.errors import Unauthorized
from regulars.platform.hot import HotCursor

BEARER: Final = re.compile(r"[Bb]earer +(rk_[A-Za-z0-9_-]{16,128})", re.ASCII)
DOOR: Final = (
    "SELECT chain_id, staff_id, login_id, key_id, role, rights_added, rights_removed, location_ids, scopes, language"
    " FROM door_api_key(%(hash)s)"
)


def key_hash_of(request: HttpRequest) -> bytes:
    """The hash under which the request's key is stored. Refuses: Unauthorized where there is no key or no whole one."""
    match = BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", "").strip())
    if match is None:
        raise Refused(Unauthorized())
    return hash_key(match[1])


def hash_key(key: str) -> bytes:
    """How keys are stored: they are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).digest()


def actor_of_key(request: HttpRequest, key_hash: bytes) -> Actor:
    """The staff login that the key acts for, with the rights that both have. Refuses: Unauthorized.

    One round trip, asked anew for every request, so that a revoked key ends at once.
    """
    found = _through_the_door(key_hash)
    if found is None:
        raise Refused(Unauthorized())
    chain_id, staff_id, login_id, key_id, role, added, removed, location_ids, scopes, language = found
    return Actor(
        chain_id=chain_id,
        staff_id=staff_id,
        login_id=login_id,
        key_id=key_id,
        rights=rights_of(role, added, removed) & set(scopes),
        location_ids=None if location_ids is None else frozenset(location_ids),
        through="api",
        address=client_address(request),
        request_id=getattr(request, "request_id", ""),
        language=language,
    )


def _ask(key_hash: bytes) -> tuple[Any, ...] | None:
    found = HotCursor(connection.connection).call(DOOR, {"hash": key_hash})
    return found[0] if found else None


def _through_the_door(key_hash: bytes) -> tuple[Any, ...] | None:
    """Ask once more over a new connection where the old one had died unnoticed; then it needs no check of its own."""
    connection.ensure_connection()
    try:
        found = _ask(key_hash)
    except (psycopg.OperationalError, psycopg.InterfaceError):
        if connection.in_atomic_block or not connection.connection.closed:
            raise
        connection.close()
        connection.ensure_connection()
        found = _ask(key_hash)
    connection.health_check_done = True  # type: ignore[attr-defined]
    return found
