"""Kept figures, under the policy."""

import django.db.models.deletion
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Make the table of figures."""

    initial = True

    dependencies = [
        ("chains", "0003_trade"),
        ("platform", "0001_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainFigures",
            fields=[
                (
                    "chain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="chains.chain",
                    ),
                ),
                ("content", models.JSONField()),
                ("took_ms", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "chain_figures"},
        ),
        chain_policy("chain_figures"),
    ]
