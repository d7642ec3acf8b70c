"""Numbers taken by the thousand: all different, none taken before, no two writers in each other's way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from regulars.cards.actions import numbers
from regulars.cards.actions.numbers import LANES, take_generated_numbers, take_lane, take_numbers, take_short_numbers
from regulars.cards.errors import NumberTaken
from regulars.cards.rules import numbers as rules
from regulars.cards.rules.numbers import (
    WHOLE,
    Lane,
    drawing_below,
    generate_numbers,
    generate_short_numbers,
    has_luhn_digit,
)
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.platform.database import execute, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import open_counter


def test_lanes_never_make_the_same_number() -> None:
    dealt = [generate_numbers(2_000, lane=Lane(index, 8)) for index in range(8)]
    assert len({key for lane in dealt for key in lane}) == 16_000
    assert all(len(number) == 10 and has_luhn_digit(number) for lane in dealt for number in lane.values())
    short = [generate_short_numbers(2_000, 6, lane=Lane(index, 8)) for index in range(8)]
    assert len({key for lane in short for key in lane}) == 16_000
    assert all(100_000 <= int(number) <= 999_999 for lane in short for number in lane)


def test_numbers_of_a_format_have_its_shape() -> None:
    made = generate_numbers(500, "KN-######*", lane=Lane(3, 8))
    assert len(made) == 500
    assert all(number.startswith("KN-") and key == number.replace("-", "") for key, number in made.items())


def test_draws_stay_below_and_reach_every_value() -> None:
    below = drawing_below(5)
    assert {below(10) for _ in range(1_000)} == set(range(10))
    assert {below(1) for _ in range(10)} == {0}


@pytest.mark.django_db
def test_nobody_gets_a_number_that_is_taken() -> None:
    shop = open_counter()
    card = shop.issue("+4915112345678")
    with unit_of_work(shop.chain_id):
        taken = take_numbers(shop.actor, [(card.id, None)], number_format="#")[card.id]
        others = take_generated_numbers(shop.chain_id, [str(new_id()) for _ in range(5)], number_format="#")
        assert len({*others.values(), taken}) == 6
        take_generated_numbers(shop.chain_id, [card.id], number_format="B")
        with pytest.raises(Refused) as refused:
            take_generated_numbers(shop.chain_id, [card.id], number_format="B")
        assert isinstance(refused.value.refusal, NumberTaken)
        with pytest.raises(Refused) as refused:
            take_numbers(shop.actor, [(new_id(), "A-1"), (new_id(), "a1")], number_format="")
        assert isinstance(refused.value.refusal, NumberTaken)
        execute("DELETE FROM card_numbers WHERE card_id <> %s", [card.id])


@pytest.mark.django_db
def test_till_numbers_grow_longer_with_what_was_taken_since_they_were_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SIX_DIGITS_UNTIL", 30)
    monkeypatch.setattr(numbers, "_live_cards", {})
    shop = open_counter()
    with unit_of_work(shop.chain_id):
        first, second = (take_short_numbers(shop.chain_id, [new_id() for _ in range(20)]) for _ in range(2))
        execute("DELETE FROM card_short_numbers")
    assert {len(number) for number in first.values()} == {6}
    assert {len(number) for number in second.values()} == {7}


@pytest.mark.django_db
def test_nobody_gets_a_till_number_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "_live_cards", {})
    shop = open_counter()
    card = shop.issue("+4915112345678")
    with unit_of_work(shop.chain_id):
        # Of the numbers from 100000 to 999999, every even one is taken.
        execute(
            "INSERT INTO card_short_numbers (chain_id, number, card_id) SELECT %s, n::text, %s"
            " FROM generate_series(100000, 999999, 2) AS n ON CONFLICT DO NOTHING",
            [shop.chain_id, card.id],
        )
        found = take_short_numbers(shop.chain_id, [new_id() for _ in range(50)])
        execute("DELETE FROM card_short_numbers WHERE card_id <> %s", [card.id])
    assert len(set(found.values())) == 50
    assert all(int(number) % 2 for number in found.values())


@pytest.mark.committed
def test_transactions_side_by_side_hold_different_lanes(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    everybody_holds = Barrier(LANES + 1)

    def hold(_: int) -> Lane:
        try:
            with unit_of_work(shop.chain_id):
                lane = take_lane(shop.chain_id)
                everybody_holds.wait(30)
                everybody_holds.wait(30)
                return lane
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=LANES) as writers:
        holding = [writers.submit(hold, at) for at in range(LANES)]
        everybody_holds.wait(30)
        with unit_of_work(shop.chain_id):
            assert take_lane(shop.chain_id) == WHOLE
        everybody_holds.wait(30)
        held = [one.result() for one in holding]
    assert {lane.index for lane in held} == set(range(LANES))
    with unit_of_work(shop.chain_id):
        assert take_lane(shop.chain_id).count == LANES
