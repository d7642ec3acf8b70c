"""Run the worker (a part of the tree that `up` starts)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from regulars.project.up.parent import watch_parent
from regulars.project.worker import main


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments: the environment says which database."""


def run(options: Namespace) -> int:
    watch_parent()
    main()
    return 0
