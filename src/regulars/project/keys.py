"""Secrets of this installation: made once, kept in its home, readable by its owner only."""

import contextlib
import os
import secrets
from pathlib import Path


def read_or_make_key(home: Path, name: str) -> str:
    """Return the secret called `name`, from the environment (REGULARS_SECRET_KEY …) or from `home`, made on first use."""
    given = os.environ.get("REGULARS_" + name.upper().replace("-", "_"))
    if given:
        return given
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        # Written beside and linked into place, so that a second process never reads half a key.
        draft = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
