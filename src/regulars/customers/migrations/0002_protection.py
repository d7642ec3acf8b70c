"""Policies on customers and the search functions that see past them, chain by chain."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Put customers under the policies; index names by trigram."""

    dependencies = [("customers", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX customer_name_parts ON customers USING gin (search_name gin_trgm_ops)",
            "DROP INDEX customer_name_parts",
        ),
        *(
            chain_policy(table)
            for table in (
                "customers",
                "customer_phones",
                "customer_tags",
                "custom_fields",
                "customer_notes",
                "saved_views",
            )
        ),
        chain_policy("consents", rights="SELECT, INSERT, DELETE"),
    ]
