"""Policies on tiers; what a tier is moves the stamp of what orders are priced by."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy

EVENTS = (("insert", "INSERT", "NEW"), ("update", "UPDATE", "NEW"), ("delete", "DELETE", "OLD"))


def watch(table: str) -> str:
    """SQL that lets each change of the table move the stamp of the chains that it names."""
    return "".join(
        f"CREATE TRIGGER rules_changed_by_{name} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION regulars_rules_changed();"
        for name, event, side in EVENTS
    )


def unwatch(table: str) -> str:
    """SQL that undoes `watch`."""
    return "".join(f"DROP TRIGGER rules_changed_by_{name} ON {table};" for name, _event, _side in EVENTS)


class Migration(migrations.Migration):
    """Put tiers under the policies and watch them."""

    dependencies = [("programs", "0005_tiers"), ("promotions", "0002_protection"), ("platform", "0001_functions")]
    operations = [
        chain_policy("tier_groups", rights="SELECT, INSERT, UPDATE"),
        chain_policy("tiers", rights="SELECT, INSERT, UPDATE"),
        chain_policy("holder_tiers"),
        chain_policy("tier_changes", rights="SELECT, INSERT"),
        append_only("tier_changes"),
        migrations.RunSQL(
            watch("tier_groups") + watch("tiers"),
            unwatch("tiers") + unwatch("tier_groups"),
        ),
    ]
