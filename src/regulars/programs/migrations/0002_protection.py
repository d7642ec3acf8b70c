"""Policies on programs and balance types."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put programs under the policies."""

    dependencies = [("programs", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("programs"),
        chain_policy("balance_types"),
        chain_policy("initial_balances_given", rights="SELECT, INSERT"),
    ]
