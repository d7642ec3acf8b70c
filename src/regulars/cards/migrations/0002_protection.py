"""Policies on card types and cards; the door behind a public card link."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy, door


class Migration(migrations.Migration):
    """Put cards under the policies."""

    dependencies = [("cards", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        *(
            chain_policy(table)
            for table in (
                "card_types",
                "cards",
                "card_numbers",
                "card_short_numbers",
                "card_slots",
                "card_type_versions",
                "bulk_issues",
                "bulk_issued_cards",
            )
        ),
        door(
            "door_card",
            """(wanted uuid) RETURNS TABLE (chain_id uuid, link_version int) LANGUAGE sql STABLE AS $$
            SELECT chain_id, link_version FROM cards WHERE id = wanted AND status <> 'undone' $$""",
        ),
    ]
