"""Policies on chains and locations; the door that lists chains for background work."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy, door


class Migration(migrations.Migration):
    """Put chains and locations under the policies."""

    dependencies = [("chains", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("chains", column="id"),
        chain_policy("locations"),
        door(
            "door_chains",
            "() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT id FROM chains ORDER BY id $$",
        ),
        door(
            "door_chain_name",
            """(wanted uuid[]) RETURNS TABLE (id uuid, name text, is_sample boolean) LANGUAGE sql STABLE AS $$
            SELECT id, name, is_sample FROM chains WHERE id = ANY (wanted) ORDER BY name, id $$""",
        ),
    ]
