"""A statement that writes less than was planned fails by itself, so that the commit may travel with it."""

from django.db import migrations

ALL_WRITTEN = """
CREATE FUNCTION regulars_all_written(p_found bigint, p_wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_found <> p_wanted THEN
        RAISE EXCEPTION 'something is not as it was read' USING ERRCODE = 'serialization_failure';
    END IF;
END $$
"""


class Migration(migrations.Migration):
    """Make the function."""

    dependencies = [("ledger", "0006_night")]
    operations = [migrations.RunSQL(ALL_WRITTEN, "DROP FUNCTION regulars_all_written")]
