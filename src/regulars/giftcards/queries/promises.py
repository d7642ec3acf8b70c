"""What gift cards promise about their sums, each as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify import Promise

GIFT_CARD_PROMISES: Final = (
    Promise(
        "gift_card_balance_is_sum_of_entries",
        "The entries of a gift card sum to its balance, and their last number is the one that it keeps.",
        """
        SELECT g.id AS gift_card, g.balance, e.total AS of_entries, g.last_number, e.newest
        FROM gift_cards g
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS total, coalesce(max(number), 0) AS newest, count(*) AS count
            FROM gift_card_entries WHERE gift_card_id = g.id
        ) e
        WHERE g.balance <> e.total OR g.last_number <> e.newest OR e.count <> e.newest
        ORDER BY g.id
        """,
    ),
    Promise(
        "gift_card_balance_after_is_running_sum",
        "Every entry of a gift card tells the balance after it, and none is below zero.",
        """
        SELECT s.gift_card_id AS gift_card, s.id AS entry, s.balance_after, s.running FROM (
            SELECT id, gift_card_id, balance_after, sum(amount) OVER (PARTITION BY gift_card_id ORDER BY number) AS running
            FROM gift_card_entries
        ) s
        WHERE s.balance_after <> s.running OR s.running < 0
        ORDER BY s.gift_card_id, s.id
        """,
    ),
    Promise(
        "gift_card_state_fits_balance",
        "A gift card that is active or blocked has something left; one that is used up, expired or cancelled has nothing.",
        """
        SELECT g.id AS gift_card, g.state, g.balance FROM gift_cards g
        WHERE (g.balance > 0) <> (g.state IN ('active', 'blocked')) ORDER BY g.id
        """,
    ),
    Promise(
        "gift_card_begins_with_its_value",
        "The first entry of a gift card is its sale, or its opening by an import, for its value.",
        """
        SELECT g.id AS gift_card, g.value, e.kind, e.amount FROM gift_cards g
        LEFT JOIN gift_card_entries e ON e.gift_card_id = g.id AND e.number = 1
        WHERE e.kind IS NULL OR e.kind NOT IN ('sale', 'opening') OR (e.kind = 'sale' AND e.amount <> g.value)
        ORDER BY g.id
        """,
    ),
    Promise(
        "gift_card_gives_back_what_it_took",
        "What is given back of a payment was taken by it, from the same gift card, and is never more.",
        """
        SELECT r.reverses AS entry, min(e.amount) AS taken, sum(r.amount) AS given_back
        FROM gift_card_entries r
        LEFT JOIN gift_card_entries e ON e.id = r.reverses AND e.gift_card_id = r.gift_card_id
            AND e.kind IN ('write_off', 'forfeit')
        WHERE r.kind = 'give_back'
        GROUP BY r.reverses HAVING min(e.amount) IS NULL OR sum(r.amount) > -min(e.amount)
        ORDER BY r.reverses
        """,
    ),
    Promise(
        "gift_card_code_is_its_own",
        "A gift card that has a code stands in the code space of its chain, once.",
        """
        SELECT g.id AS gift_card, count(k.key) AS codes FROM gift_cards g
        LEFT JOIN code_keys k ON k.chain_id = g.chain_id AND k.kind = 'gift_card' AND k.owner_id = g.id
        GROUP BY g.id HAVING count(k.key) <> CASE WHEN g.code IS NULL THEN 0 ELSE 1 END ORDER BY g.id
        """,
    ),
)
