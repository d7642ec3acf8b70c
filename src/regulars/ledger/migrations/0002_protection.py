"""Transactions and entries by month, never changed by anybody; policies; storage that keeps updates in their page."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy, monthly_partitions

TRANSACTIONS = """
CREATE TABLE transactions (
    id uuid NOT NULL,
    chain_id uuid NOT NULL,
    card_id uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    at timestamptz NOT NULL,
    staff_id uuid,
    key_id uuid,
    location_id uuid,
    import_id uuid,
    order_id uuid,
    promotion_id uuid,
    reverses uuid,
    external_id text,
    note_hash bytea,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX transaction_of_import ON transactions (import_id, id) WHERE import_id IS NOT NULL;
CREATE TABLE entries (
    id uuid NOT NULL,
    chain_id uuid NOT NULL,
    transaction_id uuid NOT NULL REFERENCES transactions (id),
    account_id uuid NOT NULL REFERENCES accounts (id),
    card_id uuid NOT NULL,
    balance_type_id uuid NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    balance_after bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX entry_of_card ON entries (card_id, id);
CREATE INDEX entry_of_transaction ON entries (transaction_id);
"""


class Migration(migrations.Migration):
    """Make the ledger what it promises to be."""

    dependencies = [
        ("ledger", "0001_initial"),
        ("platform", "0001_functions"),
        ("cards", "0002_protection"),
    ]
    operations = [
        migrations.RunSQL(TRANSACTIONS, "DROP TABLE entries; DROP TABLE transactions;"),
        migrations.RunSQL(
            "ALTER TABLE accounts SET (fillfactor = 80); ALTER TABLE lots SET (fillfactor = 90);"
            "ALTER TABLE accounts ADD CONSTRAINT account_of_card FOREIGN KEY (card_id) REFERENCES cards (id);",
            "ALTER TABLE accounts DROP CONSTRAINT account_of_card",
        ),
        monthly_partitions("transactions"),
        monthly_partitions("entries"),
        chain_policy("transactions", rights="SELECT, INSERT"),
        append_only("transactions"),
        chain_policy("entries", rights="SELECT, INSERT"),
        append_only("entries"),
        chain_policy("accounts", rights="SELECT, INSERT, UPDATE"),
        chain_policy("lots", rights="SELECT, INSERT, UPDATE"),
        chain_policy("lot_draws", rights="SELECT, INSERT"),
        append_only("lot_draws"),
        chain_policy("reversals", rights="SELECT, INSERT"),
        append_only("reversals"),
        chain_policy("transaction_keys", rights="SELECT, INSERT"),
        chain_policy("transaction_notes", rights="SELECT, INSERT, DELETE"),
        chain_policy("seals", rights="SELECT, INSERT"),
        append_only("seals"),
    ]
