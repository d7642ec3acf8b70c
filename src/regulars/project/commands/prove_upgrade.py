"""Bring a database that was carried over to a newer PostgreSQL up to this release, and prove the ledger (a part of the tree that `up` starts)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from regulars.project.backup.errors import BackupError
from regulars.project.backup.proof import bring_up_and_prove
from regulars.project.up.parent import watch_parent
from regulars.project.up.prepare import say


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments: the environment says which database."""


def run(options: Namespace) -> int:
    watch_parent()
    try:
        return 0 if bring_up_and_prove(say=say) else 1
    except BackupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
