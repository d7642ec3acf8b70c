"""Removing the sample: all of it goes, nothing else does, and only a sample can go (docs/adr: removing the sample)."""

import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connections
from psycopg import sql

from regulars.chains.errors import NoSample
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import row, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.project.demo import fill_sample
from regulars.staff.actions import remove_sample_chain
from regulars.staff.queries import find_login_id, list_places
from tests.ledger_kit import open_counter
from tests.people import NOW, hire, open_shop

SECONDS_MAX = 30


def contents(urls: DatabaseUrls) -> dict[str, tuple[int, int]]:
    """Rows of every table, with a sum over them that changes with any of their values; as the owner, past the policies."""
    found = {}
    with psycopg.connect(urls.superuser) as connection:
        names = connection.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND c.relname NOT LIKE 'procrastinate%' AND c.relname <> 'attempt_counters'"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM {} t").format(
                sql.Identifier(name)
            )
            counted = connection.execute(query).fetchone()
            assert counted
            found[name] = (counted[0], counted[1])
    return found


def outside(urls: DatabaseUrls) -> tuple[list[str], list[str]]:
    """What is kept beside the tables of chains: staging tables of imports, and files."""
    with psycopg.connect(urls.superuser) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'").fetchall()
    files = [str(path) for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]
    return [name for (name,) in tables], files


@pytest.mark.committed
@pytest.mark.slow
def test_everything_of_the_sample_goes_and_nothing_else(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    counter.adjust(counter.issue("+4915123456789"), "12.50")
    before, beside = contents(committed_db), outside(committed_db)
    sample = open_shop(name="Sample", is_sample=True)
    cashier = hire(sample, "cashier", email="till@sample.example")
    fill_sample(sample.actor, now=NOW)
    with_sample = contents(committed_db)
    assert outside(committed_db) != beside
    assert sum(count for count, _ in with_sample.values()) > sum(count for count, _ in before.values()) + 5_000
    started = time.monotonic()
    assert remove_sample_chain(sample.actor, now=NOW) > 5_000
    assert time.monotonic() - started < SECONDS_MAX
    after = contents(committed_db)
    # The owner may open another business, so their login stays; the cashier was there for the sample alone.
    assert after.pop("logins")[0] == before.pop("logins")[0] + 1
    after.pop("login_sessions")
    before.pop("login_sessions")
    assert after == before
    assert outside(committed_db) == beside
    assert find_login_id(cashier.email) is None
    assert list_places(sample.login_id) == []


@pytest.mark.committed
@pytest.mark.parametrize("quick", [True, False])
def test_it_works_with_and_without_the_right_to_skip_checks(committed_db: DatabaseUrls, quick: bool) -> None:
    with psycopg.connect(committed_db.superuser, autocommit=True) as connection:
        (owner,) = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'chains'").fetchone() or ("",)
        verb, preposition = ("GRANT", "TO") if quick else ("REVOKE", "FROM")
        statement = f'{verb} SET ON PARAMETER session_replication_role {preposition} "{owner}"'
        connection.execute(statement.encode())
        try:
            sample = open_shop(is_sample=True)
            remove_sample_chain(sample.actor, now=NOW)
            with unit_of_work(sample.chain_id):
                assert row("SELECT count(*) FROM audit_entries") == (0,)
            assert row("SHOW session_replication_role") == ("origin",)
        finally:
            connection.execute(f'GRANT SET ON PARAMETER session_replication_role TO "{owner}"'.encode())


@pytest.mark.django_db
def test_a_real_chain_cannot_go() -> None:
    shop = open_shop()
    with pytest.raises(Refused) as caught:
        remove_sample_chain(shop.actor, now=NOW)
    assert caught.value.refusal == NoSample()


@pytest.mark.django_db
def test_only_an_owner_removes_the_sample() -> None:
    sample = open_shop(is_sample=True)
    manager = hire(sample, "manager")
    with pytest.raises(Refused) as caught:
        remove_sample_chain(manager.actor, now=NOW)
    assert caught.value.refusal == Forbidden(needs="owner")


@pytest.mark.committed
def test_the_door_itself_refuses_real_chains_and_chains_one_is_not_in() -> None:
    real, sample = open_shop(), open_shop(is_sample=True)
    with pytest.raises(DatabaseError, match="not a sample"), unit_of_work(real.chain_id):
        rows("SELECT door_remove_sample_chain(%s)", [real.chain_id])
    with pytest.raises(DatabaseError, match="from inside it"), unit_of_work(real.chain_id):
        rows("SELECT door_remove_sample_chain(%s)", [sample.chain_id])
    with pytest.raises(DatabaseError, match="from inside it"):
        rows("SELECT door_remove_sample_chain(%s)", [sample.chain_id])


@pytest.mark.committed
def test_naming_a_sample_in_a_setting_opens_no_table_of_entries() -> None:
    sample = open_shop(is_sample=True)
    naming = "SELECT set_config('regulars.removing_sample', %s, true); DELETE FROM audit_entries"
    with pytest.raises(DatabaseError, match="permission denied"), unit_of_work(sample.chain_id):
        rows(naming, [str(sample.chain_id)])


@pytest.mark.committed
def test_two_who_press_at_once_remove_it_once() -> None:
    sample = open_shop(is_sample=True)
    together = threading.Barrier(2)
    answers: list[str] = []

    def remove() -> None:
        together.wait()
        try:
            remove_sample_chain(sample.actor, now=NOW)
            answers.append("removed")
        except Refused as refused:
            assert refused.refusal == NotFound()  # noqa: PT017
            answers.append("not there")
        except DatabaseError as problem:
            answers.append(str(problem).partition("\n")[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remove) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) in (["not there", "removed"], ["removed", "this chain is not a sample"])
