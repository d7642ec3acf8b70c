"""No foreign key from what orders write to the chain: it would lock the chain's one row for every line of every order.

The policies see to it that a row's chain is the one it was written in.
"""

import django.db.models.deletion
from django.db import migrations, models

LEAVES = ("order", "orderkey", "orderline", "orderpromotion", "ordereffect", "refund", "customerstatistics")


def without_key_to_chain(model: str) -> migrations.AlterField:
    """Keep the column, drop the foreign key."""
    return migrations.AlterField(
        model_name=model,
        name="chain",
        field=models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            to="chains.chain",
        ),
    )


class Migration(migrations.Migration):
    """Drop the keys."""

    dependencies = [("orders", "0007_reading_many")]
    operations = [without_key_to_chain(model) for model in LEAVES]
