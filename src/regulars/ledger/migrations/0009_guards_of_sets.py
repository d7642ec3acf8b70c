"""What an entry and a draw point to is looked up once for all rows of a statement, not by a query of its own for each.

The two foreign keys of `entries` and the one of `lot_draws` were two thirds of what a night of expiry cost: each ran a query
and locked a row, in a transaction that had written that row itself. The guard stays, and asks for more than they did.
"""

import django.db.models.deletion
from django.db import migrations, models

# Correlated subqueries, since each is looked up by its key whatever the plan: the plan is kept, and one made for a
# chunk of a spreadsheet would scan the tables for the next purchase.
ENTRIES_BELONG = """
CREATE FUNCTION regulars_entries_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made
        WHERE (SELECT t.chain_id FROM transactions t WHERE t.id = made.transaction_id) IS DISTINCT FROM made.chain_id
            OR (SELECT a.card_id FROM accounts a WHERE a.id = made.account_id AND a.chain_id = made.chain_id)
                IS DISTINCT FROM made.card_id
    ) THEN
        RAISE EXCEPTION 'an entry is of no transaction of its chain, or not of the account of its card'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'entries', CONSTRAINT = 'entries_belong';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_belong AFTER INSERT ON entries REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION regulars_entries_belong();
ALTER TABLE entries DROP CONSTRAINT entries_transaction_id_fkey;
ALTER TABLE entries DROP CONSTRAINT entries_account_id_fkey;
"""
DRAWS_BELONG = """
CREATE FUNCTION regulars_lot_draws_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made
        WHERE (SELECT l.chain_id FROM lots l WHERE l.id = made.lot_id) IS DISTINCT FROM made.chain_id
    ) THEN
        RAISE EXCEPTION 'a draw is of no lot of its chain'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'lot_draws', CONSTRAINT = 'lot_draws_belong';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lot_draws_belong AFTER INSERT ON lot_draws REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION regulars_lot_draws_belong();
"""
# Transactions cannot be deleted anyway, and accounts and lots not by the application; this is for the owner's hand.
STAY = """
CREATE FUNCTION regulars_keep_with_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('regulars.removing_sample', true) = OLD.chain_id::text THEN
        RETURN OLD;
    END IF;
    IF TG_TABLE_NAME = 'accounts' AND EXISTS (SELECT FROM entries e WHERE e.card_id = OLD.card_id AND e.account_id = OLD.id)
        OR TG_TABLE_NAME = 'lots' AND EXISTS (SELECT FROM lot_draws d WHERE d.lot_id = OLD.id) THEN
        RAISE EXCEPTION 'a row of % has history', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER accounts_with_history_stay BEFORE DELETE ON accounts
    FOR EACH ROW EXECUTE FUNCTION regulars_keep_with_history();
CREATE TRIGGER lots_with_history_stay BEFORE DELETE ON lots
    FOR EACH ROW EXECUTE FUNCTION regulars_keep_with_history();
"""
UNDO = """
DROP TRIGGER lots_with_history_stay ON lots;
DROP TRIGGER accounts_with_history_stay ON accounts;
DROP FUNCTION regulars_keep_with_history;
DROP TRIGGER lot_draws_belong ON lot_draws;
DROP FUNCTION regulars_lot_draws_belong;
ALTER TABLE entries ADD CONSTRAINT entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id);
ALTER TABLE entries ADD CONSTRAINT entries_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES transactions (id);
DROP TRIGGER entries_belong ON entries;
DROP FUNCTION regulars_entries_belong;
"""


class Migration(migrations.Migration):
    """Guards for a statement's rows in the place of foreign keys."""

    dependencies = [("ledger", "0008_pending_lots")]
    operations = [
        migrations.AlterField(
            model_name="lotdraw",
            name="lot",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.lot"),
        ),
        migrations.RunSQL(ENTRIES_BELONG + DRAWS_BELONG + STAY, UNDO),
    ]
