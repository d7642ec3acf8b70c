"""The command line: one file in `commands/` is one command, `create_chain.py` is `create-chain`.

A command file has a docstring (its first line is the help), `add_arguments(parser)` and `run(options) -> int`. It is imported only after
Django is set up and the database is open, so it may import features at its top; commands in WITHOUT_DATABASE see to both themselves.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from regulars.platform.embedded import EmbeddedError
from regulars.project.home import DatabaseMissing, home_folder, open_database

COMMANDS = Path(__file__).parent / "commands"
WITHOUT_DATABASE = frozenset({"up", "database-setup", "dev-database", "restore"})
# Parts of the process tree that only `up` starts.
HIDDEN = frozenset({"web", "worker", "dispatcher", "prepare", "prove-upgrade"})
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status; an expected failure is one sentence on standard error."""
    commands = find_commands()
    name = arguments[0] if arguments else "up"
    if name in {"-h", "--help", "help"}:
        sys.stdout.write(overview(commands))
        return 0
    if name not in commands:
        sys.stderr.write(f"There is no command {name!r}.\n\n{overview(commands)}")
        return 2
    try:
        with ExitStack() as stack:
            return run_command(name, arguments[1:], stack)
    except (EmbeddedError, DatabaseMissing) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def run_command(name: str, arguments: list[str], stack: ExitStack) -> int:
    """Run one command with its arguments; opens the database for it where it needs one."""
    asks_for_help = bool({"-h", "--help"} & set(arguments))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
    if name not in WITHOUT_DATABASE:
        if not asks_for_help:
            stack.enter_context(open_database(home_folder()))
        import django

        django.setup()
    module = importlib.import_module(f"regulars.project.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"./run {name}", description=module.__doc__)
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(arguments))
    return status


def find_commands() -> dict[str, Path]:
    """Every command by its name on the command line."""
    files = sorted(path for path in COMMANDS.glob("*.py") if not path.name.startswith("_"))
    return {path.stem.replace("_", "-"): path for path in files}


def overview(commands: dict[str, Path]) -> str:
    """The list of commands, read from their docstrings without importing them."""
    lines = [
        "./run              start Regulars",
        "./run test         run the tests",
        "./run check        run the checks",
    ]
    lines.append("./run bench NAME   measure")
    for name, path in commands.items():
        if name in HIDDEN or name == "up":
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        lines.append(f"./run {name:<12} {text.partition(chr(10))[0]}")
    return "\n".join(lines) + "\n"
