"""The diagrams of states in the documentation are those that run."""

import pytest

from tests.state_drawings import DRAWINGS, PAGE, Drawing, final_states, page


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text() == page(), "python -m tests.state_drawings writes it anew"


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.title)
def test_every_state_is_reached_from_where_it_begins(drawing: Drawing) -> None:
    transitions = drawing.transitions()
    assert transitions
    reached = set(drawing.begins)
    while more := {end for (start, _verb), end in transitions.items() if start in reached} - reached:
        reached |= more
    assert reached == {*drawing.begins, *(start for start, _verb in transitions), *transitions.values()}
    assert set(drawing.of_time) <= {verb for _start, verb in transitions}
    assert set(final_states(drawing, transitions)) <= reached
