"""A file brought in as the wizard and the worker do it, for tests that ask what became of it."""

from collections import deque
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.imports.actions import requests
from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.imports.models import Import
from regulars.imports.queries.imports import CheckedRow, list_rows
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from tests.ledger_kit import Counter


def bring(
    counter: Counter,
    actor: Actor,
    content: str | bytes,
    *,
    name: str = "autumn.csv",
    kind: str = "cards",
    mode: str = "add",
    until: str = "applied",
    **options: Any,
) -> Import:
    """A file on its way in, worked on until it stands at `until`."""
    steps: deque[str] = deque()

    def defer(chain_id: UUID, import_id: UUID, step: str) -> None:
        steps.append(step)

    command = requests.UploadCommand(
        file_name=name,
        parts=[content.encode() if isinstance(content, str) else content],
        kind=kind,
        card_type=encode("ctp", counter.card_type.id) if kind == "cards" else "",
        mode=mode if kind == "cards" else "",
        options=options,
        is_again=True,
    )
    one = requests.upload(actor, command, defer=defer, now=timezone.now())
    while steps:
        run_step(counter.chain_id, one.id, steps.popleft(), now=timezone.now())
        one = read(counter, one)
        if one.state == "checked" and until == "applied":
            requests.apply(actor, encode("imp", one.id), defer=defer, now=timezone.now())
    assert one.state == until, one.problem or one.state
    return one


def take_back(counter: Counter, actor: Actor, one: Import) -> Import:
    """Undo an import to its end."""
    requests.undo(actor, encode("imp", one.id), defer=lambda *_: None, now=timezone.now())
    run_undo(counter.chain_id, one.id, now=timezone.now())
    return read(counter, one)


def read(counter: Counter, one: Import) -> Import:
    """The import as it is now."""
    with unit_of_work(counter.chain_id):
        return Import.objects.get(id=one.id)


def checked_rows(counter: Counter, one: Import, status: str = "") -> list[CheckedRow]:
    """The rows of the check, as the page lists them."""
    with unit_of_work(counter.chain_id):
        return list(list_rows(one, status=status, limit=100)[0])
