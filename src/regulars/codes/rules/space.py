"""What a code of the code space belongs to, and which codes may be chosen by hand."""

import re
from typing import Final
from uuid import UUID

from msgspec import Struct

from regulars.codes.errors import CodeTooShort
from regulars.kernel.codes import RANDOM_LETTERS_MIN, code_key
from regulars.kernel.refusal import Refusal
from regulars.kernel.text import has_forbidden

KINDS: Final = ("promotion", "code", "voucher", "gift_card", "membership", "receipt")
CODE_LETTERS_MAX: Final = 64
DIFFERENT_MIN: Final = 6
"""So many letters of a chosen code are different, else it is one that anybody tries."""
CODE_TYPED_MAX: Final = 200
"""What is longer, with all its blanks, is no code."""

_CHOSEN: Final = re.compile(f"[A-Z0-9]{{{RANDOM_LETTERS_MIN},}}")


class CodeOwner(Struct, frozen=True):
    """Whose code it is: the kind of thing and its id; a universal code of promotions has none."""

    kind: str
    owner_id: UUID | None


def check_chosen(text: str) -> Refusal | None:
    """Whether somebody may choose this as the code of something that is worth money: long, of A to Z and digits, no pattern.

    Refuses: CodeTooShort.
    """
    key = code_key(text)
    if not _CHOSEN.fullmatch(key) or len(set(key)) < DIFFERENT_MIN:
        return CodeTooShort(text=text, least=RANDOM_LETTERS_MIN)
    return None


def could_be_generated(text: str) -> bool:
    """Whether this could be a code that was made, or chosen for something worth money: what a scanner reads otherwise is not."""
    return may_be_code(text) and _CHOSEN.fullmatch(key := code_key(text)) is not None and not key.isdigit()


def may_be_code(text: str) -> bool:
    """Whether this could be a code at all: it is not too long, and has nothing that no field takes."""
    return len(text) <= CODE_TYPED_MAX and not has_forbidden(text)
