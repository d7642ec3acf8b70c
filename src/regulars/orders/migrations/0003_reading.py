"""What an order depends on as one call: accounts are locked first and read second (DESIGN section 4)."""

from django.db import migrations

# In a volatile function each statement sees a snapshot of its own (PostgreSQL, "Function Volatility Categories"), so
# what is read after the locks were waited for is what the ones before us left. Cards and accounts come as JSON: a few
# rows of several kinds in one answer.
READ = """
CREATE FUNCTION regulars_read_for_order(
    p_chain uuid, p_card uuid, p_customer uuid, p_customer_key text, p_phone text, p_more_cards uuid[],
    p_external_id text, p_holder uuid, p_route text, p_key text, p_now timestamptz, p_locks boolean,
    p_lots_of uuid[], p_lots_max int, p_carrying uuid[], p_with_history boolean, p_with_fields boolean
) RETURNS TABLE (
    stamp bigint, body_hash bytea, answer_status smallint, answer text, order_id uuid, order_hash bytea,
    customer_id uuid, customer_tags text[], customer_fields text, takes_part boolean,
    orders_before bigint, sold_before bigint, paid_before bigint, card_rows text, carried_rows text
) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    card_ids uuid[];
    unclaimed uuid;
BEGIN
    IF p_holder IS NOT NULL THEN
        SELECT i.body_hash, i.status, i.answer INTO body_hash, answer_status, answer
        FROM idempotency_keys i WHERE i.holder_id = p_holder AND i.route = p_route AND i.key = p_key;
    END IF;
    IF p_card IS NOT NULL THEN
        SELECT k.customer_id, CASE WHEN k.customer_id IS NULL AND k.phone IS NOT NULL THEN k.id END
        INTO customer_id, unclaimed FROM cards k WHERE k.id = p_card AND k.chain_id = p_chain;
        card_ids := p_card || p_more_cards;
    ELSE
        IF p_customer IS NOT NULL THEN
            SELECT c.id INTO customer_id FROM customers c WHERE c.id = p_customer AND c.chain_id = p_chain;
        ELSIF p_customer_key IS NOT NULL THEN
            SELECT c.id INTO customer_id FROM customers c
            WHERE c.chain_id = p_chain AND c.external_id = p_customer_key;
        ELSIF p_phone IS NOT NULL THEN
            SELECT p.customer_id INTO customer_id FROM customer_phones p
            WHERE p.chain_id = p_chain AND p.phone = p_phone;
        END IF;
        IF customer_id IS NOT NULL THEN
            SELECT array_agg(k.id) INTO card_ids FROM cards k
            WHERE k.customer_id = regulars_read_for_order.customer_id AND k.status = 'active'
                AND k.chain_id = p_chain;
        ELSIF p_phone IS NOT NULL THEN
            SELECT array_agg(k.id) INTO card_ids FROM cards k
            WHERE k.chain_id = p_chain AND k.phone = p_phone AND k.customer_id IS NULL AND k.status = 'active';
            unclaimed := card_ids[1];
        END IF;
        card_ids := card_ids || p_more_cards;
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
    IF p_external_id IS NOT NULL THEN
        SELECT o.order_id, o.content_hash INTO order_id, order_hash
        FROM order_keys o WHERE o.chain_id = p_chain AND o.external_id = p_external_id;
    END IF;
    takes_part := true;
    IF customer_id IS NOT NULL AND p_with_fields THEN
        SELECT c.tags, c.custom::text INTO customer_tags, customer_fields
        FROM customers c WHERE c.id = regulars_read_for_order.customer_id;
    END IF;
    IF p_with_history AND customer_id IS NOT NULL THEN
        SELECT count(*), coalesce(sum(o.sold), 0), coalesce(sum(o.total - o.refunded), 0)
        INTO orders_before, sold_before, paid_before FROM orders o
        WHERE o.customer_id = regulars_read_for_order.customer_id
            AND o.state IN ('paid', 'completed', 'partly_refunded');
    ELSIF p_with_history AND unclaimed IS NOT NULL THEN
        SELECT count(*), coalesce(sum(o.sold), 0), coalesce(sum(o.total - o.refunded), 0)
        INTO orders_before, sold_before, paid_before FROM orders o
        WHERE o.card_id = unclaimed AND o.state IN ('paid', 'completed', 'partly_refunded');
    END IF;
    IF cardinality(card_ids) > 0 THEN
        SELECT json_agg(json_build_array(k.id, k.card_type_id, k.status, k.customer_id, k.phone,
                coalesce(k.expires_at <= p_now, false),
                (SELECT json_agg(json_build_array(a.id, a.balance_type_id, a.balance, a.held, a.version,
                        a.allows_debt, regulars_available(a.id, a.balance, a.held, a.allows_debt, p_now),
                        CASE WHEN a.allows_debt OR a.balance_type_id = ANY(p_lots_of) THEN (
                            SELECT json_agg(json_build_array(l.id, l.amount, l.remaining, l.activates_at, l.expires_at, l.held))
                            FROM (
                                SELECT lots.* FROM lots WHERE lots.account_id = a.id AND lots.remaining > 0
                                    AND (a.allows_debt OR lots.activates_at <= p_now + interval '5 seconds'
                                        AND (lots.expires_at IS NULL OR lots.expires_at > p_now))
                                ORDER BY lots.expires_at, lots.id
                                LIMIT CASE WHEN a.allows_debt THEN NULL ELSE p_lots_max END
                            ) l
                        ) END))
                    FROM accounts a WHERE a.card_id = k.id)))::text
        INTO card_rows
        FROM cards k WHERE k.id = ANY(card_ids) AND k.chain_id = p_chain AND k.status <> 'undone';
        IF cardinality(p_carrying) > 0 THEN
            SELECT json_agg(json_build_array(r.promotion_id, r.card_id, r.money))::text INTO carried_rows
            FROM carried_rests r
            WHERE r.promotion_id = ANY(p_carrying) AND r.card_id = ANY(card_ids) AND r.chain_id = p_chain;
        END IF;
    END IF;
    RETURN NEXT;
END $$
"""
# What can be spent: all lots less what is held and less the rest of those whose time has not come or is over. A card may
# have thousands of lots; those are few. Holds whose time is over count as ended, whether or not that has been booked.
AVAILABLE = """
CREATE FUNCTION regulars_available(
    p_account uuid, p_balance bigint, p_held bigint, p_allows_debt boolean, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    found bigint;
BEGIN
    IF p_allows_debt THEN
        SELECT sum(remaining - held) INTO found FROM lots WHERE account_id = p_account AND remaining > 0
            AND activates_at <= p_now + interval '5 seconds' AND (expires_at IS NULL OR expires_at > p_now);
        found := coalesce(found, 0);
    ELSE
        found := p_balance - p_held
            - coalesce((SELECT sum(remaining - held) FROM lots WHERE account_id = p_account AND remaining > 0
                AND activates_at > p_now + interval '5 seconds'), 0)
            - coalesce((SELECT sum(remaining - held) FROM lots WHERE account_id = p_account AND remaining > 0
                AND expires_at <= p_now AND activates_at <= p_now + interval '5 seconds'), 0);
    END IF;
    IF p_held > 0 THEN
        found := found + coalesce((SELECT sum(part.amount) FROM holds h
            CROSS JOIN LATERAL unnest(h.lot_ids, h.lot_amounts) AS part (lot_id, amount)
            JOIN lots x ON x.id = part.lot_id
            WHERE h.account_id = p_account AND h.state = 'active' AND h.expires_at <= p_now
                AND x.activates_at <= p_now + interval '5 seconds'
                AND (x.expires_at IS NULL OR x.expires_at > p_now)), 0);
    END IF;
    RETURN greatest(0, found);
END $$
"""


class Migration(migrations.Migration):
    """Make the functions."""

    dependencies = [
        ("orders", "0002_protection"),
        ("cards", "0010_lot_terms"),
        ("ledger", "0006_night"),
        ("promotions", "0002_protection"),
    ]
    operations = [
        migrations.RunSQL(AVAILABLE, "DROP FUNCTION regulars_available"),
        migrations.RunSQL(READ, "DROP FUNCTION regulars_read_for_order"),
    ]
