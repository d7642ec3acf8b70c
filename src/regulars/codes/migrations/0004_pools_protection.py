"""Policies on pools, their codes and what became of them."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put pools and codes under the policies."""

    dependencies = [("codes", "0003_pools"), ("platform", "0001_functions")]
    operations = [
        chain_policy("code_pools"),
        chain_policy("code_batches"),
        chain_policy("codes"),
        chain_policy("code_attachments"),
        chain_policy("code_uses"),
        chain_policy("code_pool_holders"),
    ]
