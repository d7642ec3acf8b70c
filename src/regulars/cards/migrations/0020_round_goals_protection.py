"""Policies on the goals of rounds that go on by former ones."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put them under the policies."""

    dependencies = [("cards", "0019_round_goals"), ("platform", "0001_functions")]
    operations = [chain_policy("card_round_goals")]
