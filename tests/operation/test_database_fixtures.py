"""The fixtures keep what they promise; every other database test leans on them."""

import threading
import urllib.request

import psycopg
import pytest
from django.db import connection, connections, transaction

from regulars.platform.embedded import DatabaseUrls


def role_and_database(alias: str) -> tuple[str, str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        role, database = cursor.fetchone()
    return str(role), str(database)


@pytest.mark.django_db
def test_both_aliases_name_one_clone_under_two_roles() -> None:
    app, owner = role_and_database("default"), role_and_database("owner")
    assert app[1] == owner[1]
    assert app[0] != owner[0]


@pytest.mark.django_db
def test_the_application_role_owns_nothing_and_cannot_pass_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_ordinary_tests_are_rolled_back(turn: int) -> None:
    with transaction.atomic(using="owner", durable=True), connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (turn int)")


@pytest.mark.committed
def test_committed_tests_commit_where_other_threads_see_it(committed_db: DatabaseUrls) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE seen (id int)")
        cursor.execute("INSERT INTO seen VALUES (7)")
    found: list[tuple[int, ...] | None] = []

    def look() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT id FROM seen")
            found.append(cursor.fetchone())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [(7,)]
    with psycopg.connect(committed_db.app) as other:
        assert other.execute("SELECT id FROM seen").fetchone() == (7,)


@pytest.mark.committed
def test_committed_tests_start_from_the_template() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('seen')")
        assert cursor.fetchone() == (None,)


def test_a_live_server_answers_from_the_clone(live_url: str) -> None:
    with urllib.request.urlopen(f"{live_url}/readyz") as answer:
        assert answer.status == 200


@pytest.mark.outside
@pytest.mark.django_db
def test_extensions_for_search_are_there() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        names = {name for (name,) in cursor.fetchall()}
    assert names >= {"pg_trgm", "unaccent", "btree_gin", "btree_gist"}
