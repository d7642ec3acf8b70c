"""Where a customer was entered: staff of that location see them before they hold a card."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the location; of customers who are there already it is not known."""

    dependencies = [("customers", "0005_search_ends")]
    operations = [
        migrations.AddField(model_name="customer", name="entered_location_id", field=models.UUIDField(null=True)),
    ]
