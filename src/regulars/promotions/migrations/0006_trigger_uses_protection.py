"""Policies on what events brought: kept for ever, never changed."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy


class Migration(migrations.Migration):
    """Put the table under the policies."""

    dependencies = [("promotions", "0005_trigger_uses"), ("platform", "0001_functions")]
    operations = [chain_policy("trigger_uses", rights="SELECT, INSERT"), append_only("trigger_uses")]
