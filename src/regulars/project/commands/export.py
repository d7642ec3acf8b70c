"""Write cards, customers or transactions into a spreadsheet.

The ending of the file says which kind: .xlsx or .csv. Filters are those of the API: `--filter status=active --filter card_type=ext:coffee`.
"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from uuid import UUID

from regulars.exports.actions import files
from regulars.exports.actions.request import ExportCommand, request_export
from regulars.exports.actions.run import run_export
from regulars.exports.api import problem_text
from regulars.exports.queries.exports import access_export
from regulars.exports.rules.columns import FORMATS, KINDS
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import system_actor
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.project.chosen_chain import NoSuchChain, choose_chain
from regulars.project.commands.create_chain import explain
from regulars.project.progress import Bar


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file", type=Path, help="the file to write, .xlsx or .csv; it must not be there yet")
    parser.add_argument("--chain", help="name or id of the business, where there are several")
    parser.add_argument("--filter", action="append", default=[], metavar="NAME=VALUE", help="only rows like this")
    parser.add_argument("--columns", default="", metavar="A,B,…", help="these columns instead of all")


def run(options: Namespace) -> int:
    try:
        return write(options)
    except NoSuchChain as error:
        sys.stderr.write(f"{error}\n")
    except Refused as refused:
        sys.stderr.write(f"{explain(refused)}\n")
    return 1


def write(options: Namespace) -> int:
    """Write the export to the file that was named."""
    target: Path = options.file.absolute()
    file_format = target.suffix.removeprefix(".").lower()
    problem = check(target, file_format, options.filter)
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    actor = system_actor(choose_chain(options.chain))
    command = ExportCommand(
        kind=options.kind,
        format=file_format,
        filter=dict(pair.split("=", 1) for pair in options.filter),
        columns=[column.strip() for column in options.columns.split(",")] if options.columns else None,
    )
    asked = request_export(actor, command, defer=_not_in_the_background, now=now_in(actor.chain_id))
    with Bar() as bar:
        run_export(actor.chain_id, asked.id, progress=lambda done, total: bar.show(options.kind, done, total))
    with unit_of_work(actor.chain_id):
        written = access_export(actor, encode("exp", asked.id))
    if written.state != "done":
        sys.stderr.write(f"{problem_text(written)}\n")
        return 1
    shutil.copyfile(files.path_of(asked.id, file_format), target)
    sys.stdout.write(f"{written.rows_done:,} {options.kind} in {options.file}\n")
    return 0


def check(target: Path, file_format: str, filters: list[str]) -> str:
    """Why this cannot be written, as a sentence; "" where it can."""
    if file_format not in FORMATS:
        return f"A file that ends in {' or '.join(f'.{one}' for one in FORMATS)} is wanted, not {target.name}."
    if target.exists():
        return f"{target} exists already; choose another name."
    if not target.parent.is_dir():
        return f"There is no folder {target.parent}."
    wrong = next((pair for pair in filters if "=" not in pair), None)
    return f"A filter is written NAME=VALUE, not {wrong!r}." if wrong is not None else ""


def _not_in_the_background(chain_id: UUID, export_id: UUID) -> None:
    """The command writes it itself."""
