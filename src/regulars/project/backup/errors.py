"""Why a backup could not be made or brought back, in sentences for the person at the terminal."""

from __future__ import annotations


class BackupError(RuntimeError):
    """It cannot be done; the message says why and what to do."""


class WrongPassphrase(BackupError):
    """The passphrase does not open the secret keys of this backup."""

    def __init__(self) -> None:
        super().__init__("This is not the passphrase of the backup.")


class Damaged(BackupError):
    """The file is not a whole backup."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"This file is not a whole backup of Regulars: {detail}.")
