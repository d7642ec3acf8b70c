"""Addresses of one database, one for each role."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

DATABASE = "regulars"
SUPERUSER = "postgres"
OWNER = "regulars_owner"
APP = "regulars_app"
PORT = 5432


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The three doors to one database: the application's, the owner's and the superuser's (set-up and tests only)."""

    app: str
    owner: str
    superuser: str

    def environment(self) -> dict[str, str]:
        """The variables by which the rest of the product finds the database."""
        return {"DATABASE_URL": self.app, "DATABASE_OWNER_URL": self.owner}


def socket_url(*, role: str, password: str, directory: Path, database: str = DATABASE) -> str:
    """Name a database behind a Unix socket in the form that libpq and psycopg read."""
    query = urlencode({"host": str(directory), "port": PORT}, quote_via=quote, safe="")
    return f"postgresql://{quote(role, safe='')}:{quote(password, safe='')}@/{quote(database, safe='')}?{query}"
