"""Policies on rewards; what a card got is never deleted."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put rewards under the policies."""

    dependencies = [("rewards", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("rewards", rights="SELECT, INSERT, UPDATE"),
        chain_policy("reward_pictures"),
        chain_policy("stamp_rules", rights="SELECT, INSERT, UPDATE"),
        chain_policy("milestones"),
        chain_policy("card_rounds"),
        chain_policy("begun_rounds", rights="SELECT, INSERT, DELETE"),
        chain_policy("given_rewards", rights="SELECT, INSERT, UPDATE"),
        chain_policy("settlings", rights="SELECT, INSERT, UPDATE"),
    ]
