"""Policies on imports; doors that make and drop an import's staging tables."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, chain_policy, door

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
        sold bigint, paid bigint, visits bigint, first_visit date, last_visit date)', 'rows_' || suffix);
    EXECUTE format('CREATE UNLOGGED TABLE IF NOT EXISTS staging.%I (
        "row" int PRIMARY KEY, chunk int NOT NULL, status text NOT NULL, issue text, warnings text[], card_id uuid,
        customer_id uuid, before bigint[], after bigint[], fields text[])', 'plan_' || suffix);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON staging.%I (chunk)', 'plan_chunk_' || suffix, 'plan_' || suffix);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON staging.%I (status, "row")', 'plan_status_' || suffix,
        'plan_' || suffix);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON staging.%I, staging.%I TO %I',
        'rows_' || suffix, 'plan_' || suffix, session_user);
END $$"""

DROP = f"""(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    PERFORM FROM imports WHERE id = wanted AND chain_id = {CURRENT_CHAIN};
    IF FOUND THEN
        EXECUTE format('DROP TABLE IF EXISTS staging.%I, staging.%I', 'rows_' || suffix, 'plan_' || suffix);
    END IF;
END $$"""

ANALYZE = """(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    EXECUTE format('ANALYZE staging.%I', 'rows_' || suffix);
    EXECUTE format('ANALYZE staging.%I', 'plan_' || suffix);
END $$"""

UNFINISHED = """() RETURNS TABLE (chain_id uuid, id uuid, state text) LANGUAGE sql STABLE AS $$
SELECT chain_id, id, state FROM imports WHERE state IN ('reading', 'checking', 'applying', 'undoing') $$"""


class Migration(migrations.Migration):
    """Put imports under the policies."""

    dependencies = [("imports", "0001_initial"), ("platform", "0001_functions"), ("cards", "0002_protection")]
    operations = [
        *(
            chain_policy(table)
            for table in (
                "imports",
                "import_chunks",
                "import_failures",
                "imported_customers",
                "opening_figures",
                "remembered_mappings",
                "import_undo_left",
            )
        ),
        door("door_make_staging", MAKE),
        door("door_drop_staging", DROP),
        door("door_analyze_staging", ANALYZE),
        door("door_unfinished_imports", UNFINISHED),
    ]
