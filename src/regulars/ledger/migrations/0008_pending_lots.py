"""What is pending on an account is found without looking at all of its lots."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = [("ledger", "0007_all_written")]
    operations = [
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                fields=["account", "activates_at"], condition=models.Q(remaining__gt=0), name="lot_pending"
            ),
        ),
    ]
