"""A database for a benchmark: the embedded server with durable commits, migrated, Django set up as the app role."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HOMES: Final = Path(os.environ.get("REGULARS_BENCH_HOME", ROOT / ".cache" / "benchmarks"))


@contextmanager
def bench_database(
    name: str, *, homes: Path = HOMES, durable: bool = True, settings: Sequence[str] = ()
) -> Iterator[Path]:
    """Run the server of this benchmark's own home, which stays for the next time; migrate it; set up Django.

    The value is the home. Django keeps its settings for the life of the process: one home for each run. The server has
    the settings of a shop's own one, and these besides; `durable=False` is for filling it.
    """
    from regulars.platform.embedded import EmbeddedServer

    home = homes / name
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedServer(home=home, durable=durable, settings=settings) as server:
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
    # What is not on the disk yet cannot be dropped.
    os.sync()
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
