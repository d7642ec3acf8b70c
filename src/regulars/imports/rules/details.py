"""What a row changes in the record of a known customer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from regulars.imports.rules.targets import PHONES_MAX

PHONES_KEY: Final = "phones"
"""All phones of a customer in order, where a further one is added or another takes its place."""

FIELDS: Final = ("name", "email", "phone", "birthday", "language", "notes", "external_id")


def plan_details(
    row: Mapping[str, Any], known: Mapping[str, Any], *, fields: Literal["fill", "overwrite", "ignore"]
) -> dict[str, Any]:
    """The fields that will change and their new values; an empty cell never erases.

    `fill` writes only where nothing stands, `overwrite` where something else stands. Tags and custom fields are keys of
    their own: tags are added, never taken away.
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
    tags = [tag for tag in row.get("tags") or () if tag not in (known.get("tags") or ())]
    if tags:
        changes["tags"] = [*(known.get("tags") or ()), *tags]
    return changes


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


def is_named(row: Mapping[str, Any]) -> bool:
    """Whether a row says enough of an unknown person to make a customer: a name, e-mail or birthday."""
    return any(row.get(name) for name in ("name", "email", "birthday"))
