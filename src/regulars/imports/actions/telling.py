"""Telling whoever waits for an import that it came to a point where it needs them, or to its end."""

from datetime import datetime
from typing import Any, Final

from regulars.imports.models import Import
from regulars.platform.actor import Actor
from regulars.staff.actions.notifications import notify

TOLD_STATES: Final = frozenset({"needs_mapping", "checked", "applied", "cancelled", "undone", "failed"})


def tell(actor: Actor, one: Import, *, now: datetime) -> None:
    """Notify in the unit of work that writes the state, where somebody waits for such a state."""
    if one.state not in TOLD_STATES or ("sample" in one.options and one.undone_by is None):
        # Sample data is told of as a whole.
        return
    facts: dict[str, Any] = {"file": one.file_name, "kind": one.kind}
    match one.state:
        case "checked":
            facts |= {"good": one.counts.get("good", 0), "errors": one.counts.get("error", 0)}
        case "applied" | "cancelled":
            result = one.result
            facts |= {name: result.get(name, 0) for name in ("created", "changed")}
            facts["left"] = result.get("left", 0) + result.get("failed", 0)
        case "failed":
            facts["problem"] = one.problem
        case "undone":
            done = one.undo_result
            facts["kept"] = done.get("cards_kept", 0) + done.get("amounts_left", 0)
        case _:
            pass
    notify(actor, f"import.{one.state}", subject_id=one.id, facts=facts, now=now)
