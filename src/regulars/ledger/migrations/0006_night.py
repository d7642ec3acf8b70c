"""What is done to many accounts at once inside the database: ending holds, posting off what has expired."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy

# The accounts are locked by whoever calls. What a hold had set aside is free again, whatever became of the hold. The
# version of an account counts its entries, so holds leave it.
END_HOLDS = """
CREATE FUNCTION regulars_end_holds(p_holds uuid[], p_now timestamptz, p_state text) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    ended int;
BEGIN
    WITH over AS (
        UPDATE holds SET ended_at = p_now,
            state = coalesce(p_state, CASE WHEN expires_at <= p_now THEN 'expired' ELSE 'released' END)
        WHERE id = ANY(p_holds) AND state = 'active'
        RETURNING id, chain_id, account_id, card_id, amount, state, lot_ids, lot_amounts
    ), parts AS (
        SELECT part.lot_id, sum(part.amount)::bigint AS amount
        FROM over CROSS JOIN LATERAL unnest(over.lot_ids, over.lot_amounts) AS part (lot_id, amount) GROUP BY 1
    ), freed AS (
        UPDATE lots SET held = lots.held - parts.amount FROM parts WHERE lots.id = parts.lot_id
    ), counted AS (
        UPDATE accounts SET held = accounts.held - whole.amount
        FROM (SELECT account_id, sum(amount)::bigint AS amount FROM over GROUP BY 1) AS whole
        WHERE accounts.id = whole.account_id
    ), told AS (
        INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
        SELECT regulars_uuid7(), chain_id, p_now, 'hold.' || state, ARRAY[card_id], '{}'::uuid[],
            jsonb_build_object('hold', id::text)
        FROM over WHERE state <> 'captured' RETURNING id, chain_id
    ), queued AS (
        INSERT INTO event_queue (event_id, chain_id) SELECT id, chain_id FROM told
    )
    SELECT count(*) INTO ended FROM over;
    RETURN ended;
END $$
"""
END_HOLDS_OF_ACCOUNTS = """
CREATE FUNCTION regulars_end_holds_of(p_accounts uuid[], p_now timestamptz, p_all boolean) RETURNS int
LANGUAGE sql AS $$
    SELECT regulars_end_holds(
        ARRAY(SELECT id FROM holds WHERE account_id = ANY(p_accounts) AND state = 'active'
            AND (p_all OR expires_at <= p_now)), p_now, NULL)
$$
"""
# Accounts are locked first, in the order of their ids, and read second: each statement of a volatile function sees a
# snapshot of its own (PostgreSQL, "Function Volatility Categories").
POST_OFF = """
    PERFORM id FROM accounts WHERE id = ANY(wanted) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM accounts WHERE id = ANY(wanted) AND held > 0) THEN
        PERFORM regulars_end_holds_of(wanted, p_now, false);
    END IF;
    WITH due AS MATERIALIZED (
        {due}
    ), sums AS MATERIALIZED (
        SELECT account_id, sum(units)::bigint AS units, place FROM due GROUP BY account_id, place
    ), drawn AS (
        UPDATE lots SET remaining = lots.remaining - due.units FROM due WHERE lots.id = due.id
    ), changed AS (
        UPDATE accounts a SET balance = a.balance - sums.units, version = a.version + 1
        FROM sums WHERE a.id = sums.account_id
        RETURNING a.id, a.card_id, a.balance_type_id, a.balance, sums.units,
            (p_stem || lpad(to_hex(2 * sums.place), 8, '0'))::uuid AS transaction_id,
            (p_stem || lpad(to_hex(2 * sums.place + 1), 8, '0'))::uuid AS entry_id
    ), posted AS (
        INSERT INTO transactions (id, chain_id, card_id, kind, source, at)
        SELECT transaction_id, p_chain, card_id, 'expire', '{source}', p_now FROM changed
    ), entered AS (
        INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
            balance_after, at)
        SELECT entry_id, p_chain, transaction_id, id, card_id, balance_type_id, 'expire', -units, balance, p_now
        FROM changed
    ), noted AS (
        INSERT INTO lot_draws (entry_id, lot_id, chain_id, amount)
        SELECT (p_stem || lpad(to_hex(2 * place + 1), 8, '0'))::uuid, id, p_chain, units FROM due
    ), told AS (
        INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
        SELECT (p_stem || '00000000')::uuid, p_chain, p_now, 'balance.changed', array_agg(DISTINCT card_id),
            array_agg(transaction_id), jsonb_build_object('kind', 'expire')
        FROM changed HAVING count(*) > 0 RETURNING id
    ), queued AS (
        INSERT INTO event_queue (event_id, chain_id) SELECT id, p_chain FROM told
    )
    SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM sums), (SELECT coalesce(sum(units), 0) FROM sums)
    INTO lots, accounts_changed, units;
    RETURN NEXT;
