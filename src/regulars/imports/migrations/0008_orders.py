"""A place for what rows of orders have beside in the staging table."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, door

WIDEN = f"""(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    suffix text := replace(wanted::text, '-', '');
BEGIN
    PERFORM FROM imports WHERE id = wanted AND chain_id = {CURRENT_CHAIN} AND kind = 'orders';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such import';
    END IF;
    EXECUTE format('ALTER TABLE staging.%I ADD COLUMN IF NOT EXISTS order_key text COLLATE "C",
        ADD COLUMN IF NOT EXISTS ordered_at timestamptz, ADD COLUMN IF NOT EXISTS order_state text,
        ADD COLUMN IF NOT EXISTS total bigint, ADD COLUMN IF NOT EXISTS discount bigint,
        ADD COLUMN IF NOT EXISTS shipping bigint, ADD COLUMN IF NOT EXISTS tips bigint,
        ADD COLUMN IF NOT EXISTS refunded bigint, ADD COLUMN IF NOT EXISTS place text,
        ADD COLUMN IF NOT EXISTS channel text, ADD COLUMN IF NOT EXISTS seller text,
        ADD COLUMN IF NOT EXISTS sku text, ADD COLUMN IF NOT EXISTS product text,
        ADD COLUMN IF NOT EXISTS category text, ADD COLUMN IF NOT EXISTS quantity bigint,
        ADD COLUMN IF NOT EXISTS price bigint, ADD COLUMN IF NOT EXISTS line_discount bigint,
        ADD COLUMN IF NOT EXISTS line_total bigint, ADD COLUMN IF NOT EXISTS order_row int,
        ADD COLUMN IF NOT EXISTS order_rows int', 'rows_' || suffix);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON staging.%I (order_row)', 'order_row_' || suffix, 'rows_' || suffix);
END $$"""


class Migration(migrations.Migration):
    """Make the door."""

    dependencies = [("imports", "0007_sample_data"), ("orders", "0012_history")]
    operations = [door("door_widen_staging_for_orders", WIDEN)]
