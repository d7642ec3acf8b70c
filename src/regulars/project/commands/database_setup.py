"""Print the SQL by which an administrator prepares an outside PostgreSQL.

Run the output with psql as a superuser, after putting two passwords in; then start with DATABASE_URL and DATABASE_OWNER_URL.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from regulars.platform.embedded.setup import administrator_script
from regulars.platform.embedded.urls import APP, DATABASE, OWNER


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--database", default=DATABASE, help="name of the database")
    parser.add_argument("--owner", default=OWNER, help="role that owns the tables (DATABASE_OWNER_URL)")
    parser.add_argument("--app", default=APP, help="role of the application (DATABASE_URL)")


def run(options: Namespace) -> int:
    sys.stdout.write(administrator_script(database=options.database, owner=options.owner, app=options.app) + "\n")
    sys.stdout.write(
        f"-- DATABASE_OWNER_URL=postgresql://{options.owner}:OWNER-PASSWORD@HOST:5432/{options.database}\n"
    )
    sys.stdout.write(f"-- DATABASE_URL=postgresql://{options.app}:APP-PASSWORD@HOST:5432/{options.database}\n")
    return 0
