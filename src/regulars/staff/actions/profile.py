"""What people choose for themselves: name, language, theme, shortcuts, density of lists (ORG-7)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.chains.rules import LANGUAGES
from regulars.kernel.fields import check_choice, check_text
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import unit_of_work
from regulars.staff.actions.logins import NAME_LENGTH_MAX
from regulars.staff.models import Login

THEMES: Final = ("system", "light", "dark")
DENSITIES: Final = ("roomy", "dense")


def change_profile(
    *,
    login_id: UUID,
    actor: Actor | None,
    now: datetime,
    name: str | None = None,
    language: str | None = None,
    theme: str | None = None,
    shortcuts: bool | None = None,
    density: str | None = None,
) -> None:
    """Write what somebody chose for themselves; None leaves a choice as it is. Refuses: Invalid."""
    problems: list[FieldProblem] = []
    if name is not None:
        problems += check_text(name, "/name", length_max=NAME_LENGTH_MAX)
    if language is not None:
        problems += check_choice(language, LANGUAGES, "/language")
    if theme is not None:
        problems += check_choice(theme, THEMES, "/theme")
    if density is not None:
        problems += check_choice(density, DENSITIES, "/density")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    wanted: dict[str, Any] = {
        "name": None if name is None else one_line(name),
        "language": language,
        "theme": theme,
        "shortcuts": shortcuts,
        "density": density,
    }
    chosen = {key: value for key, value in wanted.items() if value is not None}
    with unit_of_work(actor.chain_id if actor else None, login_id=login_id):
        login = Login.objects.select_for_update(no_key=True).get(id=login_id)
        before, after = changed_only({key: getattr(login, key) for key in chosen}, chosen)
        if not after:
            return
        Login.objects.filter(id=login_id).update(**after)
        # Taste is nobody's business; a name stands in the journal's own lines.
        if actor and "name" in after:
            record(
                actor,
                verb="login.renamed",
                object_kind="login",
                object_id=login_id,
                now=now,
                before={"name": before["name"]},
                after={"name": after["name"]},
            )
