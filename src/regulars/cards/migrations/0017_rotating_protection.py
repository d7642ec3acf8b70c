"""Policies on the phones that make codes and on what was shown."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put both under the policies."""

    dependencies = [("cards", "0016_rotating"), ("platform", "0001_functions")]
    operations = [
        chain_policy("card_devices"),
        chain_policy("card_code_uses", rights="SELECT, INSERT, UPDATE"),
    ]
