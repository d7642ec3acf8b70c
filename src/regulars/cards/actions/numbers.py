"""Taking card numbers and till numbers: unique in the chain, whatever is issued at the same instant."""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final
from uuid import UUID

from regulars.cards.errors import NumberTaken
from regulars.cards.queries.cards import find_card_by_number
from regulars.cards.rules.numbers import (
    drawing_below,
    generate_number,
    generate_numbers,
    generate_short_number,
    short_number_digits,
)
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.kernel.text import number_key
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

ROUNDS_MAX: Final = 20
LIVE_CARDS_SECONDS: Final = 300

_live_cards: dict[UUID, tuple[float, int]] = {}
"""When the till numbers of a chain were counted, and how many they are with those taken since."""

_counting = Lock()


def take_numbers(actor: Actor, wanted: Sequence[tuple[UUID, str | None]], *, number_format: str) -> dict[UUID, str]:
    """Give each card its number: the typed one, or a generated one where it is None.

    Refuses: NumberTaken for a typed number that another card of the chain has or had.
    """
    taken: dict[UUID, str] = {}
    typed = {card_id: number.strip() for card_id, number in wanted if number}
    if typed:
        free = _insert_numbers(actor.chain_id, typed)
        for card_id, number in typed.items():
            if card_id not in free:
                raise Refused(_number_taken(actor, number))
        taken |= typed
    missing = [card_id for card_id, number in wanted if not number]
    for _ in range(ROUNDS_MAX):
        if not missing:
            return taken
        drawn = _distinct(missing, lambda: generate_number(number_format), key=number_key)
        free = _insert_numbers(actor.chain_id, drawn)
        taken |= {card_id: number for card_id, number in drawn.items() if card_id in free}
        missing = [card_id for card_id in missing if card_id not in free]
    raise Refused(NumberTaken(number=number_format))


def _number_taken(actor: Actor, number: str) -> NumberTaken:
    other = find_card_by_number(actor.chain_id, number_key(number))
    return NumberTaken(number=number, card=encode("crd", other[0]) if other and actor.may("cards:read") else None)


def _distinct(ids: Sequence[UUID], draw: Callable[[], str], *, key: Callable[[str], str]) -> dict[UUID, str]:
    drawn: dict[str, str] = {}
    while len(drawn) < len(ids):
        number = draw()
        drawn[key(number)] = number
    return dict(zip(ids, drawn.values(), strict=True))


def _insert_numbers(chain_id: UUID, numbers: dict[UUID, str]) -> set[UUID]:
    found = rows(
        """
        INSERT INTO card_numbers (chain_id, key, card_id)
        SELECT %(chain)s, wanted.key, wanted.card_id
        FROM unnest(%(cards)s::uuid[], %(keys)s::text[]) AS wanted (card_id, key) ORDER BY wanted.key
        ON CONFLICT (chain_id, key) DO NOTHING RETURNING card_id
        """,
        {
            "chain": chain_id,
            "cards": list(numbers),
            "keys": [number_key(number) for number in numbers.values()],
        },
    )
    return {values[0] for values in found}


def draw_numbers(chain_id: UUID, count: int, *, number_format: str, lane: int, lanes: int) -> dict[str, str]:
    """So many different numbers, by their keys, that no card of the chain has or had.

    Nothing keeps them until they are written: who is quicker makes that a unique violation. Writers side by side draw from
    a lane each, for a number that the other has drawn and not yet committed would make them wait for one another.
    Refuses: NumberTaken where the format has too few numbers left.
    """
    free: dict[str, str] = {}
    for _ in range(ROUNDS_MAX):
        if len(free) == count:
            return free
        drawn = generate_numbers(count - len(free), number_format, lane=lane, lanes=lanes)
        taken = rows(
            "SELECT key FROM card_numbers WHERE chain_id = %s AND key = ANY(string_to_array(%s, ','))",
            [chain_id, ",".join(drawn)],
        )
        for values in taken:
            drawn.pop(values[0], None)
        free |= drawn
    raise Refused(NumberTaken(number=number_format))


def draw_short_numbers(chain_id: UUID, count: int, *, lane: int, lanes: int) -> list[str]:
    """So many different random till numbers that no live card of the chain has; see `draw_numbers`."""
    free: dict[str, None] = {}
    digits = _digits_for(chain_id, count)
    for _ in range(ROUNDS_MAX):
        if len(free) == count:
            return list(free)
        below = drawing_below(count)
        drawn: dict[str, None] = {}
        while len(drawn) + len(free) < count:
            number = generate_short_number(digits, below, lane=lane, lanes=lanes)
            if number not in free:
                drawn[number] = None
        taken = rows(
            "SELECT number FROM card_short_numbers WHERE chain_id = %s AND number = ANY(string_to_array(%s, ','))",
            [chain_id, ",".join(drawn)],
        )
        for values in taken:
            drawn.pop(values[0], None)
        free |= drawn
    raise AssertionError("till numbers are drawn from at least four times as many as are taken")


def take_short_numbers(chain_id: UUID, card_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Give each card a random till number that no live card of the chain has."""
    taken: dict[UUID, str] = {}
    missing = list(card_ids)
    digits = _digits_for(chain_id, len(missing))
    for _ in range(ROUNDS_MAX):
        if not missing:
            return taken
        drawn = _distinct(missing, lambda: generate_short_number(digits), key=str)
        found = rows(
            """
            INSERT INTO card_short_numbers (chain_id, number, card_id)
            SELECT %(chain)s, wanted.number, wanted.card_id
            FROM unnest(%(cards)s::uuid[], %(numbers)s::text[]) AS wanted (card_id, number) ORDER BY wanted.number
            ON CONFLICT (chain_id, number) DO NOTHING RETURNING card_id
            """,
            {"chain": chain_id, "cards": list(drawn), "numbers": list(drawn.values())},
        )
        free = {values[0] for values in found}
        taken |= {card_id: number for card_id, number in drawn.items() if card_id in free}
        missing = [card_id for card_id in missing if card_id not in free]
    raise AssertionError("till numbers are drawn from at least four times as many as are taken")


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
