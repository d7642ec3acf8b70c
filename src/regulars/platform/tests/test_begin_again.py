"""A request that has to begin again does so once, and nobody inside of it does it alone."""

import pytest

from regulars.platform.begin_again import (
    BeginAgain,
    beginning_again,
    begins_again,
    can_begin_again,
    is_second_time,
)


def test_it_lets_go_moves_what_stands_in_its_way_and_begins_again() -> None:
    told: list[str] = []

    def work() -> str:
        told.append("again" if is_second_time() else "first")
        if can_begin_again():
            raise BeginAgain(lambda: told.append("moved"))
        return "done"

    assert (beginning_again(work), told) == ("done", ["first", "moved", "again"])
    assert not can_begin_again()
    assert not is_second_time()


def test_the_outermost_begins_again_not_a_part_of_it() -> None:
    told: list[str] = []

    @begins_again
    def part() -> None:
        told.append("part")
        if can_begin_again():
            raise BeginAgain(lambda: told.append("moved"))

    @begins_again
    def whole() -> None:
        told.append("whole")
        part()

    whole()
    assert told == ["whole", "part", "moved", "whole", "part"]


def test_whatever_else_goes_wrong_goes_on_and_leaves_nothing_behind() -> None:
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        beginning_again(fails)
    assert not can_begin_again()
    with pytest.raises(BeginAgain):
        # Who asks a second time is told so: it would go on for ever.
        beginning_again(always_again)


def always_again() -> None:
    raise BeginAgain(lambda: None)
