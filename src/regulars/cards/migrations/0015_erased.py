"""When a card's holder was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column."""

    dependencies = [("cards", "0014_join_slug")]
    operations = [migrations.AddField("card", "erased_at", models.DateTimeField(null=True))]
