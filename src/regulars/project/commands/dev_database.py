"""Start a throwaway migrated database and print its addresses, until Ctrl-C.

For trying things by hand: paste the printed lines into another shell.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from regulars.platform.embedded import EmbeddedServer


def add_arguments(parser: ArgumentParser) -> None:
    """No arguments."""


def run(options: Namespace) -> int:
    home = Path(tempfile.mkdtemp(prefix="regulars-dev-"))
    try:
        with EmbeddedServer(home=home, durable=False) as server:
            environment = {**server.urls.environment(), "REGULARS_HOME": str(home)}
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "--database=owner", "--noinput", "--verbosity=0"],
                env={**os.environ, **environment},
                check=True,
            )
            for name, value in environment.items():
                sys.stdout.write(f"export {name}='{value}'\n")
            sys.stdout.write(f"# superuser: {server.superuser_url}\n")
            sys.stdout.flush()
            signal.pause()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0
