"""Orders of the past are found by their import, and forgotten when it is undone: only they, and their external ids."""

from django.db import migrations, models

from regulars.platform.migrations_support import CURRENT_CHAIN, door

# What was given back of an order since it was imported stands in rows that nobody deletes: such an order stays.
FORGET = f"""(wanted uuid, most int) RETURNS TABLE (orders int, customers uuid[], cards uuid[]) LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
BEGIN
    SELECT coalesce(array_agg(o.id), '{{}}') INTO gone FROM (
        SELECT o.id FROM orders o WHERE o.import_id = wanted AND o.chain_id = {CURRENT_CHAIN} AND o.version = 1
            AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id)
        ORDER BY o.id LIMIT most FOR UPDATE
    ) o;
    orders := cardinality(gone);
    SELECT coalesce(array_agg(DISTINCT coalesce(o.customer_id, k.customer_id))
            FILTER (WHERE coalesce(o.customer_id, k.customer_id) IS NOT NULL), '{{}}'),
        coalesce(array_agg(DISTINCT o.card_id) FILTER (WHERE o.card_id IS NOT NULL AND o.customer_id IS NULL), '{{}}')
    INTO customers, cards FROM orders o LEFT JOIN cards k ON k.id = o.card_id WHERE o.id = ANY(gone);
    PERFORM set_config('regulars.forgetting', 'history', true);
    DELETE FROM order_keys k USING orders o WHERE o.id = ANY(gone) AND k.order_id = o.id AND k.chain_id = {CURRENT_CHAIN}
        AND k.external_id = coalesce(o.external_id, o.facts ->> 'history_key');
    PERFORM set_config('regulars.forgetting', '', true);
    DELETE FROM order_lines WHERE order_id = ANY(gone);
    DELETE FROM orders o WHERE o.id = ANY(gone);
    RETURN NEXT;
END $$"""
# The application's role has no right to delete a key; this is what keeps its owner from it.
GUARD = """
DROP TRIGGER order_keys_append_only ON order_keys;
CREATE TRIGGER order_keys_append_only BEFORE UPDATE OR DELETE ON order_keys FOR EACH ROW
    WHEN (current_setting('regulars.forgetting', true) IS DISTINCT FROM 'history')
    EXECUTE FUNCTION regulars_refuse_change();
"""
BEFORE = """
DROP TRIGGER order_keys_append_only ON order_keys;
CREATE TRIGGER order_keys_append_only BEFORE UPDATE OR DELETE ON order_keys FOR EACH ROW
    EXECUTE FUNCTION regulars_refuse_change();
"""


class Migration(migrations.Migration):
    """Make the index and the door."""

    dependencies = [("orders", "0011_many_keys"), ("cards", "0002_protection")]
    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["import_id", "id"], condition=models.Q(import_id__isnull=False), name="order_of_import"
            ),
        ),
        migrations.RunSQL(GUARD, BEFORE),
        door("door_forget_history", FORGET),
    ]
