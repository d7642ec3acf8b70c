"""The writes of one change of one balance as one call, and no hot row under the leaves of the ledger.

A foreign key to the chain would lock the chain's one row in every transaction of the chain; the policies, and `verify`,
see to it that a row's chain is its account's.
"""

import django.db.models.deletion
from django.db import migrations, models

LEAVES = ("account", "lot", "lotdraw", "reversal", "transactionkey", "transactionnote", "seal")

POST_ONE = """
CREATE FUNCTION regulars_post_one(
    p_chain uuid, p_account uuid, p_version bigint, p_balance bigint, p_amount bigint, p_card uuid, p_balance_type uuid,
    p_transaction uuid, p_entry uuid, p_kind text, p_source text, p_at timestamptz, p_staff uuid, p_key uuid,
    p_location uuid, p_import uuid, p_external_id text, p_note text, p_salt bytea,
    p_lot uuid, p_lot_amount bigint, p_lot_remaining bigint, p_lot_start timestamptz, p_lot_end timestamptz,
    p_draw_lots uuid[], p_draw_amounts bigint[],
    p_event uuid, p_event_kind text, p_audit uuid, p_login uuid, p_through text, p_address text, p_request_id text,
    p_holder uuid, p_route text, p_idempotency_key text, p_body_hash bytea, p_status int, p_answer text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    touched int;
BEGIN
    UPDATE accounts SET balance = p_balance, version = version + 1 WHERE id = p_account AND version = p_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the account is not as it was read' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO transactions (id, chain_id, card_id, kind, source, at, staff_id, key_id, location_id, import_id,
        external_id, note_hash)
    VALUES (p_transaction, p_chain, p_card, p_kind, p_source, p_at, p_staff, p_key, p_location, p_import, p_external_id,
        CASE WHEN p_note <> '' THEN sha256(p_salt || convert_to(p_note, 'UTF8')) END);
    INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
        balance_after, at)
    VALUES (p_entry, p_chain, p_transaction, p_account, p_card, p_balance_type, p_kind, p_amount, p_balance, p_at);
    IF p_lot IS NOT NULL THEN
        INSERT INTO lots (id, chain_id, account_id, card_id, entry_id, amount, remaining, activates_at, expires_at)
        VALUES (p_lot, p_chain, p_account, p_card, p_entry, p_lot_amount, p_lot_remaining, p_lot_start, p_lot_end);
    END IF;
    IF cardinality(p_draw_lots) > 0 THEN
        UPDATE lots SET remaining = lots.remaining - draw.amount
        FROM unnest(p_draw_lots, p_draw_amounts) AS draw (lot_id, amount)
        WHERE lots.id = draw.lot_id AND lots.remaining - draw.amount BETWEEN 0 AND lots.amount;
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched <> cardinality(p_draw_lots) THEN
            RAISE EXCEPTION 'a lot is not as it was read' USING ERRCODE = 'serialization_failure';
        END IF;
        INSERT INTO lot_draws (entry_id, lot_id, chain_id, amount)
        SELECT p_entry, draw.lot_id, p_chain, draw.amount FROM unnest(p_draw_lots, p_draw_amounts) AS draw (lot_id, amount);
    END IF;
    IF p_note <> '' THEN
        INSERT INTO transaction_notes (transaction_id, chain_id, text, salt) VALUES (p_transaction, p_chain, p_note, p_salt);
    END IF;
    IF p_external_id IS NOT NULL THEN
        INSERT INTO transaction_keys (chain_id, external_id, transaction_id)
        VALUES (p_chain, p_external_id, p_transaction);
    END IF;
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    VALUES (p_event, p_chain, p_at, p_event_kind, ARRAY[p_card], ARRAY[p_transaction],
        jsonb_build_object('kind', p_kind));
    INSERT INTO event_queue (event_id, chain_id) VALUES (p_event, p_chain);
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    VALUES (p_audit, p_chain, p_at, p_staff, p_login, p_key, p_through, p_address, p_request_id, 'balance.' || p_kind,
        'transaction', p_transaction, p_location);
    IF p_holder IS NOT NULL THEN
        INSERT INTO idempotency_keys (holder_id, route, key, chain_id, body_hash, status, answer, created_at)
        VALUES (p_holder, p_route, p_idempotency_key, p_chain, p_body_hash, p_status, p_answer, now());
    END IF;
END $$
"""


def without_key_to_chain(model: str) -> migrations.AlterField:
    """Keep the column, drop the foreign key."""
    return migrations.AlterField(
        model_name=model,
        name="chain",
        field=models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            to="chains.chain",
        ),
    )


class Migration(migrations.Migration):
    """Cut what every change of a balance costs."""

    dependencies = [("ledger", "0003_newest_seals"), ("platform", "0005_dispatch")]
    operations = [
        *(without_key_to_chain(model) for model in LEAVES),
        migrations.RunSQL(POST_ONE, "DROP FUNCTION regulars_post_one"),
    ]
