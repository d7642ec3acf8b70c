"""What a row changes in the record of a known customer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from regulars.imports.rules.targets import PHONES_MAX
from regulars.kernel.text import search_form

PHONES_KEY: Final = "phones"
"""All phones of a customer in order, where a further one is added or another takes its place."""

MARKS: Final = str.maketrans(".,;", "   ")
FIELDS: Final = ("name", "email", "phone", "birthday", "language", "notes", "external_id")


def plan_details(
    row: Mapping[str, Any], known: Mapping[str, Any], *, fields: Literal["fill", "overwrite", "ignore"]
) -> dict[str, Any]:
    """The fields that will change and their new values; an empty cell never erases.

    `fill` writes only where nothing stands, `overwrite` where something else stands. Custom fields are keys of their
    own. Tags are many: `fill` adds those that are missing, `overwrite` leaves those of the cell and no others, so that
    an edited export changes exactly what was edited (IMP-8).
    """
    if fields == "ignore":
        return {}
    changes: dict[str, Any] = {}
    for name in (*FIELDS, *(key for key in row if key.startswith("custom:"))):
        value, present = row.get(name), known.get(name)
        if value in (None, "") or value == present:
            continue
        if present in (None, "") or fields == "overwrite":
            changes[name] = value
    tags = plan_tags(row.get("tags") or (), known.get("tags") or (), is_overwriting=fields == "overwrite")
    return changes if tags is None else changes | {"tags": tags}


def plan_tags(wanted: Sequence[str], present: Sequence[str], *, is_overwriting: bool) -> list[str] | None:
    """The tags a customer will have, or None where they stay; those that stay keep their places."""
    if not wanted:
        return None
    kept = [tag for tag in present if tag in wanted] if is_overwriting else list(present)
    after = [*kept, *(tag for tag in wanted if tag not in kept)]
    return None if after == list(present) else after


def plan_phones(
    first: str | None, further: Sequence[str], known: Sequence[str], *, fields: Literal["fill", "overwrite", "ignore"]
) -> tuple[str, ...]:
    """All phones a customer will have: `further` are the file's second, third … phone, "" where its cell is empty.

    `fill` adds where the customer has none at that place, `overwrite` also puts it in the place of the other one there.
    A phone that they have already stays where it is; nobody gets more than PHONES_MAX.
    """
    after = list(known)
    if fields == "ignore":
        return tuple(after)
    others = [phone for phone in known if phone != first] if first in known else list(known[1:])
    named = {first, *further}
    for place, phone in enumerate(further):
        if not phone or phone in after:
            continue
        if place < len(others) and others[place] not in named:
            if fields == "overwrite":
                after[after.index(others[place])] = phone
        elif len(after) < PHONES_MAX:
            after.append(phone)
    return tuple(after)


def do_names_agree(one: str | None, other: str | None) -> bool:
    """Whether two names may be the same person's: one has all words of the other, an initial stands for its word.

    A name that is missing contradicts nothing. Married couples share an address and a family name: that is not enough.
    """
    words, others = (search_form(name or "").translate(MARKS).split() for name in (one, other))
    short, long = sorted((words, others), key=len)
    left = list(long)
    for word in sorted(short, key=len, reverse=True):
        met = next((at for at, each in enumerate(left) if _is_same_word(word, each)), None)
        if met is None:
            return False
        del left[met]
    return True


def _is_same_word(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def is_named(row: Mapping[str, Any]) -> bool:
    """Whether a row says enough of an unknown person to make a customer: a name, e-mail or birthday."""
    return any(row.get(name) for name in ("name", "email", "birthday"))
