"""Pictures that Google fetches: kept under the hash of their content, so that what is named once stays what it was."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.kernel.ids import encode
from regulars.platform.database import execute

FOLDER: Final = "/google/pictures"


def picture_url(chain_id: UUID, picture: bytes, *, now: datetime) -> str:
    """Keep a picture of a chain; the address that Google fetches it from. Called in a unit of work."""
    name = hashlib.sha256(picture).hexdigest()
    execute(
        "INSERT INTO wallet_pictures (chain_id, hash, content, at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [chain_id, name, picture, now],
    )
    return f"{settings.URL}{FOLDER}/{encode('chn', chain_id)}/{name}.png"
