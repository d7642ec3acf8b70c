"""Start Regulars: database, web, worker and dispatcher in one process tree."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from regulars.project.home import read_installation
from regulars.project.up.parent import watch_parent
from regulars.project.up.supervisor import serve


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments: the environment says where and how."""


def run(options: Namespace) -> int:
    # Whoever starts us as a part of something bigger may pass a pipe too, and we end with it.
    watch_parent()
    return serve(read_installation())
