"""Which blank cards an import gave their person, so that its undo makes them blank again."""

import django.db.models.deletion
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Add the table of claims under the policies."""

    dependencies = [("imports", "0005_further_phones"), ("cards", "0005_hot_path"), ("chains", "0003_trade")]
    operations = [
        migrations.CreateModel(
            name="ImportedClaim",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "import_id", "card_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("import_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("card", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="cards.card")),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={"db_table": "imported_claims"},
        ),
        chain_policy("imported_claims"),
    ]
