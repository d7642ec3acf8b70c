"""Idempotency keys as values: one key, one effect, one answer (LED-2; DESIGN section 7)."""

from dataclasses import dataclass
from uuid import UUID

from regulars.platform.database import execute


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that came with a request: who holds it, on which route, and what the body was."""

    holder_id: UUID
    route: str
    key: str
    body_hash: bytes

    def answered(self, *, status: int, answer: str) -> "StoredAnswer":
        """Join the claim with the answer it is to give for seven days."""
        return StoredAnswer(self.holder_id, self.route, self.key, self.body_hash, status, answer)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that an idempotency key gives again."""

    holder_id: UUID
    route: str
    key: str
    body_hash: bytes
    status: int
    answer: str


class Answered(Exception):
    """The key already has an answer; the edge compares the bodies and gives it again, or refuses the key."""

    def __init__(self, stored: StoredAnswer) -> None:
        super().__init__(stored.key)
        self.stored = stored


def store_answer(chain_id: UUID, answer: StoredAnswer) -> None:
    """Keep an answer in the running unit of work; a second one for the same key raises a unique violation."""
    execute(
        "INSERT INTO idempotency_keys (holder_id, route, key, chain_id, body_hash, status, answer, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, now())",
        [
            answer.holder_id,
            answer.route,
            answer.key,
            chain_id,
            answer.body_hash,
            answer.status,
            answer.answer,
        ],
    )
