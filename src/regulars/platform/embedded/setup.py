"""Roles, database and extensions: what an administrator does once. The embedded server does it itself; for an outside one we print it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "btree_gist")


def role_statements(*, owner: str, app: str, owner_password: str, app_password: str) -> Iterator[sql.Composed]:
    """Make both roles, or give existing ones these passwords. A role made here has no right beyond signing in."""
    for name, password in ((owner, owner_password), (app, app_password)):
        exists = sql.SQL("IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN CREATE ROLE {}; END IF;")
        yield sql.SQL("DO $do$ BEGIN {} END $do$").format(exists.format(sql.Literal(name), sql.Identifier(name)))
        yield sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))


def database_statement(*, database: str, owner: str) -> sql.Composed:
    """Make the database; cannot run inside a transaction."""
    return sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
        sql.Identifier(database), sql.Identifier(owner)
    )


def content_statements(*, database: str, owner: str, app: str) -> Iterator[sql.Composed]:
    """Inside the new database: extensions, and the rights that every later table of the owner gives to the application."""
    for extension in EXTENSIONS:
        yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    for text in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        yield sql.SQL(text).format(**names)


def quick_removal_statement(*, owner: str) -> sql.Composed:
    """Let the owner skip foreign keys while a sample is removed; only a superuser can say so, and all works without, slower."""
    return sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(owner))


def prepare_database(
    admin_url: str, *, database: str, owner: str, app: str, owner_password: str, app_password: str
) -> None:
    """Bring a server to the point where migrations can run; quick and harmless when everything is there."""
    roles = role_statements(owner=owner, app=app, owner_password=owner_password, app_password=app_password)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for statement in roles:
            connection.execute(statement)
        connection.execute(quick_removal_statement(owner=owner))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            connection.execute(database_statement(database=database, owner=owner))
    with psycopg.connect(admin_url, dbname=database) as connection:
        for statement in content_statements(database=database, owner=owner, app=app):
            connection.execute(statement)


def administrator_script(*, database: str, owner: str, app: str) -> str:
    """The same as a script for psql, with places for two passwords."""
    passwords = {"owner_password": "OWNER-PASSWORD", "app_password": "APP-PASSWORD"}
    statements = [
        *role_statements(owner=owner, app=app, **passwords),
        database_statement(database=database, owner=owner),
    ]
    inside = content_statements(database=database, owner=owner, app=app)
    lines = [f"{statement.as_string()};" for statement in statements]
    lines.append(f'\\connect "{database}"')
    lines.extend(f"{statement.as_string()};" for statement in inside)
    lines.append("-- Optional, superusers only: removes the sample faster in a large database.")
    lines.append(f"-- {quick_removal_statement(owner=owner).as_string()};")
    return "\n".join(lines)
