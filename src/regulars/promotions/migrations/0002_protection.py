"""Policies on promotions; every change to what orders are priced by moves the stamp of its chain."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy, moves_stamp

# Whoever changes a program by whatever way moves the stamp: no action can forget it. One row per statement and chain.
STAMP = """
CREATE FUNCTION regulars_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp)
    SELECT DISTINCT chain_id, 1 FROM changed_rows
    ON CONFLICT (chain_id) DO UPDATE SET stamp = kept.stamp + 1;
    RETURN NULL;
END
$$;
CREATE FUNCTION regulars_chain_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rules_stamps AS kept (chain_id, stamp) VALUES (NEW.id, 1)
    ON CONFLICT (chain_id) DO UPDATE SET stamp = kept.stamp + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE ON chains
    FOR EACH ROW EXECUTE FUNCTION regulars_chain_rules_changed();
INSERT INTO rules_stamps (chain_id, stamp) SELECT id, 1 FROM chains;
"""
WATCHED = (
    "programs",
    "balance_types",
    "card_types",
    "locations",
    "promotions",
    "promotion_versions",
    "promotion_codes",
)


class Migration(migrations.Migration):
    """Put promotions under the policies and watch what prices depend on."""

    dependencies = [
        ("promotions", "0001_initial"),
        ("cards", "0002_protection"),
        ("platform", "0001_functions"),
    ]
    operations = [
        chain_policy("promotions"),
        chain_policy("promotion_versions", rights="SELECT, INSERT"),
        append_only("promotion_versions"),
        chain_policy("promotion_codes", rights="SELECT, INSERT, DELETE"),
        chain_policy("promotion_slots"),
        chain_policy("promotion_uses", rights="SELECT, INSERT, UPDATE"),
        chain_policy("carried_rests", rights="SELECT, INSERT, UPDATE"),
        chain_policy("rules_stamps", rights="SELECT, INSERT, UPDATE"),
        migrations.RunSQL(
            STAMP,
            "DROP TRIGGER rules_changed ON chains; DROP FUNCTION regulars_chain_rules_changed();"
            "DROP FUNCTION regulars_rules_changed();",
        ),
        *(moves_stamp(table) for table in WATCHED),
    ]
