# ruff: noqa: N999 - the command is called import, and so its file
"""Check a spreadsheet of cards, customers, orders of the past, codes or gift cards, and import its good rows with --apply.

Without --apply nothing is written: the counts say what would happen. Rows with problems go to a file beside the spreadsheet, with a column
that says what is wrong.
"""

from __future__ import annotations

import json
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connections

from regulars.imports.actions import requests
from regulars.imports.actions.steps import run_step
from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.models import Import
from regulars.imports.queries.imports import access_import
from regulars.imports.queries.problems import problem_file
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor, system_actor
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.programs.queries import list_programs
from regulars.project.chosen_chain import NoSuchChain, choose_chain
from regulars.project.commands.create_chain import explain
from regulars.project.progress import Bar

LOOK_SECONDS: Final = 0.3
PART_BYTES: Final = 1 << 20
OPTIONS: Final = (
    "sheet",
    "country",
    "decimal",
    "date_order",
    "existing",
    "missing",
    "customers",
    "fields",
    "encoding",
    "delimiter",
)
LABELS: Final = {"reading": "Reading", "checking": "Checking", "applying": "Importing"}
COUNTS: Final = {
    "rows": "rows",
    "create": "new",
    "change": "change",
    "unchanged": "unchanged",
    "warning": "with a warning",
    "conflict": "in conflict",
    "error": "with an error",
}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help=".xlsx, .xls, .ods, .csv or .tsv")
    parser.add_argument("--kind", choices=requests.KINDS, default="cards")
    parser.add_argument("--card-type", default="", help="external id or id (ctp_…) of the card type")
    parser.add_argument("--pool", default="", help="external id or id (cpl_…) of the pool that codes come into")
    parser.add_argument(
        "--gift-card-type", default="", help="id (gct_…) of the type of gift cards whose row names none"
    )
    parser.add_argument("--mode", choices=("add", "set"), default="", help="numbers are changes, or the new totals")
    parser.add_argument("--chain", help="name or id of the business, where there are several")
    parser.add_argument("--mapping", default="", metavar="JSON", help='{"phone": "Телефон", "balance": "Бонусы"}')
    parser.add_argument("--sheet", help="name of the sheet")
    parser.add_argument("--header-row", type=int, help="row of the headers, 1 is the first")
    parser.add_argument("--country", help="two letters: whose phones and numbers these are")
    parser.add_argument("--decimal", choices=("auto", ".", ","))
    parser.add_argument("--date-order", choices=("auto", "dmy", "mdy", "ymd"))
    parser.add_argument("--existing", choices=("change", "skip", "issue_another"))
    parser.add_argument("--missing", choices=("create", "skip"))
    parser.add_argument("--customers", choices=("named", "never"))
    parser.add_argument("--fields", choices=("fill", "overwrite", "ignore"))
    parser.add_argument("--encoding")
    parser.add_argument("--delimiter")
    parser.add_argument("--conflicts", choices=("leave", "overwrite"), default="leave")
    parser.add_argument("--again", action="store_true", help="import a file that was imported before")
    parser.add_argument("--apply", action="store_true", help="write the good rows")
    parser.add_argument("--problems", type=Path, help="where rows with problems go, .xlsx or .csv")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")


def run(options: Namespace) -> int:
    try:
        actor = system_actor(choose_chain(options.chain))
        one = check_file(actor, options)
        if one.state == "checked" and options.apply:
            one = apply_rows(actor, one, conflicts=options.conflicts)
    except NoSuchChain as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{options.file} cannot be read: {error.strerror or error}.\n")
        return 1
    except Refused as refused:
        sys.stderr.write(f"{explain(refused)}\n")
        return 1
    return report(actor, one, options)


def check_file(actor: Actor, options: Namespace) -> Import:
    """Read and check the file; nothing of the business is touched."""
    mapping = read_mapping(options.mapping)
    chosen: dict[str, Any] = {name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None}
    if options.header_row is not None:
        chosen["header_row"] = options.header_row
    if "country" in chosen:
        chosen["country"] = chosen["country"].upper()
    card_type = options.card_type
    if card_type and not card_type.startswith(("ctp_", "ext:")):
        card_type = f"ext:{card_type}"
    command = requests.UploadCommand(
        file_name=options.file.name,
        parts=_parts(options.file),
        kind=options.kind,
        card_type=card_type,
        pool=f"ext:{options.pool}" if options.pool and not options.pool.startswith(("cpl_", "ext:")) else options.pool,
        gift_card_type=options.gift_card_type,
        mode=options.mode,
        mapping=mapping,
        options=chosen,
        is_again=options.again,
    )
    steps: deque[str] = deque()
    one = requests.upload(
        actor, command, defer=lambda chain, made, step: steps.append(step), now=now_in(actor.chain_id)
    )
    return run_steps(actor, one.id, steps, now=now_in(actor.chain_id))


