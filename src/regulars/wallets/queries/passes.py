"""Reads of passes."""

from datetime import datetime
from uuid import UUID

from regulars.platform.database import row, unit_of_work


def find_modified(chain_id: UUID, pass_id: UUID) -> datetime | None:
    """When what phones are told of a pass changed last; None for a pass that is not there."""
    with unit_of_work(chain_id):
        found = row("SELECT modified_at FROM wallet_passes WHERE id = %s", [pass_id])
    return found[0] if found else None
