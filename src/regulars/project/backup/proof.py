"""What a database that was filled from a dump must pass before anybody uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from regulars.platform.clock import real_now
from regulars.project.backup.errors import BackupError

Say = Callable[[str], None]


def bring_up_and_prove(*, say: Say) -> bool:
    """Bring the tables up to this release and prove every promise; whether all hold. Raises BackupError.

    The environment names the database, and the home with the newest seals.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    from regulars.platform.role_check import RoleRefused, check_app_role
    from regulars.project.proofs import verify

    try:
        loader = MigrationLoader(connections["owner"])
        unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
        if unknown:
            raise BackupError(f"The data was written by a newer release than this one (it knows {unknown[-1]}).")
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        check_app_role()
        say("Proving the ledger …")
        report = verify(now=real_now(), seal_log=Path(settings.HOME) / "seals.log")
    except RoleRefused as refused:
        raise BackupError(str(refused)) from refused
    finally:
        connections.close_all()
    for breach in report.breaches:
        say(f"BROKEN {breach.sentence}\n       {breach.text()}")
    for note in report.notes:
        say(f"note   {note}")
    say(f"{len(report.proved) - len(report.breaches)} of {len(report.proved)} promises hold.")
    return report.is_sound
