"""Who took an import back: they wait for the end of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Make the column."""

    dependencies = [("imports", "0003_analyze_grown")]
    operations = [migrations.AddField("import", "undone_by", models.UUIDField(null=True))]
