"""A database for a benchmark: the embedded server with durable commits, migrated, Django set up as the app role."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HOMES: Final = Path(os.environ.get("REGULARS_BENCH_HOME", ROOT / ".cache" / "benchmarks"))


@contextmanager
def bench_database(name: str, *, shared_buffers: str = "512MB") -> Iterator[Path]:
    """Run the server of this benchmark's own home, which stays for the next time; migrate it; set up Django.

    The value is the home. Django keeps its settings for the life of the process: one home for each run.
    """
    from regulars.platform.embedded import EmbeddedServer

    home = HOMES / name
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedServer(home=home, durable=True, shared_buffers=shared_buffers) as server:
        os.environ.update(server.urls.environment(), REGULARS_HOME=str(home))
        os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.project.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        for alias, url in (("default", server.app_url), ("owner", server.owner_url)):
            _point(alias, url)
        call_command("migrate", database="owner", verbosity=0)
        try:
            yield home
        finally:
            connections.close_all()


def _point(alias: str, url: str) -> None:
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    connections[alias].close()
    target = {key.upper(): str(parts.get(key) or "") for key in ("user", "password", "host", "port")}
    connections.settings[alias].update(target, NAME=str(parts["dbname"]))


def forget_pages(home: Path) -> None:
    """Ask the kernel to drop what it keeps of this home's files in memory; the server must be stopped."""
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
