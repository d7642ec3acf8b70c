"""Serve pages and the API (a part of the tree that `up` starts)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from regulars.project.home import read_installation
from regulars.project.up.web import serve_web


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments: the environment says where and how."""


def run(options: Namespace) -> int:
    serve_web(read_installation())
    return 0
