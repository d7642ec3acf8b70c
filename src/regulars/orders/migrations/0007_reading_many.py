"""What orders depend on, one or a hundred of them, as one call: accounts are locked first and read second (DESIGN section 4)."""

from importlib import import_module

from django.db import migrations

# In a volatile function each statement sees a snapshot of its own (PostgreSQL, "Function Volatility Categories"), so
# what is read after the locks were waited for is what the ones before us left. Rows of several kinds come as JSON, in one
# answer. What nobody asks for is not looked for: one order by its card takes five short statements.
READ = """
CREATE FUNCTION regulars_read_for_orders(
    p_chain uuid, p_cards uuid[], p_customers uuid[], p_customer_keys text[], p_phones text[], p_external_ids text[],
    p_holder uuid, p_route text, p_key text, p_now timestamptz, p_locks boolean, p_lots_of uuid[], p_lots_max int,
    p_carrying uuid[], p_with_history boolean, p_with_fields boolean, p_with_tiers boolean
) RETURNS TABLE (
    stamp bigint, body_hash bytea, answer_status smallint, answer text, key_rows text, phone_rows text,
    customer_rows text, card_rows text, carried_rows text, tier_rows text, history_rows text
) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    customer_ids uuid[] := '{}';
    card_ids uuid[] := p_cards;
    holder_ids uuid[];
BEGIN
    IF p_holder IS NOT NULL THEN
        SELECT i.body_hash, i.status, i.answer INTO body_hash, answer_status, answer
        FROM idempotency_keys i WHERE i.holder_id = p_holder AND i.route = p_route AND i.key = p_key;
    END IF;
    IF cardinality(p_customers) > 0 OR cardinality(p_customer_keys) > 0 OR cardinality(p_phones) > 0 THEN
        IF cardinality(p_phones) > 0 THEN
            SELECT json_agg(json_build_array(p.phone, p.customer_id))::text, array_agg(p.customer_id)
            INTO phone_rows, customer_ids
            FROM customer_phones p WHERE p.chain_id = p_chain AND p.phone = ANY(p_phones);
            SELECT card_ids || coalesce(array_agg(k.id), '{}') INTO card_ids FROM cards k
            WHERE k.chain_id = p_chain AND k.phone = ANY(p_phones) AND k.customer_id IS NULL AND k.status = 'active';
        END IF;
        SELECT coalesce(array_agg(DISTINCT c.id), '{}') INTO customer_ids FROM (
            SELECT c.id FROM customers c WHERE c.chain_id = p_chain AND c.id = ANY(customer_ids || p_customers)
            UNION ALL
            SELECT c.id FROM customers c WHERE c.chain_id = p_chain AND c.external_id = ANY(p_customer_keys)
        ) c;
        SELECT card_ids || coalesce(array_agg(k.id), '{}') INTO card_ids FROM cards k
        WHERE k.customer_id = ANY(customer_ids) AND k.status = 'active' AND k.chain_id = p_chain;
    END IF;
    IF p_locks AND cardinality(card_ids) > 0 THEN
        PERFORM a.id FROM accounts a WHERE a.card_id = ANY(card_ids) AND a.chain_id = p_chain
        ORDER BY a.id FOR NO KEY UPDATE;
        IF EXISTS (SELECT FROM accounts a WHERE a.card_id = ANY(card_ids) AND a.held > 0) THEN
            PERFORM regulars_end_holds_of(ARRAY(
                SELECT a.id FROM accounts a WHERE a.card_id = ANY(card_ids) AND a.held > 0 ORDER BY a.id), p_now, false);
        END IF;
    END IF;
    SELECT s.stamp INTO stamp FROM rules_stamps s WHERE s.chain_id = p_chain;
    IF cardinality(p_external_ids) > 0 THEN
        SELECT json_agg(json_build_array(o.external_id, o.order_id, encode(o.content_hash, 'hex')))::text INTO key_rows
        FROM order_keys o WHERE o.chain_id = p_chain AND o.external_id = ANY(p_external_ids);
    END IF;
    IF cardinality(card_ids) > 0 THEN
        SELECT array_agg(k.customer_id) FILTER (WHERE k.customer_id IS NOT NULL) || customer_ids,
            json_agg(json_build_array(k.id, k.card_type_id, k.status, k.customer_id, k.phone,
                coalesce(k.expires_at <= p_now, false),
                (SELECT json_agg(json_build_array(a.id, a.balance_type_id, a.balance, a.held, a.version,
                        a.allows_debt, regulars_available(a.id, a.balance, a.held, a.allows_debt, p_now),
                        CASE WHEN a.allows_debt OR a.balance_type_id = ANY(p_lots_of) THEN (
                            SELECT json_agg(json_build_array(l.id, l.amount, l.remaining, l.activates_at, l.expires_at,
                                l.held))
                            FROM (
                                SELECT lots.* FROM lots WHERE lots.account_id = a.id AND lots.remaining > 0
                                    AND (a.allows_debt OR lots.activates_at <= p_now + interval '5 seconds'
                                        AND (lots.expires_at IS NULL OR lots.expires_at > p_now))
                                ORDER BY lots.expires_at, lots.id
                                LIMIT CASE WHEN a.allows_debt THEN NULL ELSE p_lots_max END
                            ) l
                        ) END))
                    FROM accounts a WHERE a.card_id = k.id)))::text
        INTO customer_ids, card_rows
        FROM cards k WHERE k.id = ANY(card_ids) AND k.chain_id = p_chain AND k.status <> 'undone';
        IF cardinality(p_carrying) > 0 THEN
            SELECT json_agg(json_build_array(r.promotion_id, r.card_id, r.money))::text INTO carried_rows
            FROM carried_rests r
            WHERE r.promotion_id = ANY(p_carrying) AND r.card_id = ANY(card_ids) AND r.chain_id = p_chain;
        END IF;
    END IF;
    IF cardinality(customer_ids) > 0 THEN
        SELECT json_agg(json_build_array(c.id, c.external_id, NOT c.loyalty_off,
            CASE WHEN p_with_fields THEN to_json(c.tags) END, CASE WHEN p_with_fields THEN c.custom END))::text
        INTO customer_rows FROM customers c WHERE c.id = ANY(customer_ids) AND c.chain_id = p_chain;
    END IF;
    holder_ids := customer_ids || card_ids;
    IF p_with_tiers AND cardinality(holder_ids) > 0 THEN
        SELECT json_agg(json_build_array(h.holder_id, t.id))::text INTO tier_rows FROM holder_tiers h
        JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL
        WHERE h.chain_id = p_chain AND h.holder_id = ANY(holder_ids);
    END IF;
    IF p_with_history AND cardinality(holder_ids) > 0 THEN
        -- What was bought with a card before somebody claimed it is theirs.
        SELECT json_agg(json_build_array(h.holder_id, h.many, h.sold, h.paid))::text INTO history_rows FROM (
            SELECT o.holder_id, count(*) AS many, sum(o.sold) AS sold, sum(o.paid) AS paid FROM (
                SELECT o.customer_id AS holder_id, o.sold, o.total - o.refunded AS paid
                FROM orders o WHERE o.customer_id = ANY(customer_ids)
                    AND o.state IN ('paid', 'completed', 'partly_refunded')
                UNION ALL
                SELECT coalesce(k.customer_id, k.id), o.sold, o.total - o.refunded
                FROM cards k JOIN orders o ON o.card_id = k.id AND o.customer_id IS NULL
                WHERE (k.id = ANY(card_ids) OR k.customer_id = ANY(customer_ids)) AND k.chain_id = p_chain
                    AND o.state IN ('paid', 'completed', 'partly_refunded')
            ) o GROUP BY o.holder_id
        ) h;
    END IF;
    RETURN NEXT;
END $$
"""
BEFORE = import_module("regulars.orders.migrations.0006_loyalty_and_tiers")


class Migration(migrations.Migration):
    """Make the function in the place of the one for a single order."""

    dependencies = [("orders", "0006_loyalty_and_tiers")]
    operations = [
        migrations.RunSQL("DROP FUNCTION regulars_read_for_order", BEFORE.changed(BEFORE.BEFORE)),
        migrations.RunSQL(READ, "DROP FUNCTION regulars_read_for_orders"),
    ]
