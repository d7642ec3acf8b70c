"""Partitions are no way around their parent: nobody but the owner reads one by its own name, nobody empties one."""

from django.db import migrations

MAKE_PARTITIONS = """
CREATE OR REPLACE FUNCTION regulars_guard_partition(child regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Policies on and none given: closed under its own name. Through the parent the parent's policy decides.
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', child);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT'
        ' EXECUTE FUNCTION regulars_refuse_change()', child);
END $$;

CREATE OR REPLACE FUNCTION regulars_make_partitions(parent text, moment timestamptz, ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' SET search_path = public, pg_temp AS $$
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
            PERFORM regulars_guard_partition(child::regclass);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;

SELECT regulars_guard_partition(i.inhrelid::regclass)
FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
WHERE p.relname IN ('transactions', 'entries', 'events') AND p.relkind = 'p';
"""


class Migration(migrations.Migration):
    """Guard the partitions that exist, and teach the function that makes them."""

    dependencies = [("platform", "0003_protection"), ("ledger", "0002_protection")]
    operations = [migrations.RunSQL(MAKE_PARTITIONS, migrations.RunSQL.noop)]
