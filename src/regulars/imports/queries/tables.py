"""Names of an import's staging tables; made of its id alone, so nothing from outside gets into a statement."""

from dataclasses import dataclass
from uuid import UUID

from regulars.platform.database import row


@dataclass(frozen=True, slots=True)
class Staging:
    """The two unlogged tables of one import: what rows say and what will be done."""

    rows: str
    plan: str


def staging_of(import_id: UUID) -> Staging:
    """The staging tables of an import."""
    suffix = import_id.hex
    return Staging(rows=f"staging.rows_{suffix}", plan=f"staging.plan_{suffix}")


def has_plan(import_id: UUID) -> bool:
    """Whether the import was read so far that there is something to show; asked, for a failed statement ends the unit of work."""
    found = row("SELECT to_regclass(%s) IS NOT NULL", [staging_of(import_id).plan])
    return bool(found and found[0])
