"""Policies on memberships; what was used or added is never changed, and the end is what its parts make it."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy


class Migration(migrations.Migration):
    """Put memberships under the policies."""

    dependencies = [("memberships", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("membership_types"),
        chain_policy("memberships"),
        chain_policy("membership_uses", rights="SELECT, INSERT"),
        append_only("membership_uses"),
        chain_policy("membership_freezes", rights="SELECT, INSERT, UPDATE"),
        chain_policy("membership_extensions", rights="SELECT, INSERT"),
        append_only("membership_extensions"),
        migrations.RunSQL(
            "ALTER TABLE memberships ADD CONSTRAINT membership_end CHECK ("
            "(ends_on IS NULL AND first_ends_on IS NULL) OR ends_on = first_ends_on + frozen_days + extended_days)",
            "ALTER TABLE memberships DROP CONSTRAINT membership_end",
        ),
    ]
