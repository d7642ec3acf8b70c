"""What codes refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class CodeTaken(Refusal):
    """Something of the chain has this code, or one that looks the same."""

    code: ClassVar[str] = "code_taken"
    message: ClassVar[str] = "The code “{text}”, or one that looks the same, is in use already. Choose another one."
    text: str = ""


@dataclass(frozen=True, slots=True)
class CodeTooShort(Refusal):
    """A code that is worth something has to be long enough that nobody guesses it (RWD-9)."""

    code: ClassVar[str] = "code_too_short"
    message: ClassVar[str] = (
        "The code “{text}” could be guessed: it needs at least {least} letters or digits. Leave it empty to have one made."
    )
    text: str = ""
    least: int = 0
