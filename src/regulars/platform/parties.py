"""What requests that arrive together have done for all of them in one transaction, and each gets its own answer (ADR 18)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, Self, TypeVar

import psycopg
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils.translation import get_language

from regulars.kernel.refusal import Refusal, Refused
from regulars.platform.actor import Actor
from regulars.platform.assumed_key import AssumedKey, KeyChanged, unproved_key
from regulars.platform.claims import Answered, Claim, Present
from regulars.platform.convoy import Convoy
from regulars.platform.languages import speaking

V = TypeVar("V")

PATIENCE: Final = 0.25
"""So many seconds a request waits for others of its chain that do not get on: one of their cards may be locked by an import."""
PARTY_MAX: Final = 16
"""How many requests share a transaction: what one card needs after another takes steps, and others wait for all of them."""


class Asks(Protocol):
    """What somebody asks for: who, under which key, and how the answer is written that the key keeps."""

    @property
    def actor(self) -> Actor: ...
    @property
    def claim(self) -> Claim | None: ...
    @property
    def present(self) -> Present[Any] | None: ...
    def presented_by(self, present: Present[Any]) -> Self:
        """The same, with an answer that is written in another way."""
        ...


A = TypeVar("A", bound=Asks)


@dataclass(slots=True)
class _Rider(Generic[A, V]):
    """Somebody's request in a convoy; `outcome` None says that it has to be done alone."""

    asked: A
    now: datetime
    alone: Callable[[], V]
    key: AssumedKey | None
    language: str | None
    """In which the answer is written."""
    outcome: V | Refusal | Answered | KeyChanged | None = None


class Parties(Generic[A, V]):
    """Requests of one kind that share transactions where they arrive together.

    `together(asked, now=…)` does them in one transaction and tells what became of each by its place; what it leaves out
    is done alone, and so is everything where it fails with a fault of the database or with one of `fails_with`.
    """

    def __init__(
        self, together: Callable[..., Mapping[int, V | Refusal | Answered]], *, fails_with: tuple[type[Exception], ...]
    ) -> None:
        self._together: Final = together
        self._fails_with: Final[tuple[type[Exception], ...]] = (*fails_with, psycopg.Error, DatabaseFault)
        self.convoy: Final = Convoy[_Rider[A, V]](
            key=lambda rider: rider.asked.actor.chain_id, fit=_fit, most=PARTY_MAX, patience=PATIENCE
        )

    def do(self, asked: A, *, now: datetime, alone: Callable[[], V]) -> V:
        """Do it alone, or with others where others are under way. Refuses and raises what doing it alone does."""
        if connection.in_atomic_block:
            return alone()
        rider: _Rider[A, V] = _Rider(asked, now, alone, unproved_key(asked.actor.chain_id), get_language())
        self.convoy.travel(rider, self._do_all)
        match rider.outcome:
            case None:
                return alone()
            case Refusal():
                raise Refused(rider.outcome)
            case Answered() | KeyChanged():
                raise rider.outcome
            case _:
                return rider.outcome

    def _do_all(self, riders: Sequence[_Rider[A, V]]) -> None:
        """Do what a party asks for; what fails together is left to each alone."""
        if len(riders) == 1:
            riders[0].outcome = _alone(riders[0])
            return
        try:
            spoken = riders[0].language
            asked = [one.asked if one.language == spoken else _in_own_language(one) for one in riders]
            found = self._together(asked, now=max(one.now for one in riders))
        except KeyChanged:
            for one in riders:
                one.outcome = KeyChanged()
            return
        except self._fails_with:
            return
        leader = riders[0].key
        for at, one in enumerate(riders):
            one.outcome = found.get(at)
            if one.key is not None and leader is not None:
                # It is the same key, and the door has said the same of it to all of them.
                one.key.is_proved = leader.is_proved


def _alone(rider: _Rider[Any, V]) -> V | Refusal | Answered:
    try:
        return rider.alone()
    except Refused as refused:
        return refused.refusal
    except Answered as answered:
        return answered


def _in_own_language(rider: _Rider[A, V]) -> A:
    write, language = rider.asked.present, rider.language
    if write is None:
        return rider.asked

    def present(value: V) -> tuple[int, str]:
        with speaking(language):
            return write(value)

    return rider.asked.presented_by(present)


def _fit(one: _Rider[Any, Any], other: _Rider[Any, Any]) -> bool:
    """Whether two may share a transaction: one chain, one key that the door said one thing of, one route."""
    return _holder(one) == _holder(other)


def _holder(rider: _Rider[Any, Any]) -> tuple[object, ...]:
    claim, key = rider.asked.claim, rider.key
    return (
        rider.asked.actor.chain_id,
        rider.asked.actor.staff_id,
        (key.key_hash, key.row) if key else None,
        (claim.holder_id, claim.route) if claim else None,
    )
