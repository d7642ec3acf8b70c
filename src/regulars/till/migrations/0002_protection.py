"""Policies on what was pressed: never deleted, and only marked as taken back."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put presses under the policies."""

    dependencies = [("till", "0001_initial"), ("platform", "0001_functions")]
    operations = [chain_policy("till_presses", rights="SELECT, INSERT, UPDATE")]
