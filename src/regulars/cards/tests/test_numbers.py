"""Numbers drawn by the thousand: all different, none taken, no two writers in each other's way."""

import pytest

from regulars.cards.actions import numbers
from regulars.cards.actions.numbers import draw_numbers, draw_short_numbers, take_numbers
from regulars.cards.errors import NumberTaken
from regulars.cards.rules import numbers as rules
from regulars.cards.rules.numbers import drawing_below, generate_numbers, has_luhn_digit
from regulars.kernel.refusal import Refused
from regulars.platform.database import execute, rows, unit_of_work
from tests.ledger_kit import open_counter


@pytest.mark.parametrize("number_format", ["", "KN-######*", "@@@@@@##"])
def test_lanes_never_make_the_same_number(number_format: str) -> None:
    first, second = (generate_numbers(2_000, number_format, lane=lane, lanes=2) for lane in range(2))
    assert len(first) == len(second) == 2_000
    assert not first.keys() & second.keys()
    if not number_format:
        assert all(len(number) == 10 and has_luhn_digit(number) for number in first.values())
    elif number_format[0] == "K":
        assert all(number.startswith("KN-") and key == number.replace("-", "") for key, number in first.items())


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
        take_numbers(shop.actor, [(card.id, "A")], number_format="#")
        drawn = draw_numbers(shop.chain_id, 9, number_format="#", lane=0, lanes=1)
        assert {*drawn, taken} == set("0123456789")
        with pytest.raises(Refused) as refused:
            draw_numbers(shop.chain_id, 1, number_format="A", lane=0, lanes=1)
    assert isinstance(refused.value.refusal, NumberTaken)


@pytest.mark.django_db
def test_till_numbers_grow_longer_with_what_was_drawn_since_they_were_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SIX_DIGITS_UNTIL", 30)
    monkeypatch.setattr(numbers, "_live_cards", {})
    shop = open_counter()
    with unit_of_work(shop.chain_id):
        first, second = (draw_short_numbers(shop.chain_id, 20, lane=lane, lanes=2) for lane in range(2))
    assert {len(number) for number in first} == {6}
    assert {len(number) for number in second} == {7}
    assert len({*first, *second}) == 40


@pytest.mark.django_db
def test_nobody_gets_a_till_number_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_counter()
    card = shop.issue("+4915112345678")
    with unit_of_work(shop.chain_id):
        # Of the numbers from 100000 to 999999, every even one is taken.
        execute(
            "INSERT INTO card_short_numbers (chain_id, number, card_id) SELECT %s, n::text, %s"
            " FROM generate_series(100000, 999999) AS n WHERE n %% 2 = 0 ON CONFLICT DO NOTHING",
            [shop.chain_id, card.id],
        )
        free = {values[0] for values in rows("SELECT n::text FROM generate_series(100001, 999999, 2) AS n")}
        monkeypatch.setattr(numbers, "_live_cards", {shop.chain_id: (float("inf"), 0)})
        drawn = draw_short_numbers(shop.chain_id, 50, lane=0, lanes=1)
    assert len(set(drawn)) == 50
    assert set(drawn) <= free
