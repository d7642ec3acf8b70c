"""What an order depends on: also whether the buyer's loyalty is on (CUS-4), and the tiers that they are in (PRG-6)."""

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("regulars.orders.migrations.0003_reading").READ
CHANGES = (
    ("p_with_fields boolean\n)", "p_with_fields boolean, p_with_tiers boolean\n)"),
    ("card_rows text, carried_rows text\n)", "card_rows text, carried_rows text, tier_ids uuid[]\n)"),
    (
        "    takes_part := true;\n",
        """    takes_part := true;
    IF customer_id IS NOT NULL THEN
        SELECT NOT c.loyalty_off INTO takes_part FROM customers c WHERE c.id = regulars_read_for_order.customer_id;
    END IF;
    IF p_with_tiers AND coalesce(customer_id, unclaimed) IS NOT NULL THEN
        SELECT array_agg(t.id) INTO tier_ids FROM holder_tiers h
        JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL
        WHERE h.chain_id = p_chain AND h.holder_id = coalesce(regulars_read_for_order.customer_id, unclaimed);
    END IF;
""",
    ),
)


def changed(text: str) -> str:
    """The function with both facts."""
    for before, after in CHANGES:
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


class Migration(migrations.Migration):
    """Make the function anew: it takes and gives one thing more."""

    dependencies = [
        ("orders", "0005_counted_orders"),
        ("customers", "0007_loyalty_off"),
        ("programs", "0006_tiers_protection"),
    ]
    operations = [
        migrations.RunSQL("DROP FUNCTION regulars_read_for_order", BEFORE),
        migrations.RunSQL(changed(BEFORE), "DROP FUNCTION regulars_read_for_order"),
    ]