"""
# A plan that knows how many ids there are: a generic one takes them for one, and joins them row by row.
# A window of lots by their end; what else of the same accounts has expired goes with it, so that one night leaves one
# entry on an account.
EXPIRE_LOTS = f"""
CREATE FUNCTION regulars_expire_lots(
    p_chain uuid, p_now timestamptz, p_after_at timestamptz, p_after_id uuid, p_limit int, p_part int, p_parts int,
    p_stem text
) RETURNS TABLE (seen int, last_at timestamptz, last_id uuid, lots int, accounts_changed int, units numeric)
LANGUAGE plpgsql VOLATILE ROWS 1 SET plan_cache_mode = 'force_custom_plan' AS $$
#variable_conflict use_column
DECLARE
    wanted uuid[];
BEGIN
    SELECT count(*), array_agg(DISTINCT l.account_id), (array_agg(l.expires_at ORDER BY l.expires_at DESC, l.id DESC))[1],
        (array_agg(l.id ORDER BY l.expires_at DESC, l.id DESC))[1]
    INTO seen, wanted, last_at, last_id
    FROM (
        SELECT o.account_id, o.expires_at, o.id FROM lots o
        WHERE o.chain_id = p_chain AND o.remaining > 0 AND o.expires_at IS NOT NULL AND o.expires_at <= p_now
            AND (o.expires_at, o.id) > (p_after_at, p_after_id)
            AND (p_parts = 1 OR get_byte(uuid_send(o.account_id), 15) % p_parts = p_part)
        ORDER BY o.expires_at, o.id LIMIT p_limit
    ) AS l;
    IF seen = 0 THEN
        RETURN;
    END IF;
{
    POST_OFF.format(
        source="expiry",
        due='''SELECT o.id, o.account_id, o.remaining - o.held AS units,
            dense_rank() OVER (ORDER BY o.account_id) AS place
        FROM lots o
        WHERE o.account_id = ANY(wanted) AND o.remaining > 0 AND o.remaining > o.held AND o.expires_at <= p_now''',
    )
}
END $$
"""
# A balance counts from its last order that earned or redeemed, else from the day its card was issued, and never from
# before its oldest units came.
LAPSED = """
    a.chain_id = p_chain AND a.balance_type_id = p_balance_type AND a.balance > a.held
    AND coalesce(a.last_order_at, (SELECT k.issued_at FROM cards k WHERE k.id = a.card_id)) < p_before
    AND (SELECT min(o.activates_at) FROM lots o WHERE o.account_id = a.id AND o.remaining > 0) < p_before
"""
LAPSE_BALANCES = f"""
CREATE FUNCTION regulars_lapse_balances(
    p_chain uuid, p_now timestamptz, p_balance_type uuid, p_before timestamptz, p_after uuid, p_limit int, p_stem text
) RETURNS TABLE (seen int, last_id uuid, lots int, accounts_changed int, units numeric)
LANGUAGE plpgsql VOLATILE ROWS 1 SET plan_cache_mode = 'force_custom_plan' AS $$
#variable_conflict use_column
DECLARE
    wanted uuid[];
BEGIN
    SELECT count(*), array_agg(l.id), (array_agg(l.id ORDER BY l.id DESC))[1] INTO seen, wanted, last_id
    FROM (SELECT a.id FROM accounts a WHERE {LAPSED} AND a.id > p_after ORDER BY a.id LIMIT p_limit) AS l;
    IF seen = 0 THEN
        RETURN;
    END IF;
{
    POST_OFF.format(
        source="inactivity",
        due=f'''SELECT o.id, o.account_id, o.remaining - o.held AS units,
            dense_rank() OVER (ORDER BY o.account_id) AS place
        FROM accounts a JOIN lots o ON o.account_id = a.id
        WHERE a.id = ANY(wanted) AND o.remaining > 0 AND o.remaining > o.held AND o.activates_at <= p_now AND {LAPSED}''',
    )
}
END $$
"""
FUNCTIONS = (
    (END_HOLDS, "regulars_end_holds"),
    (END_HOLDS_OF_ACCOUNTS, "regulars_end_holds_of"),
    (EXPIRE_LOTS, "regulars_expire_lots"),
    (LAPSE_BALANCES, "regulars_lapse_balances"),
)


class Migration(migrations.Migration):
    """Holds under the policies; the functions."""

    dependencies = [("ledger", "0005_lots_and_holds"), ("platform", "0005_dispatch")]
    operations = [
        chain_policy("holds", rights="SELECT, INSERT, UPDATE"),
        *(migrations.RunSQL(text, f"DROP FUNCTION {name}") for text, name in FUNCTIONS),
    ]
