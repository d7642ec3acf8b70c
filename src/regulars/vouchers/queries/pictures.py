"""The pictures of vouchers and rewards."""

from dataclasses import dataclass
from uuid import UUID

from regulars.platform.database import row


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture; it never changes, so its id is as good as its content."""

    id: UUID
    media_type: str
    content: bytes


def find_picture(chain_id: UUID, picture_id: UUID | None) -> KeptPicture | None:
    """The picture with this id, or None."""
    if picture_id is None:
        return None
    found = row("SELECT media_type, content FROM pictures WHERE chain_id = %s AND id = %s", [chain_id, picture_id])
    return KeptPicture(picture_id, found[0], bytes(found[1])) if found else None
