"""A place for what rows of codes and gift cards have beside in the staging table."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, door

WIDEN = f"""(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    PERFORM FROM imports WHERE id = wanted AND chain_id = {CURRENT_CHAIN} AND kind IN ('codes', 'gift_cards');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such import';
    END IF;
    EXECUTE format('ALTER TABLE staging.%I ADD COLUMN IF NOT EXISTS code text,
        ADD COLUMN IF NOT EXISTS code_key text COLLATE "C", ADD COLUMN IF NOT EXISTS code_state text,
        ADD COLUMN IF NOT EXISTS valid_until timestamptz, ADD COLUMN IF NOT EXISTS uses bigint,
        ADD COLUMN IF NOT EXISTS left_value bigint, ADD COLUMN IF NOT EXISTS value bigint,
        ADD COLUMN IF NOT EXISTS gift_type text, ADD COLUMN IF NOT EXISTS earlier_row int,
        ADD COLUMN IF NOT EXISTS holder_id uuid, ADD COLUMN IF NOT EXISTS holder_issue text', 'rows_' || suffix);
END $$"""


class Migration(migrations.Migration):
    """Make the door."""

    dependencies = [("imports", "0008_orders")]
    operations = [door("door_widen_staging_for_codes", WIDEN)]
