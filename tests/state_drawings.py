"""`python -m tests.state_drawings` writes docs/reference/states.md from the tables that the actions run on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "states.md"
HEAD = """# States of vouchers, codes, gift cards and memberships

Drawn from the tables that the actions run on by `python -m tests.state_drawings`; a test fails when this page is stale. What is not an arrow
here cannot be done: whoever asks for it is refused and told why. *◆* is what time does, without anybody asking.
"""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One table of transitions: where it stands, where its things begin, and what time does by itself."""

    title: str
    module: str
    text: str
    begins: tuple[str, ...]
    of_time: tuple[str, ...] = ()
    table: str = "TRANSITIONS"

    def transitions(self) -> dict[tuple[str, str], str]:
        return dict(getattr(import_module(self.module), self.table))


# Whoever has another thing with states adds its table here.
DRAWINGS: tuple[Drawing, ...] = (
    Drawing(
        title="Voucher",
        module="regulars.vouchers.rules.states",
        text="A voucher that begins later is *issued* until then; any other is *active* at once. A redemption that was made by hand is\n"
        "given back by hand, one that an order made comes back with the order; where its time is over meanwhile, it expires at once.",
        begins=("issued", "active"),
        of_time=("activate", "expire"),
    ),
    Drawing(
        title="Personal code",
        module="regulars.codes.rules.states",
        text="A code of a pool is nobody's until it is attached to a customer; where its pool wants that, it works once it is activated.",
        begins=("free",),
        of_time=("expire",),
    ),
    Drawing(
        title="Universal code",
        module="regulars.codes.rules.states",
        table="UNIVERSAL_TRANSITIONS",
        text="A code that many use; `use_last` is the use after which none is left.",
        begins=("active",),
        of_time=("expire",),
    ),
    Drawing(
        title="Gift card",
        module="regulars.giftcards.rules.states",
        text="`use_up` is the payment that leaves nothing, or the only one of a gift card for a single payment. What is given back to one whose\n"
        "time is over is good for 30 more days; `give_back_blocked` is the same for one that was blocked before.",
        begins=("active",),
        of_time=("expire",),
    ),
    Drawing(
        title="Membership",
        module="regulars.memberships.rules.states",
        text="A membership that begins with its first use is *sold* until then; any other is *active* at once. `undo_first_use` is the undoing of\n"
        "the only use, where that began it; `reopen` is whatever makes one usable again that was not: a use that was undone, days or visits that\n"
        "were added. A freeze begins and ends with its days, or by hand.",
        begins=("sold", "active"),
        of_time=("expire",),
    ),
)


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(one) for one in DRAWINGS)


def section(drawing: Drawing) -> str:
    """A diagram, and below it the same as a table, for whoever does not see diagrams."""
    transitions = drawing.transitions()
    return f"\n## {drawing.title}\n\n{drawing.text}\n\n{diagram(drawing, transitions)}\n{table(drawing, transitions)}"


def diagram(drawing: Drawing, transitions: Mapping[tuple[str, str], str]) -> str:
    """The arrows as Mermaid draws them."""
    arrows = [f"    [*] --> {state}\n" for state in drawing.begins]
    arrows += [
        f"    {start} --> {end} : {'◆ ' if verb in drawing.of_time else ''}{verb}\n"
        for (start, verb), end in transitions.items()
    ]
    arrows += [f"    {state} --> [*]\n" for state in final_states(drawing, transitions)]
    return f"```mermaid\nstateDiagram-v2\n{''.join(arrows)}```\n"


def final_states(drawing: Drawing, transitions: Mapping[tuple[str, str], str]) -> list[str]:
    """Where nothing leads on from."""
    reached = [*drawing.begins, *transitions.values()]
    starts = {start for start, _verb in transitions}
    return [state for state in dict.fromkeys(reached) if state not in starts]


def table(drawing: Drawing, transitions: Mapping[tuple[str, str], str]) -> str:
    """State by verb."""
    verbs = list(dict.fromkeys(verb for _start, verb in transitions))
    states = list(dict.fromkeys([*drawing.begins, *(start for start, _verb in transitions), *transitions.values()]))
    rows = "".join(
        f"| **{state}** | {' | '.join(transitions.get((state, verb), '–') for verb in verbs)} |\n" for state in states
    )
    head = " | ".join(f"◆ {verb}" if verb in drawing.of_time else verb for verb in verbs)
    return f"| | {head} |\n|---|{'---|' * len(verbs)}\n{rows}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
