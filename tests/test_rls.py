"""Chains are apart in the database itself: policies on every table, and an application role that they bind (OPS-1, LED-5)."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.role_check import APPEND_ONLY, RoleRefused, check_app_role
from tests.people import open_shop

pytestmark = pytest.mark.outside

# Tables without a chain: what everybody may know of them stands here, with the reason.
WITHOUT_CHAIN = {
    "logins": "policy of its own: the login itself, and staff of the current chain",
    "login_sessions": "policy of its own: the login itself",
    "set_up_tokens": "hashes only, spent before the first chain exists",
    "attempt_counters": "keyed hashes only; counted before anybody is known",
    "django_session": "keyed by a secret; holds ids only",
    "django_migrations": "no data of a chain",
    "django_content_type": "no data of a chain",
    "auth_group": "unused, made by Django",
    "auth_group_permissions": "unused, made by Django",
    "auth_permission": "unused, made by Django",
}
OWN_POLICY = {"logins", "login_sessions"}


def tables() -> dict[str, tuple[bool, bool]]:
    """Every table and partitioned table of ours: whether it has a chain, whether its policies are on."""
    found = rows(
        """
        SELECT c.relname, c.relname = 'chains' OR EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'chain_id' AND NOT a.attisdropped
        ), c.relrowsecurity
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname NOT LIKE 'procrastinate%%'
        """
    )
    return {name: (has_chain, secured) for name, has_chain, secured in found}


@pytest.mark.django_db
def test_every_table_with_a_chain_has_its_policies_on() -> None:
    found = tables()
    assert len(found) > 20
    assert {name for name, (has_chain, secured) in found.items() if has_chain and not secured} == set()


@pytest.mark.django_db
def test_every_policy_compares_the_chain_when_reading_and_when_writing() -> None:
    wanted = {name for name, (has_chain, _) in tables().items() if has_chain}
    policies = {
        name: (using, check)
        for name, using, check in rows(
            "SELECT tablename, qual, with_check FROM pg_policies WHERE schemaname = 'public'"
        )
    }
    for name in wanted:
        column = "id" if name == "chains" else "chain_id"
        for condition in policies[name]:
            assert condition.startswith(
                f"({column} = ( SELECT (NULLIF(current_setting('regulars.chain'::text, true)"
            ), name


@pytest.mark.django_db
def test_no_table_has_two_policies_that_would_add_up() -> None:
    assert rows("SELECT tablename FROM pg_policies WHERE schemaname = 'public' GROUP BY 1 HAVING count(*) > 1") == []


@pytest.mark.django_db
def test_tables_without_a_chain_are_known_by_name() -> None:
    found = {name: secured for name, (has_chain, secured) in tables().items() if not has_chain}
    assert set(found) - set(WITHOUT_CHAIN) == set()
    assert all(found[name] for name in OWN_POLICY)


@pytest.mark.django_db
def test_partitions_give_no_way_around_their_parent() -> None:
    """A partition named directly is not under the parent's policy, so the application has no right on it."""
    found = rows(
        "SELECT c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r' AND NOT c.relrowsecurity"
        " AND (has_table_privilege(c.oid, 'SELECT') OR has_table_privilege(c.oid, 'INSERT')"
        " OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'))"
    )
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["code_uses", "memberships", "gift_cards"])
def test_what_is_worth_money_is_never_deleted(table: str) -> None:
    assert rows("SELECT has_table_privilege(%s, 'DELETE')", [table]) == [(False,)]


@pytest.mark.django_db
def test_the_application_role_is_bound() -> None:
    check_app_role()
    with pytest.raises(RoleRefused, match="owns the tables"):
        check_app_role(using="owner")


@pytest.mark.committed
def test_a_role_that_could_pass_the_policies_starts_nothing(committed_db: DatabaseUrls) -> None:
    role = settings.DATABASES["default"]["USER"]
    with psycopg.connect(committed_db.owner, autocommit=True) as owner:
        owner.execute(f'GRANT DELETE ON entries TO "{role}"')
    with pytest.raises(RoleRefused, match="change or delete rows of entries"):
        check_app_role()


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET chain_id = chain_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_rewrites_no_entry(table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        execute(statement.format(table))


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_not_even_the_owner_empties_a_table_of_entries(table: str) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic(using="owner"):
        execute(f"TRUNCATE {table} CASCADE", using="owner")


@pytest.mark.django_db
def test_doors_belong_to_the_owner_pin_their_path_and_are_closed_to_the_public() -> None:
    found = rows(
        "SELECT p.proname, p.prosecdef, coalesce(p.proconfig::text, ''), pg_get_userbyid(p.proowner) = current_user,"
        " EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'door%%'"
    )
    assert len(found) >= 10
    for name, definer, config, owned_by_app, public in found:
        assert definer, name
        assert "search_path=public, pg_temp" in config, name
        assert not owned_by_app, name
        assert not public, name


@pytest.fixture
def fresh_connection(committed_db: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed_db.app) as connection:
        yield connection


@pytest.mark.committed
def test_without_a_chain_nothing_exists(fresh_connection: psycopg.Connection) -> None:
    open_shop()
    for name, (has_chain, _) in tables().items():
        if has_chain and name != "event_queue":
            assert fresh_connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (0,), name


@pytest.mark.committed
def test_the_chain_of_one_unit_of_work_is_gone_in_the_next() -> None:
    shop = open_shop()
    with unit_of_work(shop.chain_id):
        assert row("SELECT count(*) FROM locations") == (1,)
    assert row("SELECT count(*) FROM locations") == (0,)
    connections.close_all()


@pytest.mark.committed
def test_no_row_is_written_into_another_chain() -> None:
    mine, theirs = open_shop(), open_shop()
    for statement in (
        """INSERT INTO locations (id, chain_id, name, time_zone, address, version, created_at)
        VALUES (regulars_uuid7(), %s, 'x', 'UTC', '', 1, now())""",
        "UPDATE locations SET chain_id = %s",
    ):
        with pytest.raises(DatabaseError, match="row-level security"), unit_of_work(mine.chain_id):
            execute(statement, [theirs.chain_id])


@pytest.mark.django_db
def test_not_even_the_owner_empties_a_partition() -> None:
    partitions = rows("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
    assert len(partitions) >= 12
    for (name,) in partitions:
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic(using="owner"):
            execute(f'TRUNCATE "{name}" CASCADE', using="owner")
