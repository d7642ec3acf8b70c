"""Policies on designs; what was published is never changed."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put designs under the policies."""

    dependencies = [("designs", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("design_drafts"),
        chain_policy("design_versions", rights="SELECT, INSERT"),
        chain_policy("design_pictures", rights="SELECT, INSERT"),
    ]
