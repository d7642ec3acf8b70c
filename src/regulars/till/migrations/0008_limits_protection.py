"""Policies on the limits of the till."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put the limits under the policies."""

    dependencies = [("till", "0007_limits"), ("platform", "0001_functions")]
    operations = [chain_policy("till_limits", rights="SELECT, INSERT, UPDATE")]
