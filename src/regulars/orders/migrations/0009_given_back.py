"""Orders that came back are few among all: their list reads an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_no_hot_row")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["chain", "id"],
                condition=models.Q(state__in=["cancelled", "partly_refunded", "refunded"]),
                name="order_given_back",
            ),
        ),
    ]
