"""The word in the address where people join a card type: one in the whole installation, found before the chain is known."""

from django.db import migrations, models

from regulars.platform.migrations_support import door


class Migration(migrations.Migration):
    """Add the column and the door from a slug to its card type."""

    dependencies = [("cards", "0013_goals")]
    operations = [
        migrations.AddField("cardtype", "join_slug", models.TextField(null=True, unique=True, db_collation="C")),
        door(
            "door_join",
            """(wanted text) RETURNS TABLE (chain_id uuid, card_type_id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id, id FROM card_types WHERE join_slug = wanted AND state <> 'undone' $$""",
        ),
    ]
