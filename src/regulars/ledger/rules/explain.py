"""A balance told as sentences that add up (LED-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SENTENCES_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One entry, as the explanation needs it; `reason` is what staff wrote, `source` where it came from."""

    at: datetime
    kind: str
    source: str
    amount: int
    reason: str = ""
    location: str = ""
    activates_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One part of the sum: a message key with its values, and the signed amount it stands for."""

    key: str
    amount: int
    at: datetime | None
    count: int = 1
    reason: str = ""
    place: str = ""
    source: str = ""
    activates_at: datetime | None = None
    """From when it can be spent, where that is later than it came."""


def explain(changes: Sequence[Change], *, earlier_sum: int, earlier_count: int) -> tuple[Sentence, ...]:
    """Turn a history, oldest first, into sentences whose amounts sum to the balance.

    What lies before the last SENTENCES_MAX changes is one sentence with their number and sum.
    """
    sentences: list[Sentence] = []
    if earlier_count:
        sentences.append(Sentence(key="earlier", amount=earlier_sum, at=None, count=earlier_count))
    sentences.extend(
        Sentence(
            key=change.kind,
            amount=change.amount,
            at=change.at,
            reason=change.reason,
            place=change.location,
            source=change.source,
            activates_at=change.activates_at if change.activates_at and change.activates_at > change.at else None,
        )
        for change in changes
    )
    assert sum(sentence.amount for sentence in sentences) == earlier_sum + sum(change.amount for change in changes)
    return tuple(sentences)
