"""What holders of a tier keep while the tier changes, and tiers that nobody enters any more (ORD-13)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0006_tiers_protection")]

    operations = [
        migrations.AddField(
            model_name="tier",
            name="closes_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="tier",
            name="kept_multiplier",
            field=models.DecimalField(decimal_places=4, max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name="tier",
            name="multiplier_kept_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="holdertier",
            name="kept_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="holdertier",
            name="keeps_multiplier",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="holdertier",
            index=models.Index(
                condition=models.Q(("kept_until__isnull", False)), fields=["group", "kept_until"], name="tier_kept"
            ),
        ),
    ]
