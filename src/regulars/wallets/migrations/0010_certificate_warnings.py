"""How urgently the end of a certificate was told already (WAL-2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("wallets", "0009_waiting")]
    operations = [
        migrations.AddField(
            model_name="passcertificate", name="warned_days", field=models.SmallIntegerField(null=True)
        ),
    ]
