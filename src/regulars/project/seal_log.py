"""The newest seals in a file outside the database: who rewrites a whole chain with its hashes is found by it (LED-5)."""

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

from regulars.ledger.actions.seal import Sealed
from regulars.ledger.sealing import read_seal_line, seal_line
from regulars.platform.clock import real_now

SEAL_LOG_SECONDS: Final = 60.0

logger = logging.getLogger("regulars.dispatcher")


class SealLog:
    """Keeps the newest seal of each chain outside the database: a line a minute at most, and one at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written_at: dict[UUID, float] = {}
        self._waiting: dict[UUID, Sealed] = {}

    def catch_up(self, newest: Iterable[Sealed]) -> None:
        """Append the newest seals that the file does not know: a process may die between commit and line."""
        known: dict[UUID, int] = {}
        if self.path.exists():
            with self.path.open(encoding="utf-8", errors="replace") as lines:
                known = {chain_id: number for chain_id, number, _ in filter(None, map(read_seal_line, lines))}
        for sealed in newest:
            if known.get(sealed.chain_id, 0) < sealed.number:
                self._waiting[sealed.chain_id] = sealed
        self.write(all_of_them=True)

    def note(self, sealed: Sealed) -> None:
        """Take a seal that is committed, and write it where its turn has come."""
        self._waiting[sealed.chain_id] = sealed
        self.write()

    def write(self, *, all_of_them: bool = False) -> None:
        """Append the seals whose chain has had no line for a minute; with `all_of_them` whatever waits."""
        at = time.monotonic()
        due = [
            sealed
            for chain_id, sealed in self._waiting.items()
            if all_of_them or at - self._written_at.get(chain_id, -SEAL_LOG_SECONDS) >= SEAL_LOG_SECONDS
        ]
        if not due:
            return
        stamp = real_now().isoformat(timespec="seconds")
        with self.path.open("a", encoding="utf-8") as log:
            for sealed in due:
                line = seal_line(
                    at=stamp,
                    chain_id=sealed.chain_id,
                    number=sealed.number,
                    last_seq=sealed.last_seq,
                    digest=sealed.hash,
                )
                log.write(line)
                logger.info("sealed %s", line.strip())
                self._written_at[sealed.chain_id] = at
                del self._waiting[sealed.chain_id]
