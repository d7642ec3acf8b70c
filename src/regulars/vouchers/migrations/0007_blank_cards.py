"""A voucher on a card that nobody holds yet says so: it waits for somebody, and is not redeemed until then (CRD-10)."""

from importlib import import_module
from typing import Final

from django.db import migrations

BEFORE: Final = import_module("regulars.vouchers.migrations.0006_undone").AFTER.replace(
    "CREATE VIEW", "CREATE OR REPLACE VIEW"
)
BLANK: Final = (
    "CASE WHEN c.status = 'active' AND c.customer_id IS NULL AND c.phone IS NULL THEN 'blank' ELSE c.status END"
)
AFTER: Final = BEFORE.replace("c.status AS card_status", f"{BLANK} AS card_status")


class Migration(migrations.Migration):
    """Tell vouchers of blank cards apart."""

    dependencies = [("vouchers", "0006_undone"), ("cards", "0001_initial")]
    operations = [migrations.RunSQL(AFTER, BEFORE)]
