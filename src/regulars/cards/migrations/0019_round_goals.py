"""The goals of rounds that go on by former ones (TYP-5)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add them."""

    dependencies = [
        ("cards", "0018_wallet_codes"),
        ("chains", "0006_coordinates"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoundGoal",
            fields=[
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to="cards.card"
                    ),
                ),
                ("goal", models.IntegerField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "card_round_goals",
            },
        ),
    ]
