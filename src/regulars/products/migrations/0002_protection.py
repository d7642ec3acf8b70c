"""Policies on products, their feeds and the runs of those."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put products under the policies."""

    dependencies = [("products", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("products"),
        chain_policy("product_feeds"),
        chain_policy("product_feed_runs"),
    ]
