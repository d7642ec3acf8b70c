"""Policies on exports; doors for what goes over all chains."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put exports under the policies."""

    dependencies = [("exports", "0001_initial"), ("platform", "0001_functions"), ("chains", "0003_trade")]
    operations = [chain_policy("exports", rights="SELECT, INSERT, UPDATE")]
