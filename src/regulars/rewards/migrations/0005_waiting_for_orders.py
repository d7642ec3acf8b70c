"""Rewards whose goal was lost while an order had their voucher."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Note them."""

    dependencies = [("rewards", "0004_pictures_kept_once")]
    operations = [
        migrations.AddField(
            model_name="givenreward",
            name="waits_for_order",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="givenreward",
            index=models.Index(
                condition=models.Q(("waits_for_order", True)), fields=["voucher_id"], name="given_reward_waiting"
            ),
        ),
    ]
