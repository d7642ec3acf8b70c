"""Idempotency keys as values: one key, one effect, one answer (LED-2; DESIGN section 7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.database import execute, row

T = TypeVar("T")
Present = Callable[[T], tuple[int, str]]
"""Turns the outcome of an action into the answer that is stored and sent: status and JSON text."""


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


def find_answer(claim: Claim) -> StoredAnswer | None:
    """The answer that this key has been given already, in the running unit of work."""
    found = row(
        "SELECT body_hash, status, answer FROM idempotency_keys WHERE holder_id = %s AND route = %s AND key = %s",
        [claim.holder_id, claim.route, claim.key],
    )
    if found is None:
        return None
    return StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(found[0]), found[1], found[2])


@contextmanager
def claimed(actor: Actor, claim: Claim | None) -> Iterator[Callable[[Present[Any] | None, Any], None]]:
    """Inside a unit of work: give way to an answer that exists, else hand out what stores the new one.

    Raises Answered where the key was used before. The function handed out is called once, last, with the presenter
    and the outcome, so that effect and answer are committed together.
    """
    if claim is not None:
        stored = find_answer(claim)
        if stored is not None:
            raise Answered(stored)

    def answer(present: Present[Any] | None, outcome: Any) -> None:
        if claim is None or present is None:
            return
        status, text = present(outcome)
        store_answer(actor.chain_id, claim.answered(status=status, answer=text))

    yield answer
