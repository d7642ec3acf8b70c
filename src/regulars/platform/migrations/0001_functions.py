"""Functions that every other migration stands on; runs before all of them."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from regulars.platform.migrations_support import app_role

UUID7 = """
CREATE FUNCTION regulars_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    -- RFC 9562 section 5.7 from a random UUID: 48 bits of milliseconds laid over its start, version set to 7.
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$
"""
UUID7_BUILT_IN = """
CREATE FUNCTION regulars_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$ SELECT uuidv7() $$
"""
REFUSE_CHANGE = """
CREATE FUNCTION regulars_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
FIRST_UUID = """
CREATE FUNCTION regulars_first_uuid(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    -- The lowest UUIDv7 of a moment: what partitions and time ranges over ids are cut by.
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$
"""
MAKE_PARTITIONS = """
CREATE FUNCTION regulars_make_partitions(parent text, moment timestamptz, ahead int) RETURNS int
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', moment);
    child text;
    made int := 0;
BEGIN
    IF parent NOT IN ('transactions', 'entries', 'events') THEN
        RAISE EXCEPTION '% is not partitioned by month', parent;
    END IF;
    FOR step IN 0..ahead LOOP
        child := parent || to_char(month + make_interval(months => step), '"_"YYYY"_"MM');
        IF to_regclass(child) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent,
                regulars_first_uuid(month + make_interval(months => step)),
                regulars_first_uuid(month + make_interval(months => step + 1)));
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$
"""


def create(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the functions, and give the app role the ordinary rights on tables made from here on."""
    role = editor.quote_name(app_role())
    version = editor.connection.pg_version
    for statement in (
        UUID7_BUILT_IN if version >= 180000 else UUID7,
        REFUSE_CHANGE,
        FIRST_UUID,
        MAKE_PARTITIONS,
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "CREATE SCHEMA IF NOT EXISTS staging",
        f"GRANT USAGE ON SCHEMA staging TO {role}",
        "ALTER FUNCTION regulars_make_partitions SECURITY DEFINER SET search_path = public, pg_temp",
    ):
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Functions, default rights and the schema of staging tables."""

    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("procrastinate", "0001_initial"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
