"""The parts of the one statement that writes the ledger, each a data-modifying query with its own values."""

from typing import Final

ACCOUNTS: Final = """
changed AS (
    UPDATE accounts SET balance = wanted.balance, version = accounts.version + 1,
        last_order_at = coalesce(wanted.ordered_at, accounts.last_order_at)
    FROM unnest(%(account_ids)s::uuid[], %(versions)s::bigint[], %(balances)s::bigint[], %(ordered_ats)s::timestamptz[])
        AS wanted (id, seen, balance, ordered_at)
    WHERE accounts.id = wanted.id AND accounts.version = wanted.seen
    RETURNING accounts.id
)"""
TRANSACTIONS: Final = """
posted AS (
    INSERT INTO transactions (id, chain_id, card_id, kind, source, at, staff_id, key_id, location_id, import_id,
        order_id, promotion_id, reverses, external_id, note_hash)
    SELECT made.id, %(chain)s, made.card_id, made.kind, made.source, made.at, made.staff_id, made.key_id,
        made.location_id, made.import_id, made.order_id, made.promotion_id, made.reverses, made.external_id,
        made.note_hash
    FROM unnest(%(ids)s::uuid[], %(card_ids)s::uuid[], %(kinds)s::text[], %(sources)s::text[],
        %(ats)s::timestamptz[], %(staff_ids)s::uuid[], %(key_ids)s::uuid[], %(location_ids)s::uuid[],
        %(import_ids)s::uuid[], %(order_ids)s::uuid[], %(promotion_ids)s::uuid[], %(reversed_ids)s::uuid[],
        %(external_ids)s::text[], %(note_hashes)s::bytea[])
        AS made (id, card_id, kind, source, at, staff_id, key_id, location_id, import_id, order_id, promotion_id,
        reverses, external_id, note_hash)
)"""
ENTRIES: Final = """
entered AS (
    INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
        balance_after, at)
    SELECT leg.id, %(chain)s, leg.transaction_id, leg.account_id, leg.card_id, leg.balance_type_id, leg.kind,
        leg.amount, leg.balance_after, leg.at
    FROM unnest(%(entry_ids)s::uuid[], %(entry_transactions)s::uuid[], %(entry_accounts)s::uuid[],
        %(entry_cards)s::uuid[], %(entry_types)s::uuid[], %(entry_kinds)s::text[], %(amounts)s::bigint[],
        %(balances_after)s::bigint[], %(entry_ats)s::timestamptz[])
        AS leg (id, transaction_id, account_id, card_id, balance_type_id, kind, amount, balance_after, at)
)"""
NEW_LOTS: Final = """
opened AS (
    INSERT INTO lots (id, chain_id, account_id, card_id, entry_id, amount, remaining, activates_at, expires_at)
    SELECT lot.id, %(chain)s, lot.account_id, lot.card_id, lot.entry_id, lot.amount, lot.remaining, lot.activates_at,
        lot.expires_at
    FROM unnest(%(lot_ids)s::uuid[], %(lot_accounts)s::uuid[], %(lot_cards)s::uuid[], %(lot_entries)s::uuid[],
        %(lot_amounts)s::bigint[], %(lot_remainings)s::bigint[], %(lot_starts)s::timestamptz[],
        %(lot_ends)s::timestamptz[])
        AS lot (id, account_id, card_id, entry_id, amount, remaining, activates_at, expires_at)
)"""
DRAWS: Final = """
drawn AS (
    UPDATE lots SET remaining = lots.remaining - draw.amount
    FROM unnest(%(drawn_lots)s::uuid[], %(drawn_amounts)s::bigint[]) AS draw (lot_id, amount)
    WHERE lots.id = draw.lot_id AND lots.remaining - draw.amount BETWEEN 0 AND lots.amount
    RETURNING lots.id
), noted_draws AS (
    INSERT INTO lot_draws (entry_id, lot_id, chain_id, amount)
    SELECT draw.entry_id, draw.lot_id, %(chain)s, draw.amount
    FROM unnest(%(draw_entries)s::uuid[], %(draw_lots)s::uuid[], %(draw_amounts)s::bigint[])
        AS draw (entry_id, lot_id, amount)
)"""
REVERSALS: Final = """
taken AS (
    INSERT INTO reversals (original_id, ordinal, chain_id, transaction_id, amount, left_after, at)
    SELECT taken.original_id, taken.ordinal, %(chain)s, taken.transaction_id, taken.amount, taken.left_after, taken.at
    FROM unnest(%(originals)s::uuid[], %(ordinals)s::int[], %(takers)s::uuid[], %(taken_amounts)s::bigint[],
        %(lefts)s::bigint[], %(taken_ats)s::timestamptz[])
        AS taken (original_id, ordinal, transaction_id, amount, left_after, at)
)"""
NOTES: Final = """
noted AS (
    INSERT INTO transaction_notes (transaction_id, chain_id, text, salt)
    SELECT note.transaction_id, %(chain)s, note.text, note.salt
    FROM unnest(%(note_ids)s::uuid[], %(note_texts)s::text[], %(note_salts)s::bytea[])
        AS note (transaction_id, text, salt)
)"""
EXTERNAL_IDS: Final = """
named AS (
    INSERT INTO transaction_keys (chain_id, external_id, transaction_id)
    SELECT %(chain)s, name.external_id, name.transaction_id
    FROM unnest(%(named)s::text[], %(named_ids)s::uuid[]) AS name (external_id, transaction_id)
)"""
EVENT: Final = """
announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    VALUES (%(event_id)s, %(chain)s, %(event_at)s, %(event_kind)s, %(event_cards)s::uuid[], %(ids)s::uuid[],
        jsonb_build_object('kind', %(event_cause)s::text))
), queued AS (
    INSERT INTO event_queue (event_id, chain_id) VALUES (%(event_id)s, %(chain)s)
)"""
AUDIT: Final = """
audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    SELECT made.audit_id, %(chain)s, made.at, %(staff)s, %(login)s, %(api_key)s, %(through)s, made.address,
        made.request_id, 'balance.' || made.kind, 'transaction', made.id, made.location_id
    FROM unnest(%(audit_ids)s::uuid[], %(audited_ids)s::uuid[], %(audited_kinds)s::text[],
        %(audited_ats)s::timestamptz[], %(audited_locations)s::uuid[], %(audited_addresses)s::text[],
        %(audited_requests)s::text[]) AS made (audit_id, id, kind, at, location_id, address, request_id)
)"""
ANSWER: Final = """
answered AS (
    INSERT INTO idempotency_keys (holder_id, route, key, chain_id, body_hash, status, answer, created_at)
    SELECT told.holder_id, told.route, told.key, %(chain)s, told.body_hash, told.status, told.answer, now()
    FROM unnest(%(holders)s::uuid[], %(routes)s::text[], %(idempotency_keys)s::text[], %(body_hashes)s::bytea[],
        %(statuses)s::smallint[], %(answers)s::text[]) AS told (holder_id, route, key, body_hash, status, answer)
)"""
