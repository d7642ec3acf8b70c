"""Whose birthday it is, found by an index instead of by reading everybody each night (RWD-8)."""

from django.db import migrations, models
from django.db.models.functions import Cast, ExtractDay, ExtractMonth


class Migration(migrations.Migration):
    """A column that PostgreSQL fills from the birthday, and its index; the column writes the table anew, once."""

    dependencies = [("customers", "0008_referrals")]
    operations = [
        migrations.AddField(
            model_name="customer",
            name="birthday_day",
            field=models.GeneratedField(
                db_persist=True,
                expression=Cast(ExtractMonth("birthday") * 100 + ExtractDay("birthday"), models.IntegerField()),
                output_field=models.IntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["chain", "birthday_day", "id"],
                condition=models.Q(("birthday_day__isnull", False)),
                name="customer_birthdays",
            ),
        ),
    ]
