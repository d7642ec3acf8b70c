"""Of how many days a new card takes over orders that had none (ORD-3)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column; orders wait for no card that is there already."""

    dependencies = [("cards", "0011_spend_limits")]
    operations = [
        migrations.AddField(
            model_name="cardtype", name="take_over_days", field=models.IntegerField(default=0, db_default=0)
        ),
    ]
