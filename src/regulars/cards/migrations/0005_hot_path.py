"""What a change of a balance depends on as one call: the account is locked first and read second."""

from django.db import migrations

# In a volatile function each statement sees a snapshot of its own (PostgreSQL, "Function Volatility Categories"), so
# what is read after the lock was waited for is what the one before us left. With p_lots_max only so many lots come, those
# that are spent first: a card may hold thousands, and a change touches one or two.
READ = """
CREATE FUNCTION regulars_read_for_change(
    p_chain uuid, p_card uuid, p_name text, p_balance_type uuid, p_staff uuid, p_holder uuid, p_route text, p_key text,
    p_now timestamptz, p_lots_max int
) RETURNS TABLE (
    status text, program_name text, program_state text, balance_type_id uuid, external_id text, decimals smallint,
    adjust_limit text, body_hash bytea, answer_status smallint, answer text, known text, is_blank boolean,
    account_id uuid, balance bigint, held bigint, version bigint, allows_debt boolean, lot_ids uuid[],
    lot_amounts bigint[], lot_remainings bigint[], lot_starts timestamptz[], lot_ends timestamptz[]
) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
#variable_conflict use_column
BEGIN
    PERFORM a.id FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id
    WHERE a.card_id = p_card AND (b.external_id = p_name OR b.id = p_balance_type)
    ORDER BY a.id FOR NO KEY UPDATE OF a;
    RETURN QUERY
    SELECT k.status, p.name, p.state, b.id, b.external_id, b.decimals,
        (SELECT s.adjust_limit FROM staff s WHERE s.id = p_staff),
        i.body_hash, i.status, i.answer,
        CASE WHEN b.id IS NULL THEN
            (SELECT string_agg(d.external_id, ', ' ORDER BY d.position) FROM balance_types d WHERE d.program_id = p.id)
        END,
        k.customer_id IS NULL AND k.phone IS NULL,
        a.id, a.balance, a.held, a.version, a.allows_debt, l.ids, l.amounts, l.remainings, l.starts, l.ends
    FROM cards k
    JOIN card_types t ON t.id = k.card_type_id
    JOIN programs p ON p.id = t.program_id
    LEFT JOIN balance_types b ON b.program_id = p.id AND (b.external_id = p_name OR b.id = p_balance_type)
    LEFT JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = b.id
    LEFT JOIN idempotency_keys i ON i.holder_id = p_holder AND i.route = p_route AND i.key = p_key
    LEFT JOIN LATERAL (
        SELECT array_agg(one.id) AS ids, array_agg(one.amount) AS amounts, array_agg(one.remaining) AS remainings,
            array_agg(one.activates_at) AS starts, array_agg(one.expires_at) AS ends
        FROM (
            SELECT lots.* FROM lots
            WHERE lots.account_id = a.id AND lots.remaining > 0
                AND (p_lots_max IS NULL OR a.allows_debt
                    OR lots.activates_at <= p_now AND (lots.expires_at IS NULL OR lots.expires_at > p_now))
            ORDER BY lots.expires_at, lots.id
            LIMIT CASE WHEN a.allows_debt THEN NULL ELSE p_lots_max END
        ) AS one
    ) l ON true
    WHERE k.id = p_card AND k.chain_id = p_chain;
END $$
"""


class Migration(migrations.Migration):
    """Make the function."""

    dependencies = [
        ("cards", "0004_gifts_of_undone_cards"),
        ("ledger", "0002_protection"),
        ("platform", "0005_dispatch"),
    ]
    operations = [migrations.RunSQL(READ, "DROP FUNCTION regulars_read_for_change")]
