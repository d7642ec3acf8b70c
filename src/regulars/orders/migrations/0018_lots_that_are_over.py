"""What can be spent is found by the lots that are over, however many lots a card has."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("regulars.orders.migrations.0003_reading").AVAILABLE.replace("CREATE", "CREATE OR REPLACE", 1)
# Both times are in an index of their own, and the planner took that of the beginnings: nearly all lots have begun, and a card
# that a whole shop uses has thousands, where few are over. In this form the beginning is no condition of an index.
AVAILABLE = BEFORE.replace(
    "AND expires_at <= p_now AND activates_at <= p_now + interval '5 seconds'), 0);",
    "AND expires_at <= p_now AND (activates_at <= p_now + interval '5 seconds') IS TRUE), 0);",
)
assert AVAILABLE != BEFORE


class Migration(migrations.Migration):
    """Make the function anew."""

    dependencies = [("orders", "0017_prepaid")]
    operations = [migrations.RunSQL(AVAILABLE, BEFORE)]
