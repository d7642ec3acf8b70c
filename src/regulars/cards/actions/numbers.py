"""Taking card numbers and till numbers: unique in the chain, whatever is issued at the same instant."""

import time
from collections.abc import Callable, Sequence
from random import SystemRandom
from threading import Lock
from typing import Final, TypeVar
from uuid import UUID

from regulars.cards.errors import NumberTaken
from regulars.cards.queries.cards import find_card_by_number
from regulars.cards.rules.numbers import (
    WHOLE,
    Lane,
    generate_numbers,
    generate_short_numbers,
    short_number_digits,
)
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.kernel.text import number_key
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

K = TypeVar("K", UUID, str)
"""A card's id; those who have thousands keep them as texts."""

ROUNDS_MAX: Final = 20
LIVE_CARDS_SECONDS: Final = 300
LANES: Final = 8
SEPARATOR: Final = "\x1f"
TRY_LANE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
WRITE: Final = """
WITH wanted AS (
    SELECT card_id::uuid, key
    FROM unnest(string_to_array(%(cards)s, %(separator)s), string_to_array(%(keys)s, %(separator)s)) AS w (card_id, key)
), written AS (
    INSERT INTO {table} (chain_id, {column}, card_id) SELECT %(chain)s, key, card_id FROM wanted ORDER BY key
    ON CONFLICT (chain_id, {column}) DO NOTHING RETURNING card_id
)
SELECT card_id::text FROM wanted WHERE card_id NOT IN (SELECT card_id FROM written)
"""
NUMBERS: Final = WRITE.format(table="card_numbers", column="key")
SHORT_NUMBERS: Final = WRITE.format(table="card_short_numbers", column="number")

_live_cards: dict[UUID, tuple[float, int]] = {}
"""When the till numbers of a chain were counted, and how many they are with those taken since."""

_counting = Lock()


def take_numbers(actor: Actor, wanted: Sequence[tuple[UUID, str | None]], *, number_format: str) -> dict[UUID, str]:
    """Give each card its number: the typed one, or a generated one where it is None.

    Refuses: NumberTaken for a typed number that another card of the chain has or had.
    """
    typed = {card_id: number.strip() for card_id, number in wanted if number}
    if typed:
        keys = [number_key(number) for number in typed.values()]
        refused = _write(NUMBERS, actor.chain_id, [str(card_id) for card_id in typed], keys)
        for card_id, number in typed.items():
            if str(card_id) in refused:
                raise Refused(_number_taken(actor, number))
    missing = [card_id for card_id, number in wanted if not number]
    return typed | take_generated_numbers(actor.chain_id, missing, number_format=number_format)


def take_generated_numbers(
    chain_id: UUID, cards: Sequence[K], *, number_format: str, lane: Lane = WHOLE
) -> dict[K, str]:
    """Give each card a generated number. Refuses: NumberTaken where the format has too few numbers left."""
    taken = _take(NUMBERS, chain_id, cards, lambda count: generate_numbers(count, number_format, lane=lane))
    if taken is None:
        raise Refused(NumberTaken(number=number_format))
    return taken


def take_short_numbers(chain_id: UUID, cards: Sequence[K], *, lane: Lane = WHOLE) -> dict[K, str]:
    """Give each card a random till number that no live card of the chain has."""
    digits = _digits_for(chain_id, len(cards))
    taken = _take(SHORT_NUMBERS, chain_id, cards, lambda count: generate_short_numbers(count, digits, lane=lane))
    assert taken is not None, "till numbers are drawn from at least four times as many as are taken"
    return taken


def take_lane(chain_id: UUID) -> Lane:
    """A lane to draw numbers from that no other holds until this transaction ends.

    For transactions that take thousands: a number that another has drawn and not yet committed would make them wait for
    its end. When every lane is held, they do wait.
    """
    for index in SystemRandom().sample(range(LANES), LANES):
        found = row(TRY_LANE, [f"regulars.numbers {chain_id} {index}"])
        if found and found[0]:
            return Lane(index, LANES)
    return WHOLE


def _number_taken(actor: Actor, number: str) -> NumberTaken:
    other = find_card_by_number(actor.chain_id, number_key(number))
    return NumberTaken(number=number, card=encode("crd", other[0]) if other and actor.may("cards:read") else None)


def _take(
    statement: str, chain_id: UUID, cards: Sequence[K], draw: Callable[[int], dict[str, str]]
) -> dict[K, str] | None:
    """Draw for every card, and again where somebody has the number; None where nearly all are taken."""
    taken: dict[K, str] = {}
    missing = list(cards)
    for _ in range(ROUNDS_MAX):
        if not missing:
            return taken
        drawn = draw(len(missing))
        refused = _write(statement, chain_id, [str(card) for card in missing], list(drawn))
        taken |= {
            card: number for card, number in zip(missing, drawn.values(), strict=True) if str(card) not in refused
        }
        missing = [card for card in missing if str(card) in refused] if refused else []
    return None


def _write(statement: str, chain_id: UUID, cards: Sequence[str], keys: Sequence[str]) -> set[str]:
    """Write keys of cards; the cards whose key another has. No key holds a unit separator."""
    values = {"chain": chain_id, "cards": SEPARATOR.join(cards), "keys": SEPARATOR.join(keys), "separator": SEPARATOR}
    return {values[0] for values in rows(statement, values)}


def _digits_for(chain_id: UUID, more: int) -> int:
    """How many digits the till numbers of so many more cards have; from now on they count as used."""
    with _counting:
        counted_at, count = _live_cards.get(chain_id, (-LIVE_CARDS_SECONDS, 0))
        if time.monotonic() - counted_at >= LIVE_CARDS_SECONDS:
            found = row("SELECT count(*) FROM card_short_numbers WHERE chain_id = %s", [chain_id])
            counted_at, count = time.monotonic(), found[0] if found else 0
        # An import takes a million between two counts.
        _live_cards[chain_id] = (counted_at, count + more)
    return short_number_digits(count + more)
