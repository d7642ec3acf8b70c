"""Where the files of exports lie: in the installation's home, named by id alone."""

from pathlib import Path
from uuid import UUID

from django.conf import settings


def folder() -> Path:
    """The folder of all exports, made on first use."""
    path = Path(settings.FILES_ROOT) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export_id: UUID, file_format: str) -> Path:
    """The finished file of an export."""
    return folder() / f"{export_id.hex}.{file_format}"


def draft_of(export_id: UUID, file_format: str) -> Path:
    """The file while it is being written; a run that was killed leaves it and the next one writes it anew."""
    return folder() / f"{export_id.hex}.{file_format}.part"


def remove(export_id: UUID, file_format: str) -> None:
    """Delete the file of an export, finished or not."""
    path_of(export_id, file_format).unlink(missing_ok=True)
    draft_of(export_id, file_format).unlink(missing_ok=True)
