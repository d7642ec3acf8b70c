"""What a bulk issue is for: cards for customers, or blank cards."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the kind; what exists was issued to customers."""

    dependencies = [("cards", "0002_protection")]
    operations = [
        migrations.AddField(
            model_name="bulkissue",
            name="kind",
            field=models.TextField(default="customers", db_default="customers"),
        ),
    ]
