"""Goals that card types had, and the rounds that go on by them (TYP-5)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add them."""

    dependencies = [
        ("cards", "0019_round_goals"),
        ("chains", "0006_coordinates"),
        ("ledger", "0009_guards_of_sets"),
        ("rewards", "0006_unmaking"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerGoal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "card_type_id",
                        "edition",
                        "stamps",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("edition", models.IntegerField()),
                ("stamps", models.IntegerField()),
                (
                    "card_type",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="cards.cardtype"),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                ("reward", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="rewards.reward")),
            ],
            options={
                "db_table": "former_goals",
            },
        ),
        migrations.CreateModel(
            name="KeptRound",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField()),
                ("edition", models.IntegerField()),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                ("card_type", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="cards.cardtype")),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "kept_rounds",
            },
        ),
    ]
