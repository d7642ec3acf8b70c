"""What migrations of features need to put their tables under the policies (DESIGN section 6)."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CURRENT_CHAIN: Final = "(SELECT nullif(current_setting('regulars.chain', true), '')::uuid)"
ALL_ROW_RIGHTS: Final = "SELECT, INSERT, UPDATE, DELETE"
_NO_MODELS: Final[Any] = None


class EditorOnly(migrations.RunPython):
    """Python that needs the editor and no models: Django would build all of them anew for each, half the time of a first start."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.code(_NO_MODELS, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        assert self.reverse_code is not None
        self.reverse_code(_NO_MODELS, schema_editor)


def app_role() -> str:
    """Name of the database role that web and workers connect as."""
    return str(settings.DATABASES["default"]["USER"])


def chain_policy(table: str, *, column: str = "chain_id", rights: str = ALL_ROW_RIGHTS) -> migrations.RunPython:
    """Keep the rows of a table apart by chain and give the app role these rights on it and no other."""

    def apply(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        role = editor.quote_name(app_role())
        editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        editor.execute(
            f"CREATE POLICY chain ON {table} USING ({column} = {CURRENT_CHAIN}) WITH CHECK ({column} = {CURRENT_CHAIN})"
        )
        editor.execute(f"REVOKE ALL ON {table} FROM {role}")
        editor.execute(f"GRANT {rights} ON {table} TO {role}")

    def revert(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"DROP POLICY chain ON {table}")
        editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    return EditorOnly(apply, revert)


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on a table even to its owner (LED-5)."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION regulars_refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION regulars_refuse_change();
        """,
        f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
    )


CHANGES: Final = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def moves_stamp(table: str, *, on: Sequence[str] = tuple(CHANGES)) -> migrations.RunSQL:
    """Let each such change of a table move the stamp of what orders of its chains are priced by (ADR 17).

    Needs the function that promotions/0002_protection makes. One statement moves it once, however many rows it changes.
    """
    return migrations.RunSQL(
        "".join(
            f"CREATE TRIGGER rules_changed_by_{change} AFTER {change} ON {table} REFERENCING {CHANGES[change]} TABLE"
            " AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION regulars_rules_changed();"
            for change in on
        ),
        "".join(f"DROP TRIGGER rules_changed_by_{change} ON {table};" for change in on),
    )


def monthly_partitions(table: str) -> migrations.RunSQL:
    """Give a table partitioned by UUIDv7 its default partition and the months around today."""
    return migrations.RunSQL(
        f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;"
        f"SELECT regulars_make_partitions('{table}', now(), 3);",
        migrations.RunSQL.noop,
    )


def door(name: str, definition: str) -> migrations.RunPython:
    """Create a SECURITY DEFINER function that the app role may call before or beside the policies.

    `definition` is everything after the function's name: arguments, result, body. The search path is pinned, PUBLIC
    loses its right to call it.
    """

    def apply(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        role = editor.quote_name(app_role())
        editor.execute(f"CREATE OR REPLACE FUNCTION {name}{definition}", params=None)
        signature = row_signature(editor, name)
        editor.execute(f"ALTER FUNCTION {signature} SECURITY DEFINER")
        editor.execute(f"ALTER FUNCTION {signature} SET search_path = public, pg_temp")
        editor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        editor.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {role}")

    def revert(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"DROP FUNCTION IF EXISTS {row_signature(editor, name)}")

    return EditorOnly(apply, revert)


def row_signature(editor: BaseDatabaseSchemaEditor, name: str) -> str:
    """The function's name with its argument types, as ALTER FUNCTION wants it."""
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s ORDER BY oid DESC LIMIT 1", [name]
        )
        return str(cursor.fetchone()[0])
