"""Removing a sample chain at one press (docs/adr: removing the sample).

Entries are never deleted, with this one exception: the chain was born as a sample, cannot have become one, and its
owner asks for it from inside it. The function belongs to the owner role; the app role may call it and gains no right.
"""

from django.db import migrations

from regulars.platform.migrations_support import door

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION regulars_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' AND current_setting('regulars.removing_sample', true) <> '' THEN
        IF EXISTS (
            SELECT FROM chains
            WHERE is_sample AND id = (to_jsonb(OLD) ->> 'chain_id')::uuid
                AND id = current_setting('regulars.removing_sample')::uuid
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
REFUSE_ALWAYS = """
CREATE OR REPLACE FUNCTION regulars_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""

REMOVE = """(wanted uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    waiting text[];
    next_table text;
    people uuid[];
    removed bigint := 0;
    count_here bigint;
    is_quick boolean := true;
BEGIN
    IF wanted IS DISTINCT FROM nullif(current_setting('regulars.chain', true), '')::uuid THEN
        RAISE EXCEPTION 'a sample is removed from inside it' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM chains WHERE id = wanted AND is_sample FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this chain is not a sample' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Whoever was made for the sample alone goes with it: they have no other chain and may not open one.
    people := ARRAY(
        SELECT l.id FROM staff s JOIN logins l ON l.id = s.login_id
        WHERE s.chain_id = wanted AND NOT l.may_open_chains
            AND NOT EXISTS (SELECT FROM staff o WHERE o.login_id = l.id AND o.chain_id <> wanted)
    );
    PERFORM set_config('regulars.removing_sample', wanted::text, true);
    BEGIN
        -- Where the owner role may: no checks of foreign keys, which would read other chains' entries for each row.
        PERFORM set_config('session_replication_role', 'replica', true);
    EXCEPTION WHEN insufficient_privilege THEN
        is_quick := false;
    END;
    waiting := ARRAY(
        SELECT c.oid::regclass::text
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'chain_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.relname
    );
    WHILE cardinality(waiting) > 0 LOOP
        -- The next table is one that no waiting table refers to.
        SELECT name INTO next_table FROM unnest(waiting) AS name
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint k
            WHERE k.contype = 'f' AND k.confrelid = name::regclass AND k.conrelid <> k.confrelid
                AND k.conrelid::regclass::text = ANY (waiting)
        ) LIMIT 1;
        IF next_table IS NULL THEN
            RAISE EXCEPTION 'tables refer to each other in a circle: %', waiting;
        END IF;
        EXECUTE format('DELETE FROM %s WHERE chain_id = $1', next_table) USING wanted;
        GET DIAGNOSTICS count_here = ROW_COUNT;
        removed := removed + count_here;
        waiting := array_remove(waiting, next_table);
    END LOOP;
    DELETE FROM chains WHERE id = wanted;
    DELETE FROM login_sessions WHERE login_id = ANY (people);
    DELETE FROM logins WHERE id = ANY (people);
    PERFORM set_config('regulars.removing_sample', '', true);
    IF is_quick THEN
        PERFORM set_config('session_replication_role', 'origin', true);
    END IF;
    RETURN removed;
END $$"""


class Migration(migrations.Migration):
    """Teach the append-only tables their one exception, and make the door."""

    dependencies = [("staff", "0003_sessions"), ("platform", "0003_protection"), ("ledger", "0002_protection")]
    operations = [
        migrations.RunSQL(REFUSE_CHANGE, REFUSE_ALWAYS),
        door("door_remove_sample_chain", REMOVE),
    ]
