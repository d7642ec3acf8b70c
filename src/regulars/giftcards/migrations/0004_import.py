"""Which import brought a gift card, so that it can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Keep it beside the card."""

    dependencies = [("giftcards", "0003_blocked")]
    operations = [
        migrations.AddField(model_name="giftcard", name="import_id", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="giftcard",
            index=models.Index(
                fields=["import_id", "id"], condition=models.Q(import_id__isnull=False), name="gift_card_of_import"
            ),
        ),
    ]
