"""Policies on join pages, and the doors that people at public pages come through."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy, door


class Migration(migrations.Migration):
    """Put joining under the policies."""

    dependencies = [("storefront", "0001_join"), ("platform", "0001_functions")]
    operations = [
        chain_policy("join_pages", rights="SELECT, INSERT, UPDATE"),
        chain_policy("consent_texts", rights="SELECT, INSERT"),
        append_only("consent_texts"),
        chain_policy("join_requests"),
        door(
            "door_join_request",
            """(wanted uuid) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id FROM join_requests WHERE id = wanted $$""",
        ),
        door(
            "door_forget_join_requests",
            """(before timestamptz) RETURNS bigint LANGUAGE sql AS $$
            WITH gone AS (DELETE FROM join_requests WHERE ends_at < before RETURNING 1) SELECT count(*) FROM gone $$""",
        ),
    ]
