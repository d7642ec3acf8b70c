"""Policies on the batches in which vouchers are issued."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put batches under the policies."""

    dependencies = [("vouchers", "0003_batches"), ("platform", "0001_functions")]
    operations = [chain_policy("voucher_batches", rights="SELECT, INSERT, UPDATE")]
