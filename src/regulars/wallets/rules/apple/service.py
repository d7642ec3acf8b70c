"""What Apple's update service of passes says, as decisions.

Source: Apple, "Adding a web service to update passes". A phone asks which of its passes changed since a tag, then for each
pass; `lastUpdated` is opaque to it, and a growing number is the one kind that no encoding of addresses spoils.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from uuid import UUID

SCHEME: Final = "ApplePass "
TOKEN_LETTERS: Final = 43
DEVICE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
PUSH_TOKEN: Final = re.compile(r"[A-Fa-f0-9]{16,200}")
_SECOND: Final = timedelta(seconds=1)


def pass_token(pass_id: UUID, *, key: str) -> str:
    """The secret that a pass holds for asking about itself; Apple forbids that it ever changes."""
    return hmac.new(key.encode(), b"apple-pass:" + pass_id.bytes, hashlib.sha256).hexdigest()[:TOKEN_LETTERS]


def is_token_of(header: str, pass_id: UUID, *, key: str) -> bool:
    """Whether an Authorization header holds the secret of a pass; takes the same time whatever is wrong."""
    given = header[len(SCHEME) :] if header.startswith(SCHEME) else ""
    return hmac.compare_digest(given.encode("utf-8", "replace"), pass_token(pass_id, key=key).encode())


def read_tag(text: str | None) -> int:
    """The tag that a phone had from us; one that we cannot have given counts as none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else 0


def next_moment(last: datetime | None, now: datetime) -> datetime:
    """When a pass changed, as HTTP can say it: whole seconds, not before now, and never the same twice for one pass."""
    whole = now.replace(microsecond=0)
    wanted = whole if whole == now else whole + _SECOND
    return wanted if last is None or wanted > last else last + _SECOND


def is_unchanged(if_modified_since: str | None, modified_at: datetime) -> bool:
    """Whether what the phone has is the newest, by its If-Modified-Since header."""
    try:
        since = parsedate_to_datetime(if_modified_since or "")
    except ValueError:
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return since >= modified_at


def http_date(at: datetime) -> str:
    """A moment as headers of HTTP say it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)