def apply_rows(actor: Actor, one: Import, *, conflicts: str) -> Import:
    """Write the good rows of a checked import."""
    steps: deque[str] = deque()
    now = now_in(actor.chain_id)
    identifier = encode("imp", one.id)
    requests.apply(actor, identifier, conflicts=conflicts, defer=lambda chain, made, step: steps.append(step), now=now)
    return run_steps(actor, one.id, steps, now=now)


def run_steps(actor: Actor, import_id: UUID, steps: deque[str], *, now: datetime) -> Import:
    """Do the steps of an import here, with a bar, and return what became of it."""
    with Bar() as bar:
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(actor, import_id, bar, ended), daemon=True)
        watcher.start()
        try:
            while steps:
                run_step(actor.chain_id, import_id, steps.popleft(), now=now)
        finally:
            ended.set()
            watcher.join()
    with unit_of_work(actor.chain_id):
        return access_import(actor, encode("imp", import_id))


def _watch(actor: Actor, import_id: UUID, bar: Bar, ended: threading.Event) -> None:
    try:
        while not ended.wait(LOOK_SECONDS):
            with unit_of_work(actor.chain_id):
                found = Import.objects.values_list("state", "rows_done", "rows_total").get(id=import_id)
            bar.show(LABELS.get(found[0], found[0]), found[1], found[2])
    finally:
        connections.close_all()


def read_mapping(text: str) -> dict[str, str]:
    """The mapping from the command line. Raises OSError with a sentence where it is none."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise OSError(0, f"the mapping is no JSON ({error})") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise OSError(0, "the mapping must be a JSON object of texts")
    return found


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


def report(actor: Actor, one: Import, options: Namespace) -> int:
    """Say what came of it: counts, effect, where the rows with problems are."""
    lines = describe(actor, one)
    problems = None
    if one.state in ("checked", "applied", "cancelled"):
        problems = write_problems(actor, one, options)
        if problems:
            lines.append(f"Rows with problems: {problems}")
    if one.state == "checked" and not options.apply:
        lines.append("Nothing was written. Run it again with --apply to import the good rows.")
    sys.stdout.write("\n".join(lines) + "\n")
    if options.json:
        facts = {
            "id": encode("imp", one.id),
            "state": one.state,
            "counts": one.counts,
            "result": one.result,
            "problem": one.problem,
            "problems_file": str(problems) if problems else None,
        }
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    return 0 if one.state in ("checked", "applied") else 1


def describe(actor: Actor, one: Import) -> list[str]:
    """The import in lines."""
    if one.state == "failed":
        problem = one.problem or {"code": "", "detail": "It failed."}
        refusal = FILE_REFUSALS.get(problem["code"])
        return [refusal.message.format_map(problem["values"]) if refusal and "values" in problem else problem["detail"]]
    if one.state == "needs_mapping":
        lines = ["It is not clear what the columns are. Say it with --mapping, and the decimal sign with --decimal:"]
        return lines + [f"  {column['header']}: {column.get('guess') or '?'}" for column in one.columns]
    lines = [
        ", ".join(f"{one.counts[key]:,} {word}" for key, word in COUNTS.items() if one.counts.get(key)) or "No rows"
    ]
    with unit_of_work(actor.chain_id):
        decimals = {b.external_id: b.decimals for program in list_programs(actor) for b in program.balance_types}
    for effect in one.effect:
        name = effect["balance_type"]
        plus, minus = (format_amount(int(effect[key]), decimals.get(name, 0)) for key in ("plus", "minus"))
        lines.append(f"{name}: +{plus} {minus if minus.startswith('-') else '-' + minus}")
    if one.result:
        lines.append(
            "Imported: "
            + ", ".join(f"{count:,} {name}" for name, count in one.result.items() if isinstance(count, int))
        )
    return lines


def write_problems(actor: Actor, one: Import, options: Namespace) -> Path | None:
    """Write the rows with problems beside the spreadsheet; None where there are none."""
    failed = int(one.result.get("failed", 0)) if one.result else 0
    if not (one.counts.get("error") or one.counts.get("conflict") or failed):
        return None
    path: Path = options.problems or options.file.with_name(f"{options.file.stem} - problems.xlsx")
    file_format = "csv" if path.suffix.lower() == ".csv" else "xlsx"
    with unit_of_work(actor.chain_id):
        response = problem_file(one, file_format)
        with path.open("wb") as file:
            file.writelines(response)
        response.close()
    return path
