"""Secrets that pools send to remote services."""

from typing import Final
from uuid import UUID

from regulars.platform import hidden

_PURPOSE: Final = "regulars code pool secret"


def hide(text: str, pool_id: UUID) -> bytes:
    """A secret as it is stored, bound to its pool."""
    return hidden.hide(text.encode(), purpose=_PURPOSE, owner=pool_id.bytes)


def reveal(stored: bytes, pool_id: UUID) -> str | None:
    """What was hidden; None where it cannot be had any more."""
    found = hidden.reveal(stored, purpose=_PURPOSE, owner=pool_id.bytes)
    return None if found is None else found.decode()
