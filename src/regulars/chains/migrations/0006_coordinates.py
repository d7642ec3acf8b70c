"""Where a location is on the earth, so that a phone offers the card near it (WAL-4)."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Both numbers or neither."""

    dependencies = [("chains", "0005_prices_include_tax")]
    operations = [
        migrations.AddField("location", "latitude", models.FloatField(null=True)),
        migrations.AddField("location", "longitude", models.FloatField(null=True)),
        migrations.AddConstraint(
            "location",
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="location_on_earth",
            ),
        ),
    ]
