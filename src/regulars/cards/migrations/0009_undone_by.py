"""Who takes the cards of a bulk issue back: they wait for the end of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Make the column."""

    dependencies = [("cards", "0008_short_reads")]
    operations = [migrations.AddField("bulkissue", "undone_by", models.UUIDField(null=True))]
