"""The further phones of a row have a place in the staging table, also of imports that wait just now."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, door

MAKE = f"""(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    PERFORM FROM imports WHERE id = wanted AND chain_id = {CURRENT_CHAIN};
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such import';
    END IF;
    EXECUTE format('CREATE UNLOGGED TABLE IF NOT EXISTS staging.%I (
        "row" int PRIMARY KEY, letters text, cells text[], skip text, issues text[] NOT NULL,
        phone text COLLATE "C", number text, number_key text COLLATE "C", email text, email_key text COLLATE "C",
        name text, search_name text COLLATE "C", language text, notes text, external_id text, birthday date,
        tags text[], consent boolean, custom jsonb, version bigint, amounts bigint[], expires date, issued date,
        sold bigint, paid bigint, visits bigint, first_visit date, last_visit date, phones text[])', 'rows_' || suffix);
    EXECUTE format('CREATE UNLOGGED TABLE IF NOT EXISTS staging.%I (
        "row" int PRIMARY KEY, chunk int NOT NULL, status text NOT NULL, issue text, warnings text[], card_id uuid,
        customer_id uuid, before bigint[], after bigint[], fields text[])', 'plan_' || suffix);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON staging.%I (chunk)', 'plan_chunk_' || suffix, 'plan_' || suffix);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON staging.%I (status, "row")', 'plan_status_' || suffix,
        'plan_' || suffix);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON staging.%I, staging.%I TO %I',
        'rows_' || suffix, 'plan_' || suffix, session_user);
END $$"""

WAITING = """
DO $$
DECLARE
    waiting text;
BEGIN
    FOR waiting IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'staging' AND c.relkind = 'r' AND c.relname LIKE 'rows\\_%'
    LOOP
        EXECUTE format('ALTER TABLE staging.%I ADD COLUMN IF NOT EXISTS phones text[]', waiting);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    """Make the column, in new staging tables and in those that are there."""

    dependencies = [("imports", "0004_undone_by")]
    operations = [door("door_make_staging", MAKE), migrations.RunSQL(WAITING, migrations.RunSQL.noop)]
