"""Policies on orders."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy


class Migration(migrations.Migration):
    """Put orders under the policies."""

    dependencies = [("orders", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("orders", rights="SELECT, INSERT, UPDATE"),
        chain_policy("order_keys", rights="SELECT, INSERT"),
        append_only("order_keys"),
        chain_policy("order_lines", rights="SELECT, INSERT, UPDATE, DELETE"),
        chain_policy("order_promotions", rights="SELECT, INSERT, UPDATE, DELETE"),
        chain_policy("order_effects", rights="SELECT, INSERT, UPDATE, DELETE"),
        chain_policy("refunds", rights="SELECT, INSERT"),
        append_only("refunds"),
        chain_policy("customer_statistics", rights="SELECT, INSERT, UPDATE"),
    ]
