"""Milestones of a stamp card (RWD-1): tables of examples, and a model that only counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rewards.rules.milestones import (
    ROUNDS_AT_ONCE_MAX,
    Milestones,
    Reached,
    Standing,
    check_goals,
    give,
    leave,
    next_goal,
    room_for,
    settle,
    take_back,
)

EIGHT = Milestones((8,))
FOUR_EIGHT = Milestones((4, 8))
TWICE = Milestones((8,), rounds=2)


@pytest.mark.parametrize(
    ("milestones", "before", "count", "stamps", "round_", "reached", "refused"),
    [
        # One short of the goal, then at it: full, and nothing taken.
        (EIGHT, Standing(6), 1, 7, 0, [], 0),
        (EIGHT, Standing(7), 1, 8, 0, [(0, 8)], 0),
        # The next stamp begins a new round.
        (EIGHT, Standing(8, rewarded=frozenset({Reached(0, 8)})), 1, 1, 1, [], 0),
        # One scan over the goal begins it itself: 7 + 3 of 8.
        (EIGHT, Standing(7), 3, 2, 1, [(0, 8)], 0),
        # Several rounds in one scan; exactly two are full, not begun.
        (EIGHT, Standing(0), 16, 8, 1, [(0, 8), (1, 8)], 0),
        (EIGHT, Standing(0), 17, 1, 2, [(0, 8), (1, 8)], 0),
        # Several goals in one scan, and over a round.
        (FOUR_EIGHT, Standing(0), 8, 8, 0, [(0, 4), (0, 8)], 0),
        (FOUR_EIGHT, Standing(3), 10, 5, 1, [(0, 4), (0, 8), (1, 4)], 0),
        # Two rounds: the second stays full; what has no place is refused, what has is given.
        (TWICE, Standing(7, 1), 1, 8, 1, [(1, 8)], 0),
        (TWICE, Standing(8, 1), 1, 8, 1, [], 1),
        (TWICE, Standing(6, 1), 3, 8, 1, [(1, 8)], 1),
        (TWICE, Standing(0), 20, 8, 1, [(0, 8), (1, 8)], 4),
        # What a card stood at before is not rewarded by a later stamp; what was once rewarded is not rewarded again.
        (EIGHT, Standing(8), 1, 1, 1, [], 0),
        (EIGHT, Standing(19), 1, 4, 2, [], 0),
        (EIGHT, Standing(5, rewarded=frozenset({Reached(0, 8)})), 3, 8, 0, [], 0),
        # Stamps that were owed are filled first.
        (EIGHT, Standing(-2), 10, 8, 0, [(0, 8)], 0),
    ],
)
def test_what_stamps_bring(
    milestones: Milestones,
    before: Standing,
    count: int,
    stamps: int,
    round_: int,
    reached: list[tuple[int, int]],
    refused: int,
) -> None:
    gained = give(milestones, before, count)
    assert (gained.standing.stamps, gained.standing.round) == (stamps, round_)
    assert [(one.round, one.goal) for one in gained.reached] == reached
    assert (gained.given, gained.refused) == (count - refused, refused)
    assert gained.begun == (milestones.size,) * (round_ - before.round)


@pytest.mark.parametrize(
    ("before", "count", "begun", "stamps", "round_", "lost"),
    [
        # 7 + 3 of 8 taken back: seven of eight again.
        (Standing(2, 1, rewarded=frozenset({Reached(0, 8)})), 3, [8], 7, 0, [(0, 8)]),
        # Two more came meanwhile: the goal stays reached, so its reward stays.
        (Standing(4, 1, rewarded=frozenset({Reached(0, 8)})), 3, [8], 1, 1, []),
        # What began the round goes: the card is full again, as it was.
        (Standing(3, 1, rewarded=frozenset({Reached(0, 8)})), 3, [8], 8, 0, []),
        # Nothing was begun, one goal is lost.
        (Standing(5, rewarded=frozenset({Reached(0, 4)})), 2, [], 3, 0, [(0, 4)]),
        # A card that has been changed by hand meanwhile owes what it lacks.
        (Standing(1), 3, [], -2, 0, []),
    ],
)
def test_what_an_undo_takes_back(
    before: Standing, count: int, begun: list[int], stamps: int, round_: int, lost: list[tuple[int, int]]
) -> None:
    result = take_back(before, count, begun)
    assert (result.standing.stamps, result.standing.round) == (stamps, round_)
    assert [(one.round, one.goal) for one in result.lost] == lost
    assert len(result.given_back) == before.round - round_


@pytest.mark.parametrize(
    ("before", "stamps", "round_", "reached"),
    [
        (Standing(7), 7, 0, []),
        (Standing(8), 8, 0, [(0, 8)]),
        (Standing(19), 3, 2, [(0, 8), (1, 8)]),
        (Standing(19, settled=19), 3, 2, []),
    ],
)
def test_cards_above_a_goal_are_rewarded_for_what_is_not_settled(
    before: Standing, stamps: int, round_: int, reached: list[tuple[int, int]]
) -> None:
    gained = settle(EIGHT, before)
    assert (gained.standing.stamps, gained.standing.round) == (stamps, round_)
    assert [(one.round, one.goal) for one in gained.reached] == reached
    # A second time finds nothing more.
    again = settle(EIGHT, gained.standing)
    assert again.reached == ()
    assert again.begun == ()


def test_cards_that_are_left_get_nothing_for_what_they_have() -> None:
    left = leave(Standing(8))
    assert settle(EIGHT, left).reached == ()
    assert give(EIGHT, left, 8).reached == (Reached(1, 8),)


def test_a_slip_of_a_comma_begins_a_hundred_rounds_and_no_million() -> None:
    gained = give(Milestones((1,)), Standing(0), 1_000_000)
    assert len(gained.begun) == ROUNDS_AT_ONCE_MAX
    assert gained.standing.stamps == 1_000_000 - ROUNDS_AT_ONCE_MAX


@pytest.mark.parametrize(
    ("milestones", "standing", "goal", "missing", "round_"),
    [
        (FOUR_EIGHT, Standing(1), 4, 3, 0),
        (FOUR_EIGHT, Standing(4, rewarded=frozenset({Reached(0, 4)})), 8, 4, 0),
        (FOUR_EIGHT, Standing(8), 4, 4, 1),
        # Taken back, but its reward had been redeemed: the next one is the one after.
        (FOUR_EIGHT, Standing(3, rewarded=frozenset({Reached(0, 4)})), 8, 5, 0),
    ],
)
def test_the_next_goal(milestones: Milestones, standing: Standing, goal: int, missing: int, round_: int) -> None:
    found = next_goal(milestones, standing)
    assert found is not None
    assert (found.goal, found.missing, found.round) == (goal, missing, round_)


def test_a_full_card_in_its_last_round_has_no_next_goal() -> None:
    assert next_goal(TWICE, Standing(8, 1)) is None
    assert room_for(TWICE, Standing(8, 1)) == 0
    assert room_for(TWICE, Standing(6, 0)) == 10


@pytest.mark.parametrize(
    ("goals", "problem"),
    [
        ((4, 8), None),
        ((0,), (0, "out_of_range")),
        ((4, 101), (1, "out_of_range")),
        ((4, 8, 4), (2, "duplicate")),
    ],
)
def test_goals_are_checked(goals: tuple[int, ...], problem: tuple[int, str] | None) -> None:
    assert check_goals(goals) == problem


goal_sets = st.sets(st.integers(1, 12), min_size=1, max_size=4).map(lambda found: tuple(sorted(found)))


def absolute(milestones: Milestones, one: Reached) -> int:
    return one.round * milestones.size + one.goal


@given(goals=goal_sets, scans=st.lists(st.integers(1, 30), max_size=12))
def test_however_stamps_come_each_goal_is_rewarded_once(goals: tuple[int, ...], scans: list[int]) -> None:
    milestones, standing, total = Milestones(goals), Standing(0), 0
    rewarded: list[Reached] = []
    for count in scans:
        gained = give(milestones, standing, count)
        total += count
        rewarded += gained.reached
        assert standing.stamps + count - sum(gained.begun) == gained.standing.stamps
        standing = gained.standing
        assert 1 <= standing.stamps <= milestones.size
        assert standing.round * milestones.size + standing.stamps == total
    wanted = [
        Reached(number, goal)
        for number in range(total // milestones.size + 1)
        for goal in goals
        if number * milestones.size + goal <= total
    ]
    assert rewarded == wanted


@given(goals=goal_sets, rounds=st.integers(1, 4), scans=st.lists(st.integers(1, 30), max_size=12))
def test_limited_rounds_end_full(goals: tuple[int, ...], rounds: int, scans: list[int]) -> None:
    milestones, standing = Milestones(goals, rounds), Standing(0)
    given_in_all = refused = 0
    for count in scans:
        gained = give(milestones, standing, count)
        assert gained.given + gained.refused == count
        given_in_all += gained.given
        refused += gained.refused
        standing = gained.standing
        assert standing.round < rounds
    assert given_in_all == min(sum(scans), rounds * milestones.size)
    assert refused == sum(scans) - given_in_all


@given(
    goals=goal_sets,
    moves=st.lists(st.tuples(st.booleans(), st.integers(1, 25), st.booleans()), min_size=1, max_size=15),
)
def test_giving_and_taking_back_never_rewards_twice_and_ends_where_counting_ends(
    goals: tuple[int, ...], moves: list[tuple[bool, int, bool]]
) -> None:
    """Some lost rewards have been redeemed and are kept: they are never given again."""
    milestones, standing, total = Milestones(goals), Standing(0), 0
    begun: list[int] = []
    held: set[Reached] = set()
    for gives, count, is_kept in moves:
        if gives:
            gained = give(milestones, standing, count)
            assert held.isdisjoint(gained.reached)
            held |= set(gained.reached)
            begun += gained.begun
            standing, total = gained.standing, total + count
        elif count <= total:
            result = take_back(standing, count, begun)
            total -= count
            del begun[len(begun) - len(result.given_back) :]
            assert {one for one in held if absolute(milestones, one) > total} == set(result.lost)
            held -= set() if is_kept else set(result.lost)
            standing = replace(result.standing, rewarded=frozenset(held))
        assert standing.stamps + sum(begun) == total
        assert standing.round == len(begun)
        # What the stamps reach is rewarded, and beyond that only what had been redeemed.
        reached = {
            Reached(number, goal)
            for number in range(total // milestones.size + 1)
            for goal in goals
            if number * milestones.size + goal <= total
        }
        assert reached <= held
