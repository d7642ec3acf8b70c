"""Customers whose loyalty is switched off (CUS-4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the switch; a constant default writes no row anew."""

    dependencies = [("customers", "0006_entered_location")]
    operations = [
        migrations.AddField(
            model_name="customer", name="loyalty_off", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["chain", "id"], condition=models.Q(("loyalty_off", True)), name="customer_loyalty_off"
            ),
        ),
    ]
