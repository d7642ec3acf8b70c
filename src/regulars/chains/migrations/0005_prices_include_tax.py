"""Whether the prices of a chain hold their tax (ORD-15)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One setting."""

    dependencies = [("chains", "0004_clock")]
    operations = [
        migrations.AddField(
            model_name="chain",
            name="prices_include_tax",
            field=models.BooleanField(default=True, db_default=True),
        ),
    ]
