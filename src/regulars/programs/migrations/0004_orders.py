"""What orders ask of a program: when it earns, and whether what points paid earns."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two settings."""

    dependencies = [("programs", "0003_lots_and_holds")]
    operations = [
        migrations.AddField(
            model_name="program",
            name="earn_when",
            field=models.TextField(default="paid", db_default="paid"),
        ),
        migrations.AddField(
            model_name="program",
            name="earns_on_points",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.CheckConstraint(
                condition=models.Q(earn_when__in=["paid", "completed"]), name="program_earn_when"
            ),
        ),
    ]
