"""Where a bulk issue happens: its cards are issued there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the location."""

    dependencies = [("cards", "0006_list_orders")]
    operations = [
        migrations.AddField(model_name="bulkissue", name="location_id", field=models.UUIDField(null=True)),
    ]
