"""Policies on devices and what they noted: neither is ever deleted."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put devices and their notes under the policies."""

    dependencies = [("till", "0003_queue"), ("platform", "0001_functions")]
    operations = [
        chain_policy("till_devices", rights="SELECT, INSERT, UPDATE"),
        chain_policy("till_queued", rights="SELECT, INSERT, UPDATE"),
    ]
