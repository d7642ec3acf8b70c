"""The promises of the ledger (DESIGN section 5), each as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify.proof import Promise

BALANCES: Final = (
    Promise(
        "balance_is_sum_of_entries",
        "The entries of a card and balance type sum to its balance.",
        """
        SELECT a.id AS account, a.card_id AS card, a.balance, coalesce(e.total, 0) AS sum_of_entries
        FROM accounts a
        LEFT JOIN (SELECT e.account_id, sum(e.amount) AS total FROM entries e WHERE true /*card e*/ GROUP BY 1) e
            ON e.account_id = a.id
        WHERE a.balance <> coalesce(e.total, 0) /*card a*/
        ORDER BY a.id
        """,
    ),
    Promise(
        "balance_after_is_running_sum",
        "Every entry tells the balance after it.",
        # Two processes whose clocks differ may give ids against the order of their commits, so an account that does
        # not add up by id is asked the question that needs no order: each balance that an entry leaves is the one
        # another entry starts from, from zero to the balance of today.
        """
        WITH walked AS (
            SELECT e.id, e.account_id, e.card_id, e.balance_after,
                sum(e.amount) OVER (PARTITION BY e.account_id ORDER BY e.id ROWS UNBOUNDED PRECEDING) AS running
            FROM entries e WHERE true /*card e*/
        ), suspects AS (
            SELECT DISTINCT ON (account_id) account_id, id AS entry, card_id, balance_after, running
            FROM walked WHERE running <> balance_after ORDER BY account_id, id
        ), steps AS (
            SELECT e.account_id, e.balance_after AS stand, 1 AS step
            FROM entries e JOIN suspects s ON s.account_id = e.account_id
            UNION ALL
            SELECT e.account_id, e.balance_after - e.amount, -1
            FROM entries e JOIN suspects s ON s.account_id = e.account_id
            UNION ALL SELECT account_id, 0, 1 FROM suspects
            UNION ALL SELECT a.id, a.balance, -1 FROM accounts a JOIN suspects s ON s.account_id = a.id
        ), torn AS (
            SELECT DISTINCT account_id FROM (
                SELECT account_id, stand FROM steps GROUP BY account_id, stand HAVING sum(step) <> 0
            ) AS loose
        )
        SELECT s.entry, s.account_id AS account, s.card_id AS card, s.balance_after, s.running AS sum_so_far
        FROM suspects s JOIN torn USING (account_id) ORDER BY s.entry
        """,
    ),
    Promise(
        "no_balance_below_zero",
        "No balance is below zero unless the account allows debt.",
        """
        SELECT a.id AS account, a.card_id AS card, a.balance, a.held FROM accounts a
        WHERE ((a.balance < 0 AND NOT a.allows_debt) OR a.held < 0) /*card a*/ ORDER BY a.id
        """,
    ),
    Promise(
        "balance_is_live_lots",
        "What the lots of an account still hold is its balance; with a debt, the balance and the debt.",
        """
        SELECT a.id AS account, a.card_id AS card, a.balance, coalesce(l.remaining, 0) AS in_lots
        FROM accounts a
        LEFT JOIN (SELECT l.account_id, sum(l.remaining) AS remaining FROM lots l WHERE true /*card l*/ GROUP BY 1) l
            ON l.account_id = a.id
        WHERE (coalesce(l.remaining, 0) < a.balance
            OR coalesce(l.remaining, 0) <> a.balance AND NOT a.allows_debt) /*card a*/
        ORDER BY a.id
        """,
    ),
    Promise(
        "account_belongs_to_card",
        "An account is of its card's chain, and of a balance type of the card's program.",
        """
        SELECT a.id AS account, a.card_id AS card, a.balance_type_id AS balance_type
        FROM accounts a
        LEFT JOIN cards k ON k.id = a.card_id
        LEFT JOIN card_types t ON t.id = k.card_type_id
        LEFT JOIN balance_types b ON b.id = a.balance_type_id
        WHERE (k.id IS NULL OR b.id IS NULL OR k.chain_id <> a.chain_id OR b.chain_id <> a.chain_id
            OR b.program_id <> t.program_id) /*card a*/
        ORDER BY a.id
        """,
    ),
)

HOLDS: Final = (
    Promise(
        "held_is_sum_of_holds",
        "What is held of an account is the sum of its active holds.",
        """
        SELECT a.id AS account, a.card_id AS card, a.held, coalesce(h.amount, 0) AS in_holds
        FROM accounts a
        LEFT JOIN (SELECT h.account_id, sum(h.amount) AS amount FROM holds h WHERE h.state = 'active' GROUP BY 1) h
            ON h.account_id = a.id
        WHERE a.held <> coalesce(h.amount, 0) /*card a*/
        ORDER BY a.id
        """,
    ),
    Promise(
        "lot_gives_what_is_held",
        "What is held of a lot is what active holds have set aside of it, and the lot has it.",
        """
        SELECT l.id AS lot, l.account_id AS account, l.card_id AS card, l.held, l.remaining,
            coalesce(h.amount, 0) AS in_holds
        FROM lots l
        LEFT JOIN (
            SELECT part.lot_id, sum(part.amount) AS amount
            FROM holds h CROSS JOIN LATERAL unnest(h.lot_ids, h.lot_amounts) AS part (lot_id, amount)
            WHERE h.state = 'active' GROUP BY 1
        ) h ON h.lot_id = l.id
        WHERE (l.held <> coalesce(h.amount, 0) OR l.held NOT BETWEEN 0 AND l.remaining) /*card l*/
        ORDER BY l.id
        """,
    ),
    Promise(
        "hold_is_told_by_its_lots",
        "A hold sets aside what its lots say, of its own account; only one that was captured has taken anything.",
        """
        SELECT h.id AS hold, h.account_id AS account, h.card_id AS card, h.amount, h.state, h.captured
        FROM holds h
        LEFT JOIN accounts a ON a.id = h.account_id
        WHERE (a.id IS NULL OR a.card_id <> h.card_id OR a.chain_id <> h.chain_id
            OR h.amount <> (SELECT sum(part) FROM unnest(h.lot_amounts) AS part)
            OR EXISTS (SELECT FROM unnest(h.lot_ids) AS part (lot_id) LEFT JOIN lots l ON l.id = part.lot_id
                WHERE l.account_id IS DISTINCT FROM h.account_id)
            OR (h.state = 'captured') <> (h.captured > 0)
            OR h.captured <> -coalesce((SELECT sum(e.amount) FROM entries e WHERE e.transaction_id = h.transaction_id), 0))
            /*card h*/
        ORDER BY h.id
        """,
    ),
)

LOTS: Final = (
    Promise(
        "lot_not_overdrawn",
        "A lot is never overdrawn and never holds more than it brought in.",
        """
        SELECT l.id AS lot, l.account_id AS account, l.card_id AS card, l.amount, l.remaining FROM lots l
        WHERE (l.remaining < 0 OR l.remaining > l.amount) /*card l*/ ORDER BY l.id
        """,
    ),
    Promise(
        "lot_holds_what_was_not_drawn",
        "What a lot brought in, less what was drawn from it, is what it holds.",
        """
        SELECT l.id AS lot, l.account_id AS account, l.card_id AS card, l.amount, l.remaining,
            coalesce(d.drawn, 0) AS drawn
        FROM lots l JOIN accounts a ON a.id = l.account_id
        LEFT JOIN (SELECT lot_id, sum(amount) AS drawn FROM lot_draws GROUP BY lot_id) d ON d.lot_id = l.id
        WHERE (l.remaining > l.amount - coalesce(d.drawn, 0)
            OR l.remaining <> l.amount - coalesce(d.drawn, 0) AND NOT a.allows_debt) /*card l*/
        ORDER BY l.id
        """,
    ),
    Promise(
        "lot_comes_from_its_entry",
        "Every lot was brought in by an entry of its account, whose amount it does not pass.",
        """
        SELECT l.id AS lot, l.entry_id AS entry, l.account_id AS account, l.card_id AS card, l.amount
        FROM lots l
        LEFT JOIN entries e ON e.id = l.entry_id
        LEFT JOIN accounts a ON a.id = l.account_id
        WHERE (e.id IS NULL OR a.id IS NULL OR e.account_id <> l.account_id OR l.amount > e.amount
            OR a.card_id <> l.card_id OR a.chain_id <> l.chain_id) /*card l*/
        ORDER BY l.id
        """,
    ),
    Promise(
        "entry_is_told_by_its_lots",
        "An entry's amount is what its lots brought in less what it drew.",
        """
        SELECT e.id AS entry, e.transaction_id AS transaction, e.card_id AS card, e.amount,
            coalesce(l.brought, 0) AS brought_in, coalesce(d.drawn, 0) AS drawn
        FROM entries e
        JOIN accounts a ON a.id = e.account_id
        LEFT JOIN (SELECT entry_id, sum(amount) AS brought FROM lots GROUP BY entry_id) l ON l.entry_id = e.id
        LEFT JOIN (SELECT entry_id, sum(amount) AS drawn FROM lot_draws GROUP BY entry_id) d ON d.entry_id = e.id
        WHERE NOT a.allows_debt AND e.amount <> coalesce(l.brought, 0) - coalesce(d.drawn, 0) /*card e*/
        ORDER BY e.id
        """,
    ),
    Promise(
        "draw_stays_in_its_account",
        "An entry draws only from lots of its own account.",
        """
        SELECT d.entry_id AS entry, d.lot_id AS lot, e.card_id AS card
        FROM lot_draws d
        LEFT JOIN entries e ON e.id = d.entry_id
        LEFT JOIN lots l ON l.id = d.lot_id
        WHERE (e.id IS NULL OR l.id IS NULL OR e.account_id <> l.account_id OR d.chain_id <> l.chain_id) /*card l*/
        ORDER BY d.entry_id, d.lot_id
        """,
    ),
)

TRANSACTIONS: Final = (
    Promise(
        "entry_belongs_to_transaction",
        "Every entry is part of a transaction of its chain and kind, on the card and balance type of its account.",
        """
        SELECT e.id AS entry, e.transaction_id AS transaction, e.card_id AS card, e.kind, t.kind AS transaction_kind
        FROM entries e
        LEFT JOIN transactions t ON t.id = e.transaction_id
        LEFT JOIN accounts a ON a.id = e.account_id
        WHERE (t.id IS NULL OR a.id IS NULL OR t.kind <> e.kind OR t.at <> e.at OR t.chain_id <> e.chain_id
            OR a.chain_id <> e.chain_id OR a.card_id <> e.card_id OR a.balance_type_id <> e.balance_type_id)
            /*card e*/
        ORDER BY e.id
        """,
    ),
    Promise(
        "transaction_has_entries",
        "Every transaction has an entry, on the card whose history it opens in.",
        """
        SELECT t.id AS transaction, t.card_id AS card, t.kind FROM transactions t
        WHERE NOT EXISTS (SELECT FROM entries e WHERE e.transaction_id = t.id AND e.card_id = t.card_id) /*card t*/
        ORDER BY t.id
        """,
    ),
    Promise(
        "transfer_moves_nothing_away",
        "The entries of a transfer sum to nothing.",
        """
        SELECT e.transaction_id AS transaction, sum(e.amount) AS sum FROM entries e
        WHERE e.kind = 'transfer'
            AND e.transaction_id IN (SELECT e.transaction_id FROM entries e WHERE e.kind = 'transfer' /*card e*/)
        GROUP BY e.transaction_id HAVING sum(e.amount) <> 0 ORDER BY e.transaction_id
        """,
    ),
    Promise(
        "transaction_has_its_event",
        "Every transaction is named by exactly one event of its chain.",
        """
        SELECT t.id AS transaction, t.card_id AS card, count(v.id) AS events
        FROM transactions t
        LEFT JOIN (
            SELECT id, chain_id, unnest(transaction_ids) AS transaction_id FROM events
            WHERE transaction_ids <> '{}'
        ) v ON v.transaction_id = t.id AND v.chain_id = t.chain_id
        WHERE true /*card t*/
        GROUP BY t.id, t.card_id HAVING count(v.id) <> 1 ORDER BY t.id
        """,
    ),
    Promise(
        "event_names_transactions_that_exist",
        "What an event names exists.",
        """
        SELECT v.id AS event, v.transaction_id AS transaction
        FROM (SELECT id, unnest(transaction_ids) AS transaction_id FROM events WHERE transaction_ids <> '{}') v
        LEFT JOIN transactions t ON t.id = v.transaction_id
        WHERE t.id IS NULL ORDER BY v.id
        """,
    ),
    Promise(
        "external_id_is_unique",
        "A transaction with an external id is the one that this id names in its chain.",
        """
        SELECT coalesce(t.id, n.transaction_id) AS transaction, coalesce(t.external_id, n.external_id) AS external_id
        FROM (SELECT t.* FROM transactions t WHERE t.external_id IS NOT NULL /*card t*/) t
        FULL JOIN (
            SELECT n.* FROM transaction_keys n JOIN transactions t ON t.id = n.transaction_id WHERE true /*card t*/
        ) n ON n.chain_id = t.chain_id AND n.external_id = t.external_id AND n.transaction_id = t.id
        WHERE t.id IS NULL OR n.transaction_id IS NULL ORDER BY 1
        """,
    ),
    Promise(
        "note_is_what_was_written",
        "A reason is the one that its transaction was sealed with, unless it was erased.",
        """
        SELECT n.transaction_id AS transaction, t.card_id AS card
        FROM transaction_notes n LEFT JOIN transactions t ON t.id = n.transaction_id
        WHERE t.note_hash IS DISTINCT FROM sha256(n.salt || convert_to(n.text, 'UTF8')) /*card t*/
        ORDER BY n.transaction_id
        """,
    ),
)

REVERSALS: Final = (
    Promise(
        "reversed_at_most_in_full",
        "What reversals took back of an entry is opposite to it and never more than it.",
        """
        SELECT t.reverses AS original, e.account_id AS account, e.card_id AS card, sum(e.amount) AS taken_back,
            coalesce(o.amount, 0) AS original_amount
        FROM transactions t
        JOIN entries e ON e.transaction_id = t.id
        LEFT JOIN (
            SELECT o.transaction_id, o.account_id, sum(o.amount) AS amount FROM entries o GROUP BY 1, 2
        ) o ON o.transaction_id = t.reverses AND o.account_id = e.account_id
        WHERE t.reverses IS NOT NULL /*card e*/
        GROUP BY t.reverses, e.account_id, e.card_id, o.amount
        HAVING sum(e.amount) NOT BETWEEN least(0, -coalesce(o.amount, 0)) AND greatest(0, -coalesce(o.amount, 0))
        ORDER BY t.reverses
        """,
    ),
    Promise(
        "reversal_counts_what_is_left",
        "The reversals of a transaction are numbered without gaps and tell what may still be taken back.",
        """
        SELECT r.original_id AS original, r.transaction_id AS reversal, r.ordinal, r.amount, r.left_after
        FROM (
            SELECT r.*, row_number() OVER earlier AS place, sum(r.amount) OVER earlier AS taken,
                (SELECT greatest(sum(greatest(e.amount, 0)), sum(greatest(-e.amount, 0))) FROM entries e
                    WHERE e.transaction_id = r.original_id) AS whole
            FROM reversals r WINDOW earlier AS (PARTITION BY r.original_id ORDER BY r.ordinal)
        ) AS r
        LEFT JOIN transactions t ON t.id = r.transaction_id
        WHERE (r.ordinal <> r.place OR r.whole IS NULL OR r.left_after <> r.whole - r.taken
            OR r.left_after < 0 OR t.id IS NULL OR t.reverses IS DISTINCT FROM r.original_id) /*card t*/
        ORDER BY r.original_id, r.ordinal
        """,
    ),
    Promise(
        "reversal_is_counted",
        "Every transaction that reverses another is counted against it.",
        """
        SELECT t.id AS transaction, t.reverses AS original, t.card_id AS card FROM transactions t
        WHERE (t.reverses IS NOT NULL OR t.kind = 'reverse') /*card t*/
            AND NOT EXISTS (
                SELECT FROM reversals r WHERE r.original_id = t.reverses AND r.transaction_id = t.id
            )
        ORDER BY t.id
        """,
    ),
)

ORDER_OF_EVENTS: Final = (
    Promise(
        "sequence_has_no_gaps",
        "The events of a chain are numbered from 1 without gaps.",
        """
        SELECT chain_id AS chain, count(*) AS events, min(seq) AS first, max(seq) AS last FROM event_sequence
        GROUP BY chain_id HAVING min(seq) <> 1 OR max(seq) <> count(*) ORDER BY chain_id
        """,
    ),
    Promise(
        "event_is_in_line_once",
        "Every event either has its number or waits for it.",
        """
        SELECT v.id AS event, v.chain_id AS chain, v.kind FROM events v
        LEFT JOIN event_sequence s ON s.event_id = v.id AND s.chain_id = v.chain_id
        LEFT JOIN event_queue q ON q.event_id = v.id AND q.chain_id = v.chain_id
        WHERE (s.seq IS NULL) = (q.event_id IS NULL) ORDER BY v.id
        """,
    ),
    Promise(
        "numbered_event_exists",
        "What has a number is an event of its chain.",
        """
        SELECT s.event_id AS event, s.chain_id AS chain, s.seq FROM event_sequence s
        LEFT JOIN events v ON v.id = s.event_id AND v.chain_id = s.chain_id
        WHERE v.id IS NULL ORDER BY s.chain_id, s.seq
        """,
    ),
)

LEDGER_PROMISES: Final = (*BALANCES, *HOLDS, *LOTS, *TRANSACTIONS, *REVERSALS, *ORDER_OF_EVENTS)
