"""Entry points of the background: cards made, or taken back, many at once; lists of printers read."""

import tempfile
from pathlib import Path
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.cards.actions.bulk import run_bulk_issue
from regulars.cards.actions.number_lists import fail_number_list, find_list_work, keep_numbers
from regulars.cards.actions.resuming import BULK_ISSUES, NUMBER_LISTS, resume_cards
from regulars.chains.queries import get_chain
from regulars.imports.actions.files import source_of
from regulars.imports.actions.number_lists import read_number_list
from regulars.kernel.refusal import Refused
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work


@app.task(queue="cards", name="cards.bulk_issue", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def bulk_issue(chain_id: str, bulk_id: str) -> None:
    """Do all that is left of a bulk issue or of its undo; safe to run twice and after a kill."""
    run_bulk_issue(UUID(chain_id), UUID(bulk_id), now=now_in(UUID(chain_id)))


def defer_bulk_issue(chain_id: UUID, bulk_id: UUID) -> None:
    """Put a bulk issue into the background inside the running transaction."""
    bulk_issue.configure(lock=f"{BULK_ISSUES}-{bulk_id}").defer(chain_id=str(chain_id), bulk_id=str(bulk_id))


@app.task(queue="cards", name="cards.read_number_list", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def number_list(chain_id: str, list_id: str) -> None:
    """Read and check a printer's list; safe to run twice and after a kill."""
    read_list(UUID(chain_id), UUID(list_id))


def defer_number_list(chain_id: UUID, list_id: UUID) -> None:
    """Put the reading of a list into the background inside the running transaction."""
    number_list.configure(lock=f"{NUMBER_LISTS}-{list_id}").defer(chain_id=str(chain_id), list_id=str(list_id))


@app.periodic(cron="*/5 * * * *")
@app.task(queue="cards", name="cards.resume", queueing_lock="cards-resume")
def resume(timestamp: int) -> None:
    """Go on with what has lost its job; also minutes after a start. `timestamp` is when this run was due."""
    resume_cards(defer_bulk_issue=defer_bulk_issue, defer_number_list=defer_number_list)


def read_list(chain_id: UUID, list_id: UUID) -> None:
    """Read the file of a list that waits for it and keep its rows, or why it cannot be read."""
    waits, column = find_list_work(chain_id, list_id)
    if not waits:
        return
    with unit_of_work(chain_id):
        country = get_chain(chain_id).country
    try:
        with tempfile.TemporaryDirectory(prefix="regulars-list-") as folder:
            read = read_number_list(source_of(list_id), Path(folder), column=column, country=country)
    except Refused as refused:
        refusal = refused.refusal
        fail_number_list(chain_id, list_id, {"code": refusal.code, "facts": refusal.values()})
        return
    keep_numbers(chain_id, list_id, read.listed, column=read.column, columns=read.columns)
