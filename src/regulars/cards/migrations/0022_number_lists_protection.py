"""Policies on the lists of printers and their rows."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put both under the policies."""

    dependencies = [("cards", "0021_number_lists"), ("platform", "0001_functions")]
    operations = [chain_policy("number_lists"), chain_policy("listed_numbers")]
