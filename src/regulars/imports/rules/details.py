"""What a row changes in the record of a known customer."""

from collections.abc import Mapping
from typing import Any, Final, Literal

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


def is_named(row: Mapping[str, Any]) -> bool:
    """Whether a row says enough of an unknown person to make a customer: a name, e-mail or birthday."""
    return any(row.get(name) for name in ("name", "email", "birthday"))
