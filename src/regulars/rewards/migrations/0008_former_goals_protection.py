"""Policies on former goals and the rounds that go on by them."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put them under the policies."""

    dependencies = [("rewards", "0007_former_goals"), ("platform", "0001_functions")]
    operations = [
        chain_policy("former_goals", rights="SELECT, INSERT"),
        chain_policy("kept_rounds", rights="SELECT, INSERT, DELETE"),
    ]
