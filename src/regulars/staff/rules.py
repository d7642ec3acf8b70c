"""Decisions about staff: who may give which rights, which e-mails and scopes can be stored (ORG-2, ORG-5)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal
from uuid import UUID

from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem

ROLES: Final = ("owner", "manager", "marketer", "cashier", "analyst")
SEPARATE_RIGHTS: Final = (
    "balances:write",
    "cards:delete",
    "imports:write",
    "exports:write",
    "staff:write",
    "keys:write",
)
"""Rights that are given or taken one by one, whatever the role (ORG-2)."""

ADJUST_LIMIT_MAX: Final = 1_000_000_000
EMAIL_LENGTH_MAX: Final = 254
PASSWORD_LENGTH_MAX: Final = 1000
_EMAIL: Final = re.compile(r"[^\s@<>\",;:\\()\[\]]{1,64}@[^\s@<>\",;:\\()\[\]]{1,190}")


PIN_DIGITS: Final = range(4, 9)
# Columns, edges, corners and crosses of the keypad, and a few that everybody knows: no arithmetic finds them.
_COMMON_PINS: Final = frozenset(
    {
        "2580",
        "0852",
        "1470",
        "0741",
        "3690",
        "0963",
        "1478",
        "1236",
        "9874",
        "7896",
        "3698",
        "1397",
        "7139",
        "1379",
        "7913",
        "1004",
        "1342",
        "5683",
        "0070",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDraft:
    """What somebody shall be and do in a chain; `location_ids` None means everywhere.

    `adjust_limit` is the most that one change of a balance by hand may move, in whole units: None for no limit,
    "keep" for what it is now.
    """

    role: str
    separate_rights: frozenset[str] | None = None
    location_ids: frozenset[UUID] | None = None
    adjust_limit: int | Literal["keep"] | None = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far somebody's hand goes: their rights, and their locations (None: all)."""

    rights: frozenset[str]
    location_ids: frozenset[UUID] | None

    def covers(self, other: "Reach") -> bool:
        """Whether nothing of the other is out of reach."""
        if not other.rights <= self.rights:
            return False
        if self.location_ids is None:
            return True
        return other.location_ids is not None and other.location_ids <= self.location_ids


def check_email(text: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be an e-mail address that mail reaches."""
    problems = check_text(text, pointer, length_max=EMAIL_LENGTH_MAX)
    if not problems and not _EMAIL.fullmatch(text.strip()):
        problems = [FieldProblem(pointer, "invalid_email", "This is no e-mail address. Write it as anna@example.com.")]
    return problems


def check_place(draft: PlaceDraft, known_locations: Collection[UUID]) -> list[FieldProblem]:
    """Say why nobody can have this place: a role or right that does not exist, a location of another chain, none at all."""
    problems = []
    if draft.role not in ROLES:
        problems.append(FieldProblem("/role", "unknown_value", f"One of: {', '.join(ROLES)}."))
    if draft.separate_rights is not None and not draft.separate_rights <= set(SEPARATE_RIGHTS):
        problems.append(FieldProblem("/rights", "unknown_value", f"Any of: {', '.join(SEPARATE_RIGHTS)}."))
    if isinstance(draft.adjust_limit, int) and not 0 <= draft.adjust_limit <= ADJUST_LIMIT_MAX:
        problems.append(FieldProblem("/adjust_limit", "out_of_range", f"A whole number up to {ADJUST_LIMIT_MAX}."))
    if draft.location_ids is not None:
        if not draft.location_ids:
            problems.append(FieldProblem("/locations", "required", "Choose at least one location, or all of them."))
        elif not draft.location_ids <= set(known_locations):
            problems.append(FieldProblem("/locations", "unknown_location", "One of these locations does not exist."))
        elif draft.role == "owner":
            problems.append(FieldProblem("/locations", "owner_everywhere", "An owner is never limited to locations."))
    return problems


def check_scopes(scopes: Collection[str], known: Collection[str]) -> list[FieldProblem]:
    """Say why a key cannot have these scopes."""
    if not scopes:
        return [FieldProblem("/scopes", "required", "Choose at least one scope.")]
    unknown = sorted(set(scopes) - set(known))
    if unknown:
        return [FieldProblem("/scopes", "unknown_value", "One of these scopes does not exist.")]
    return []


def check_pin(pin: str, pointer: str) -> list[FieldProblem]:
    """Say why this is no PIN, or one that is guessed first."""
    if not (pin.isascii() and pin.isdecimal() and len(pin) in PIN_DIGITS):
        return [FieldProblem(pointer, "invalid_pin", "4 to 8 digits.")]
    if _is_guessed_first(pin):
        detail = "This PIN is among the first that anybody would try. Take digits without a pattern, and no year."
        return [FieldProblem(pointer, "weak_pin", detail)]
    return []


def _is_guessed_first(pin: str) -> bool:
    digits = [int(one) for one in pin]
    even_steps = {(after - before) % 10 for before, after in pairwise(digits)}
    repeats = any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1))
    doubled = pin[::2] == pin[1::2]
    is_year = len(pin) == 4 and pin[:2] in ("19", "20")
    return len(even_steps) == 1 or repeats or doubled or is_year or pin in _COMMON_PINS


def split_rights(
    of_role: frozenset[str], wanted: frozenset[str] | None, *, is_owner: bool
) -> tuple[frozenset[str], frozenset[str]]:
    """Write wanted separate rights as what is added to a role and what is taken away; an owner keeps everything."""
    if wanted is None or is_owner:
        return frozenset(), frozenset()
    separate = frozenset(SEPARATE_RIGHTS)
    return wanted - of_role, (of_role & separate) - wanted
