"""Bring a backup back into an empty home, and prove the ledger.

REGULARS_HOME must be empty or not there yet; with DATABASE_URL and DATABASE_OWNER_URL the outside database must be empty too. Nothing is
there before everything is.
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from regulars.project.backup.bring_back import Target, bring_back
from regulars.project.backup.errors import BackupError
from regulars.project.backup.keys import ask_passphrase
from regulars.project.backup.proof import Say, bring_up_and_prove
from regulars.project.home import home_folder, require_owner
from regulars.project.progress import Bar


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that `backup` wrote")
    parser.add_argument(
        "--keep-broken", action="store_true", help="put it in place even if a promise of the ledger does not hold in it"
    )


def run(options: Namespace) -> int:
    target = Target(home=home_folder())
    if os.environ.get("DATABASE_URL"):
        require_owner()
        target = Target(target.home, os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"])
    # A service manager ends us with SIGTERM; what was begun is taken away as with Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    with Bar() as bar:
        try:
            passphrase = ask_passphrase(is_new=False)
            bring_back(
                options.file.absolute(),
                target,
                passphrase=passphrase,
                prove=partial(prove_in, say=bar.say, keep_broken=options.keep_broken),
                say=bar.say,
                tell=bar.show_bytes,
            )
        except BackupError as error:
            bar.say("")
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"Restored into {target.home}. Start it with ./run.\n")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def prove_in(home: Path, *, say: Say, keep_broken: bool) -> None:
    """Bring the restored tables up to this release and prove every promise. Raises BackupError."""
    os.environ["REGULARS_HOME"] = str(home)
    if not bring_up_and_prove(say=say) and not keep_broken:
        raise BackupError(
            "The restored ledger does not hold, so nothing was put in place. --keep-broken does it all the same."
        )
