"""Figures for the planner: a door for tables that an import has made large within seconds, and fewer of them for staging."""

from django.db import migrations

from regulars.platform.migrations_support import door

GROWN = """() RETURNS void LANGUAGE plpgsql SET default_statistics_target = 30 AS $$
-- Autovacuum looks once a minute. Until then the planner takes a chain's rows for a two-hundredth of the table, and reads
-- all of them again and again where one index entry would do: in the search of cards, and in the next import.
DECLARE
    grown regclass;
BEGIN
    FOR grown IN SELECT c.oid FROM pg_class c
        WHERE c.oid IN ('customers'::regclass, 'customer_phones'::regclass, 'cards'::regclass, 'accounts'::regclass)
            AND pg_relation_size(c.oid) / current_setting('block_size')::int > 4 * greatest(c.relpages, 32)
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s', grown);
    END LOOP;
END $$"""

STAGING = """(wanted uuid) RETURNS void LANGUAGE plpgsql SET default_statistics_target = 30 AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    EXECUTE format('ANALYZE staging.%I', 'rows_' || suffix);
    EXECUTE format('ANALYZE staging.%I', 'plan_' || suffix);
END $$"""


class Migration(migrations.Migration):
    """Make the doors."""

    dependencies = [("imports", "0002_protection"), ("ledger", "0002_protection")]
    operations = [door("door_analyze_grown", GROWN), door("door_analyze_staging", STAGING)]
