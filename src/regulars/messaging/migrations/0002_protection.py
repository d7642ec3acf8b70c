"""Policies on messages; how a delivery went on is written over, what was said is not."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put messages under the policies."""

    dependencies = [("messaging", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("messages", rights="SELECT, INSERT, DELETE"),
        chain_policy("message_deliveries"),
    ]
