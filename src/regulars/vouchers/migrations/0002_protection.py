"""Policies on vouchers; their steps are never changed; what a voucher depends on as one view, and the read under its lock."""

from typing import Any

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, app_role, append_only, chain_policy

# The policies of the tables bind whoever reads the view. What a reader does not ask for is not joined (PostgreSQL leaves
# out a join to a unique key of which no column is wanted).
FACTS = """
CREATE VIEW voucher_facts WITH (security_invoker = true) AS
SELECT v.*, c.status AS card_status, c.number AS card_number, c.phone AS card_phone, t.name AS card_type_name,
    coalesce(v.customer_id, c.customer_id) AS holder_id, h.name AS holder_name, l.name AS redeemed_location,
    coalesce(nullif(g.name, ''), g.email) AS redeemed_by, p.ids AS place_ids, p.names AS place_names
FROM vouchers v
LEFT JOIN cards c ON c.id = v.card_id
LEFT JOIN card_types t ON t.id = c.card_type_id
LEFT JOIN customers h ON h.id = coalesce(v.customer_id, c.customer_id)
LEFT JOIN locations l ON l.id = v.redeemed_location_id
LEFT JOIN staff s ON s.id = v.redeemed_staff_id
LEFT JOIN logins g ON g.id = s.login_id
LEFT JOIN LATERAL (
    SELECT coalesce(array_agg(o.id ORDER BY o.name, o.id), '{}') AS ids,
        coalesce(array_agg(o.name ORDER BY o.name, o.id), '{}') AS names
    FROM locations o WHERE o.id = ANY(coalesce(v.location_ids, t.location_ids))
) p ON coalesce(v.location_ids, t.location_ids) IS NOT NULL
"""
# In a volatile function each statement sees a snapshot of its own, so what is read after the lock was waited for is what
# the one before us left.
READ = """
CREATE FUNCTION regulars_read_vouchers(p_chain uuid, p_ids uuid[], p_holder uuid, p_route text, p_key text)
RETURNS TABLE (
    id uuid, version int, state text, code text, title text, description text, card_id uuid, customer_id uuid,
    validity jsonb, starts_at timestamptz, expires_at timestamptz, benefit jsonb, location_ids uuid[],
    customer_may_redeem boolean, source text, source_id uuid, batch_id uuid, issued_at timestamptz,
    redeemed_at timestamptz, redeemed_location_id uuid, redeemed_location text, redeemed_by text, order_id uuid,
    is_of_order boolean, state_reason text, card_status text, holder_id uuid, place_ids uuid[], place_names text[],
    body_hash bytea, answer_status smallint, answer text
) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
#variable_conflict use_column
BEGIN
    PERFORM v.id FROM vouchers v WHERE v.id = ANY(p_ids) AND v.chain_id = p_chain ORDER BY v.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT f.id, f.version, f.state, f.code, f.title, f.description, f.card_id, f.customer_id, f.validity, f.starts_at,
        f.expires_at, f.benefit, f.location_ids, f.customer_may_redeem, f.source, f.source_id, f.batch_id, f.issued_at,
        f.redeemed_at, f.redeemed_location_id, f.redeemed_location, f.redeemed_by::text, f.order_id, f.is_of_order,
        f.state_reason, f.card_status, f.holder_id, f.place_ids, f.place_names, i.body_hash, i.status, i.answer
    FROM voucher_facts f
    LEFT JOIN idempotency_keys i ON i.holder_id = p_holder AND i.route = p_route AND i.key = p_key
    WHERE f.id = ANY(p_ids) AND f.chain_id = p_chain;
END $$
"""


def let_read(_apps: Any, editor: Any) -> None:
    """The view is for reading, and for the application's role as for everybody whom the policies bind."""
    role = editor.quote_name(app_role())
    editor.execute(f"REVOKE ALL ON voucher_facts FROM {role}")
    editor.execute(f"GRANT SELECT ON voucher_facts TO {role}")


class Migration(migrations.Migration):
    """Put vouchers under the policies."""

    dependencies = [
        ("vouchers", "0001_initial"),
        ("platform", "0005_dispatch"),
        ("staff", "0001_initial"),
        ("ledger", "0007_all_written"),
    ]
    operations = [
        chain_policy("vouchers", rights="SELECT, INSERT, UPDATE"),
        chain_policy("voucher_events", rights="SELECT, INSERT"),
        append_only("voucher_events"),
        migrations.RunSQL("ALTER TABLE vouchers SET (fillfactor = 90)", "ALTER TABLE vouchers RESET (fillfactor)"),
        migrations.RunSQL(FACTS, "DROP VIEW voucher_facts"),
        EditorOnly(let_read, migrations.RunPython.noop),
        migrations.RunSQL(READ, "DROP FUNCTION regulars_read_vouchers"),
    ]
