"""Open orders whose reservation ends are found by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = [("orders", "0003_reading"), ("promotions", "0004_limits")]
    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["chain", "reserved_until"],
                condition=models.Q(state="open", reserved_until__isnull=False),
                name="order_reserved",
            ),
        ),
    ]
