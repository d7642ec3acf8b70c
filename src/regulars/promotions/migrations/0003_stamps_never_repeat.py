"""Stamps come from a sequence: one that a rolled back transaction had is never another's."""

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from regulars.platform.migrations_support import EditorOnly

# Content that is read inside a transaction is kept in memory under its stamp. Were stamps counted, the next transaction
# would use the stamp of one that was rolled back, and what was never committed would price orders.
FROM_SEQUENCE = """
CREATE SEQUENCE rules_stamp_numbers;
SELECT setval('rules_stamp_numbers', 1 + (SELECT coalesce(max(stamp), 1) FROM rules_stamps));
CREATE OR REPLACE FUNCTION regulars_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp)
    SELECT chain_id, nextval('rules_stamp_numbers') FROM (SELECT DISTINCT chain_id FROM changed_rows) AS changed
    ON CONFLICT (chain_id) DO UPDATE SET stamp = nextval('rules_stamp_numbers');
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION regulars_chain_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp) VALUES (NEW.id, nextval('rules_stamp_numbers'))
    ON CONFLICT (chain_id) DO UPDATE SET stamp = nextval('rules_stamp_numbers');
    RETURN NULL;
END
$$;
"""
COUNTED = """
CREATE OR REPLACE FUNCTION regulars_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp)
    SELECT DISTINCT chain_id, 1 FROM changed_rows
    ON CONFLICT (chain_id) DO UPDATE SET stamp = kept.stamp + 1;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION regulars_chain_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp) VALUES (NEW.id, 1)
    ON CONFLICT (chain_id) DO UPDATE SET stamp = kept.stamp + 1;
    RETURN NULL;
END
$$;
DROP SEQUENCE rules_stamp_numbers;
"""


def grant(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Let the application draw from the sequence, as its triggers do."""
    role = editor.quote_name(str(settings.DATABASES["default"]["USER"]))
    editor.execute(f"GRANT USAGE ON SEQUENCE rules_stamp_numbers TO {role}")


def keep(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """The right goes with the sequence."""


class Migration(migrations.Migration):
    """Number the stamps from a sequence."""

    dependencies = [("promotions", "0002_protection")]
    operations = [migrations.RunSQL(FROM_SEQUENCE, COUNTED), EditorOnly(grant, keep)]
