"""The guards in the database itself: constraints, triggers, rights and policies are what they were made to be."""

from typing import Final

from regulars.ledger.verify.proof import Promise

APPEND_ONLY: Final = (
    "transactions",
    "entries",
    "lot_draws",
    "reversals",
    "seals",
    "events",
    "audit_entries",
    "membership_uses",
    "membership_extensions",
    "voucher_events",
    "gift_card_entries",
)
PARTITIONED: Final = ("transactions", "entries", "events")
UNIQUE: Final = (
    "idempotency_keys_pkey",
    "transaction_keys_pkey",
    "reversals_pkey",
    "lot_draws_pkey",
    "seals_pkey",
    "event_sequence_pkey",
    "event_sequenced_once",
    "account_once_per_card",
    "card_numbers_pkey",
    "card_short_numbers_pkey",
    "card_slots_pkey",
    "initial_balances_given_pkey",
    "code_keys_pkey",
    "voucher_events_pkey",
    "gift_card_entry_number",
)
CHECKS: Final = (
    "account_not_below_zero",
    "account_held",
    "lot_not_overdrawn",
    "reversal_within_original",
    "membership_used",
    "membership_end",
    "gift_card_not_below_zero",
    "gift_card_state_fits_balance",
)
BELONGING: Final = (
    "entries_belong",
    "lot_draws_belong",
    "accounts_with_history_stay",
    "lots_with_history_stay",
)


def _list(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"


GUARDS: Final = (
    Promise(
        "one_key_one_effect",
        "What may exist once is guarded by a valid unique index.",
        f"""
        SELECT wanted.name AS unique_index FROM unnest({_list(UNIQUE)}) AS wanted (name)
        LEFT JOIN pg_index i ON i.indexrelid = to_regclass(wanted.name)
        WHERE i.indexrelid IS NULL OR NOT i.indisunique OR NOT i.indisvalid ORDER BY 1
        """,
    ),
    Promise(
        "constraints_in_force",
        "The constraints that refuse impossible amounts, and rows that belong to nothing, are there and hold for every row.",
        f"""
        SELECT wanted.name AS missing_constraint FROM unnest({_list(CHECKS)}) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = wanted.name AND c.convalidated)
        UNION ALL
        SELECT wanted.name FROM unnest({_list(BELONGING)}) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled IN ('O', 'A'))
        ORDER BY 1
        """,
    ),
    Promise(
        "history_is_append_only",
        "Triggers refuse to change, delete or empty what must stay, in every month.",
        f"""
        SELECT c.relname AS table, wanted.suffix AS trigger
        FROM pg_class c
        LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
        LEFT JOIN pg_class parent ON parent.oid = h.inhparent
        CROSS JOIN (VALUES ('_append_only'), ('_no_truncate')) AS wanted (suffix)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND coalesce(parent.relname, c.relname) = ANY({_list(APPEND_ONLY)})
            AND NOT EXISTS (
                SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('O', 'A')
                    AND t.tgname IN (coalesce(parent.relname, c.relname) || wanted.suffix, ltrim(wanted.suffix, '_'))
            )
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "app_changes_no_history",
        "The role of the application may not change, delete or empty what must stay, nor pass the policies.",
        f"""
        SELECT c.relname AS table, may.act AS "right"
        FROM pg_class c CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS may (act)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname = ANY({_list(APPEND_ONLY)}) AND has_table_privilege(%(app)s, c.oid, may.act)
        UNION ALL
        SELECT rolname, 'BYPASSRLS' FROM pg_roles WHERE rolname = %(app)s AND (rolbypassrls OR rolsuper)
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "chains_are_apart",
        "Every table with rows of a chain has its policy; a month has none of its own and is reached only through it.",
        """
        SELECT c.relname AS table
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'chain_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND (NOT c.relrowsecurity
                OR c.relispartition = EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
        ORDER BY 1
        """,
    ),
    Promise(
        "default_partitions_are_empty",
        "Every row lies in the month of its id.",
        " UNION ALL ".join(
            f"SELECT '{table}_default' AS table, id AS row FROM {table}_default" for table in PARTITIONED
        ),
    ),
)
