"""Lists on the wire: `{"items", "next_cursor"}`, limits, orders, and cursors that only their own list takes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import Field

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.fields import Filters
from regulars.platform.errors import InvalidCursor

T = TypeVar("T")

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200
SIGNATURE_BYTES: Final = 12

Position = list[str | int | None]
"""Where a page ended: the values of the order's columns in the last row. Times as RFC 3339 text, ids as UUID text."""


class Paged(Filters):
    """What every list takes beside its own filters."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="How many items at most.")] = LIMIT_DEFAULT
    cursor: Annotated[str | None, Field(max_length=600, description="`next_cursor` of the page before.")] = None


def write_cursor(listing: str, position: Position) -> str:
    """An opaque, signed cursor that only `listing` takes (its name with what decides the order: "customers:-name")."""
    body = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_signature(listing, body) + body).decode().rstrip("=")


def read_cursor(listing: str, cursor: str | None, *, length: int | None = None) -> Position | None:
    """Read what `write_cursor` wrote for the same list; None for no cursor. Refuses: InvalidCursor."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Refused(InvalidCursor()) from None
    signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(listing, body)):
        raise Refused(InvalidCursor())
    position: Position = json.loads(body)
    if length is not None and len(position) != length:
        raise Refused(InvalidCursor())
    return position


def _signature(listing: str, body: bytes) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"cursor\0" + listing.encode() + b"\0" + body, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def page_of(
    rows: Sequence[T],
    *,
    limit: int,
    listing: str,
    position: Callable[[T], Position],
    present: Callable[[T], Any],
) -> dict[str, Any]:
    """The body of a list from `limit + 1` rows read: one row more than shown means that there is a next page."""
    shown = rows[:limit]
    has_more = len(rows) > limit
    return {
        "items": [present(row) for row in shown],
        "next_cursor": write_cursor(listing, position(shown[-1])) if has_more and shown else None,
    }


def whole_list(items: Iterable[Any]) -> dict[str, Any]:
    """The body of a list that is never long enough for a second page."""
    return {"items": list(items), "next_cursor": None}


def check_order(order: str | None, known: Sequence[str], *, default: str) -> str:
    """The wanted order, `name` or `-name` for descending. Refuses: Invalid where it is not among `known`."""
    if not order:
        return default
    if order not in known:
        detail = _("One of: %(values)s.") % {"values": ", ".join(known)}
        raise Refused(Invalid(errors=(FieldProblem("/query/order", "unknown_value", detail),)))
    return order


def list_body(items: Iterable[Any], next_cursor: str | None) -> dict[str, Any]:
    """The body of one page of a list."""
    return {"items": list(items), "next_cursor": next_cursor}


def read_id_cursor(listing: str, cursor: str | None) -> UUID | None:
    """Read a cursor that holds only an id. Refuses: InvalidCursor."""
    position = read_cursor(listing, cursor, length=1)
    return UUID(str(position[0])) if position else None


def read_text_cursor(listing: str, cursor: str | None) -> tuple[str, UUID] | None:
    """Read a cursor that holds a text and an id. Refuses: InvalidCursor."""
    position = read_cursor(listing, cursor, length=2)
    return (str(position[0]), UUID(str(position[1]))) if position else None
