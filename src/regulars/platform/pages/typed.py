"""How numbers that people type are read."""

import re
from typing import Final

from django.utils.translation import get_language

SPACES: Final = re.compile(r"[\s'’]")
# 1,250,000 and, as India writes it, 12,50,000.
GROUPED: Final = re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}")


def typed_whole(text: str, *, digits_max: int = 8) -> int | None:
    """A whole number in at most so many digits; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= digits_max else None


def typed_amount(text: str) -> str:
    """A typed amount as a plain decimal: grouping taken out, the reader's decimal sign made a point, any minus a hyphen.

    What is no number stays as it is, for the action to refuse.
    """
    plain = SPACES.sub("", text).replace("−", "-").replace("–", "-")
    if plain.endswith("-") and not plain.startswith("-"):
        plain = "-" + plain[:-1]
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        group = "," if point > comma else "."
        return plain.replace(group, "").replace(",", ".")
    if comma < 0:
        return plain
    groups_with_comma = get_language() in ("en", "hi") and GROUPED.fullmatch(plain.lstrip("+-"))
    return plain.replace(",", "" if groups_with_comma else ".")
