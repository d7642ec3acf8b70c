"""Policies on codes; a code that is taken stays taken."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put the code space under the policies."""

    dependencies = [("codes", "0001_initial"), ("platform", "0001_functions")]
    operations = [chain_policy("code_keys", rights="SELECT, INSERT, DELETE")]
