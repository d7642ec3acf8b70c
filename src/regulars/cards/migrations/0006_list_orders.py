"""The list of cards by number, by name and by rare status at any length; a search finds cards without reading them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Index what the list is ordered by; widen the index of holders."""

    dependencies = [("cards", "0005_hot_path")]
    operations = [
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["chain", "number", "id"], name="card_by_number"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                fields=["customer", "id"],
                include=["chain", "status"],
                condition=models.Q(("customer__isnull", False)),
                name="card_of_holder",
            ),
        ),
        migrations.RemoveIndex(model_name="card", name="card_holder"),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                fields=["chain", "id"], condition=models.Q(("customer__isnull", True)), name="card_of_nobody"
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                fields=["chain", "status", "id"],
                condition=models.Q(("status", "active"), _negated=True),
                name="card_not_active",
            ),
        ),
    ]
