"""How long before its end a lot is announced, from when a lapse counts, and what refunds take back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0002_protection"),
    ]

    operations = [
        migrations.AddField(
            model_name="balancetype",
            name="lapse_counts_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="balancetype",
            name="notice_days",
            field=models.SmallIntegerField(db_default=7, default=7, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="refunds",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
