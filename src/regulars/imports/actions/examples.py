"""Bringing in one of the example files by the importer everybody uses, its steps one after the other."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.types import CardTypeView
from regulars.imports.actions import requests
from regulars.imports.actions.steps import run_step
from regulars.imports.models import Import
from regulars.imports.rules.samples import SampleFile
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

EXAMPLES: Final = Path(__file__).resolve().parents[4] / "examples"
STEPS: Final = {"reading": "read", "checking": "check", "applying": "apply"}
STEPS_MAX: Final = 10


def upload_example(
    actor: Actor, file: SampleFile, card_type: CardTypeView, *, now: datetime, marks: dict[str, Any] | None = None
) -> Import:
    """Take the file in as somebody would; nothing is put into the background."""
    command = requests.UploadCommand(
        file_name=file.name,
        parts=_parts(EXAMPLES / file.name),
        kind="cards",
        card_type=encode("ctp", card_type.id),
        mode=file.mode,
        options=file.options | (marks or {}),
        is_again=True,
    )
    return requests.upload(actor, command, defer=_defer_nothing, now=now)


def work_on_example(actor: Actor, import_id: UUID, *, now: datetime) -> str:
    """Go on with an import from wherever it stands to its end; returns the state it came to."""
    state = state_of(actor, import_id)
    for _ in range(STEPS_MAX):
        if state == "checked":
            requests.apply(actor, encode("imp", import_id), defer=_defer_nothing, now=now)
        elif state in STEPS:
            run_step(actor.chain_id, import_id, STEPS[state], now=now)
        else:
            break
        state = state_of(actor, import_id)
    return state


def state_of(actor: Actor, import_id: UUID) -> str:
    """The state of an import now."""
    with unit_of_work(actor.chain_id):
        return str(Import.objects.values_list("state", flat=True).get(chain_id=actor.chain_id, id=import_id))


def _defer_nothing(chain_id: UUID, import_id: UUID, step: str) -> None:
    """Whoever works on an example does its steps one after the other."""


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 16):
            yield part
