"""Bring database, static files and first sign-in up to this release (a part of the tree that `up` starts)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from django.db import OperationalError

from regulars.platform.role_check import RoleRefused
from regulars.project.home import read_installation
from regulars.project.up.parent import watch_parent
from regulars.project.up.prepare import prepare


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments: the environment says where and how."""


def run(options: Namespace) -> int:
    watch_parent()
    try:
        prepare(read_installation())
    except RoleRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    except OperationalError as error:
        sys.stderr.write(f"The database does not answer: {error}\n")
        return 1
    return 0
