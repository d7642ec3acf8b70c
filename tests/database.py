"""Database fixtures: a throwaway server, one migrated template, one clone per process, rollback per test.

- `@pytest.mark.django_db` (or the fixture `db`): the test runs inside a transaction on both aliases and is rolled back.
- `@pytest.mark.committed` (or the fixture `committed_db`): the test gets a database of its own and commits for real; for races,
  workers, subprocesses. The fixture's value names it: `.app`, `.owner`, `.superuser`.
- `@pytest.mark.outside`: worth running against the oldest PostgreSQL that we support too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from psycopg.conninfo import conninfo_to_dict
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from regulars.platform.embedded import DatabaseUrls
from tests.database_server import DatabaseServer, start_server

ALIASES = ("default", "owner")
ROOT = Path(__file__).resolve().parent.parent
NO_FLUSH = "{test}: the application role cannot empty tables; mark the test `committed` instead of asking for transactional_db or live_server"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        marker = item.get_closest_marker("django_db")
        if names & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")):
            raise pytest.UsageError(NO_FLUSH.format(test=item.nodeid))
        if item.get_closest_marker("committed") or "committed_db" in names:
            continue
        if marker or "db" in names:
            item.add_marker(pytest.mark.django_db(databases=list(ALIASES)), append=False)


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """A PostgreSQL with the migrated template; started when the first test asks for it."""
    with start_server(ROOT) as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(
    database_server: DatabaseServer, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Point both aliases to this process's clone for the whole session (replaces pytest-django's, which wants to be superuser)."""
    with database_server.clone() as urls, pointed_at(urls):
        yield
        with django_db_blocker.unblock():
            connections.close_all()


@pytest.fixture
def committed_db(
    django_db_setup: None, database_server: DatabaseServer, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseUrls]:
    """A fresh database for one test that commits."""
    with database_server.clone() as urls, django_db_blocker.unblock(), pointed_at(urls):
        yield urls


@pytest.fixture
def live_url(committed_db: DatabaseUrls) -> Iterator[str]:
    """The address of a real HTTP server over a database of its own, static files included; for browsers and API clients."""
    server = LiveServer("127.0.0.1")
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def database_of_committed_tests(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("committed"):
        request.getfixturevalue("committed_db")


@contextmanager
def pointed_at(urls: DatabaseUrls) -> Iterator[None]:
    """Let Django's aliases, and the environment that subprocesses inherit, name another database for a while."""
    environment = {name: os.environ.get(name) for name in urls.environment()}
    before = {alias: dict(connections.settings[alias]) for alias in ALIASES}
    close_all()
    os.environ.update(urls.environment())
    for alias, url in zip(ALIASES, (urls.app, urls.owner), strict=True):
        point(alias, url)
    try:
        yield
    finally:
        close_all()
        for alias in ALIASES:
            connections.settings[alias].update(before[alias])
        os.environ.update({name: value for name, value in environment.items() if value is not None})


def point(alias: str, url: str) -> None:
    parts = conninfo_to_dict(url)
    target = {name.upper(): str(parts.get(name) or "") for name in ("user", "password", "host", "port")}
    connections.settings[alias].update(target, NAME=str(parts["dbname"]))
    # Django finds this out by creating a table, which the application role may not.
    connections[alias].features.supports_transactions = True


def close_all() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
