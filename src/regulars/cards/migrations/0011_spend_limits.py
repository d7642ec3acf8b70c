"""What the points of a card may pay of an order (TYP-3)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column: the limits as they are written."""

    dependencies = [("cards", "0010_lot_terms")]
    operations = [
        migrations.AddField(
            model_name="cardtype",
            name="spend_limits",
            field=models.JSONField(default=dict, db_default=models.Value({}, models.JSONField())),
        ),
    ]
