"""What programs refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class ProgramNotActive(Refusal):
    """A draft issues nothing, an archived program is read only (PRG-1)."""

    code: ClassVar[str] = "program_not_active"
    message: ClassVar[str] = "The program “{program}” is {state}: nothing can be done in it. Activate it first."
    program: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class StateChangeRefused(Refusal):
    """A program goes from draft to active, between active and paused, and into the archive; never back to draft."""

    code: ClassVar[str] = "state_change_refused"
    message: ClassVar[str] = "A program cannot go from {present} to {wanted}."
    present: str = ""
    wanted: str = ""
