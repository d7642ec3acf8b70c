"""How long a deleted card can come back; pure."""

from datetime import datetime, timedelta
from typing import Final

RESTORE_WINDOW: Final = timedelta(days=30)


def restorable_until(deleted_at: datetime) -> datetime:
    """The last moment at which a card deleted then can be restored (CRD-3)."""
    return deleted_at + RESTORE_WINDOW
