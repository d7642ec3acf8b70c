"""What a change of a balance depends on: also what holds have set aside, and how long new units live."""

from importlib import import_module

from django.db import migrations

# As in 0008: each statement of a volatile function sees a snapshot of its own, so what is read after the lock was waited
# for is what the one before us left. Holds whose time is over end first. `lot_expiry` comes only where new units do not
# simply live for ever from now on.
READ = """
CREATE FUNCTION regulars_read_for_change(
    p_chain uuid, p_card uuid, p_name text, p_balance_type uuid, p_staff uuid, p_holder uuid, p_route text, p_key text,
    p_now timestamptz, p_lots_max int
) RETURNS TABLE (
    status text, program_name text, program_state text, balance_type_id uuid, external_id text, decimals smallint,
    adjust_limit text, body_hash bytea, answer_status smallint, answer text, known text, is_blank boolean,
    lot_expiry text, lot_delay int, time_zone text,
    account_id uuid, balance bigint, held bigint, version bigint, allows_debt boolean, lot_ids uuid[],
    lot_amounts bigint[], lot_remainings bigint[], lot_starts timestamptz[], lot_ends timestamptz[], lot_helds bigint[]
) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    program uuid;
BEGIN
    SELECT b.id, b.external_id, b.decimals, a.id, a.balance, a.held, a.version, a.allows_debt,
        CASE WHEN b.activation_delay_days > 0 OR coalesce(b.expiry ->> 'kind', 'never') <> 'never' THEN b.expiry::text END,
        b.activation_delay_days
    INTO balance_type_id, external_id, decimals, account_id, balance, held, version, allows_debt, lot_expiry, lot_delay
    FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id
    WHERE a.card_id = p_card AND (b.external_id = p_name OR b.id = p_balance_type) AND a.chain_id = p_chain
    FOR NO KEY UPDATE OF a;
    IF held > 0 THEN
        PERFORM regulars_end_holds_of(ARRAY[account_id], p_now, false);
        SELECT a.held INTO held FROM accounts a WHERE a.id = account_id;
    END IF;
    SELECT k.status, k.customer_id IS NULL AND k.phone IS NULL, p.id, p.name, p.state,
        (SELECT s.adjust_limit FROM staff s WHERE s.id = p_staff)
    INTO status, is_blank, program, program_name, program_state, adjust_limit
    FROM cards k
    JOIN card_types t ON t.id = k.card_type_id
    JOIN programs p ON p.id = t.program_id
    WHERE k.id = p_card AND k.chain_id = p_chain;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT i.body_hash, i.status, i.answer INTO body_hash, answer_status, answer
    FROM idempotency_keys i WHERE i.holder_id = p_holder AND i.route = p_route AND i.key = p_key;
    IF lot_expiry IS NOT NULL THEN
        SELECT c.time_zone INTO time_zone FROM chains c WHERE c.id = p_chain;
    END IF;
    IF account_id IS NULL THEN
        SELECT string_agg(d.external_id, ', ' ORDER BY d.position) INTO known
        FROM balance_types d WHERE d.program_id = program;
    ELSIF p_lots_max IS DISTINCT FROM 0 OR allows_debt THEN
        SELECT array_agg(one.id), array_agg(one.amount), array_agg(one.remaining),
            array_agg(one.activates_at), array_agg(one.expires_at), array_agg(one.held)
        INTO lot_ids, lot_amounts, lot_remainings, lot_starts, lot_ends, lot_helds
        FROM (
            SELECT lots.* FROM lots
            WHERE lots.account_id = regulars_read_for_change.account_id AND lots.remaining > 0
                AND (p_lots_max IS NULL OR regulars_read_for_change.allows_debt
                    OR lots.activates_at <= p_now AND (lots.expires_at IS NULL OR lots.expires_at > p_now))
            ORDER BY lots.expires_at, lots.id
            LIMIT CASE WHEN regulars_read_for_change.allows_debt THEN NULL ELSE p_lots_max END
        ) AS one;
    END IF;
    RETURN NEXT;
END $$
"""
ARGUMENTS = "uuid, uuid, text, uuid, uuid, uuid, text, text, timestamptz, int"
DROP = f"DROP FUNCTION regulars_read_for_change({ARGUMENTS});"
BEFORE = import_module("regulars.cards.migrations.0008_short_reads").READ


class Migration(migrations.Migration):
    """Replace the function; what it returns has changed, so the old one goes first."""

    dependencies = [("cards", "0009_undone_by"), ("ledger", "0006_night"), ("programs", "0003_lots_and_holds")]
    operations = [migrations.RunSQL(DROP + READ, DROP + BEFORE)]
