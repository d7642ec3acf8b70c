"""What a pass shows waits for the phones that are told of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("wallets", "0008_door_of_changes")]
    operations = [
        migrations.AddField(model_name="walletpass", name="waiting", field=models.BinaryField(null=True)),
    ]
