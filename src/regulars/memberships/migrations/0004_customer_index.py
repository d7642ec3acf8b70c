"""Whoever removes a person finds their memberships at once, with or without a chain (complaint 55)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Lead the index of holders with the holder."""

    dependencies = [("memberships", "0003_no_delete")]
    operations = [
        migrations.RemoveIndex(model_name="membership", name="membership_customer"),
        migrations.AddIndex(
            model_name="membership", index=models.Index(fields=["customer", "id"], name="membership_customer")
        ),
    ]
