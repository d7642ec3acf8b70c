"""Facts that staff announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SampleRemoved:
    """A sample chain goes; its rows are still there for who has files to delete, and gone when the transaction ends."""

    chain_id: UUID
