"""That a chain has products is kept in memory with its other terms: orders of a chain without any ask for none."""

from django.db import migrations

from regulars.platform.migrations_support import moves_stamp


class Migration(migrations.Migration):
    """Watch for new products; what one of them is, is read with each order."""

    dependencies = [
        ("orders", "0009_given_back"),
        ("products", "0002_protection"),
        ("promotions", "0003_stamps_never_repeat"),
    ]
    operations = [moves_stamp("products", on=("insert",))]
