"""Write everything of this installation into one file.

Database, uploaded files and secret keys; the keys are wrapped by a passphrase (REGULARS_BACKUP_PASSPHRASE, or typed), without which the
file cannot be restored. Regulars may go on running meanwhile.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.conf import settings

from regulars.platform.clock import real_now
from regulars.project.backup.errors import BackupError
from regulars.project.backup.keys import ask_passphrase
from regulars.project.backup.save import save_backup
from regulars.project.home import installation_urls
from regulars.project.progress import Bar, size_text


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the file to write; it must not be there yet")


def run(options: Namespace) -> int:
    app_url, owner_url = installation_urls()
    try:
        passphrase = ask_passphrase(is_new=True)
        with Bar() as bar:
            size = save_backup(
                options.file.absolute(),
                home=settings.HOME,
                owner_url=owner_url,
                app_url=app_url,
                given_secrets={"secrets/secret-key": settings.SECRET_KEY, "secrets/link-key": settings.LINK_KEY},
                passphrase=passphrase,
                version=settings.VERSION,
                now=real_now(),
                tell=bar.show_bytes,
            )
    except BackupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{options.file} holds everything of {settings.HOME} ({size_text(size)}).\n")
    sys.stdout.write("Keep the passphrase apart from it: without it nobody can restore the file.\n")
    return 0
