"""What `verify` proves of rewards (RWD-1, RWD-2)."""

from typing import Final

from regulars.ledger.verify.proof import Promise

REWARD_PROMISES: Final = (
    Promise(
        "round_is_taken_once",
        "A card has begun as many rounds as it tells, each by a transaction that took its stamps and was not taken back.",
        """
        SELECT r.account_id AS account, r.card_id AS card, r.round, count(b.number) AS begun,
            count(e.id) FILTER (WHERE v.original_id IS NULL) AS taken
        FROM card_rounds r
        LEFT JOIN begun_rounds b ON b.account_id = r.account_id
        LEFT JOIN entries e ON e.id = b.entry_id AND e.account_id = b.account_id AND e.amount = -b.size
        LEFT JOIN reversals v ON v.original_id = b.transaction_id
        WHERE true /*card r*/
        GROUP BY r.account_id, r.card_id, r.round
        HAVING count(b.number) <> r.round OR count(e.id) FILTER (WHERE v.original_id IS NULL) <> r.round
        ORDER BY r.account_id
        """,
    ),
    Promise(
        "goal_is_rewarded_once",
        "A goal of a round has brought one reward at most, not counting what an undo took back, and the round had begun.",
        """
        SELECT g.account_id AS account, min(g.card_id::text)::uuid AS card, g.number AS round, g.goal, count(*) AS rewards
        FROM given_rewards g WHERE g.goal IS NOT NULL AND NOT g.is_undone /*card g*/
        GROUP BY g.account_id, g.number, g.goal
        HAVING count(*) > 1 OR (g.number > 0 AND g.number > (
            SELECT count(*) FROM entries e JOIN transactions t ON t.id = e.transaction_id AND t.source = 'round'
            WHERE e.account_id = g.account_id AND e.kind = 'redeem'))
        ORDER BY g.account_id
        """,
    ),
    Promise(
        "kept_round_shows_its_goal",
        "A round that goes on by former goals has them, and its card shows the last of them; no other card shows a goal of its own.",
        """
        SELECT s.card_id AS card, s.goal, s.shown FROM (
            SELECT coalesce(kept.card_id, g.card_id) AS card_id, kept.goal, g.goal AS shown FROM (
                SELECT a.card_id, max(f.stamps) AS goal FROM kept_rounds o JOIN accounts a ON a.id = o.account_id
                LEFT JOIN card_rounds r ON r.account_id = o.account_id
                LEFT JOIN former_goals f ON f.card_type_id = o.card_type_id AND f.edition = o.edition
                WHERE o.number = coalesce(r.round, 0) GROUP BY a.card_id
            ) kept FULL JOIN card_round_goals g ON g.card_id = kept.card_id
        ) s
        WHERE s.goal IS DISTINCT FROM s.shown /*card s*/
        ORDER BY s.card_id
        """,
    ),
    Promise(
        "bought_reward_is_paid",
        "A reward of the catalogue that stands was paid by a transaction of its card that was not taken back.",
        """
        SELECT g.id AS given_reward, g.card_id AS card FROM given_rewards g
        WHERE g.origin = 'catalogue' AND g.state <> 'cancelled' AND NOT EXISTS (
            SELECT FROM entries e WHERE e.transaction_id = g.transaction_id AND e.card_id = g.card_id AND e.amount < 0
                AND NOT EXISTS (SELECT FROM reversals v WHERE v.original_id = e.transaction_id))
            /*card g*/
        ORDER BY g.id
        """,
    ),
    Promise(
        "waiting_reward_is_with_an_order",
        "A reward whose goal was taken back while an order had its voucher waits for that order alone.",
        """
        SELECT g.id AS given_reward, g.card_id AS card FROM given_rewards g
        WHERE g.waits_for_order AND NOT EXISTS (
            SELECT FROM vouchers v WHERE v.id = g.voucher_id AND v.state = 'redeemed' AND v.is_of_order)
            /*card g*/
        ORDER BY g.id
        """,
    ),
    Promise(
        "draw_is_what_the_number_says",
        "What a lottery gave is the variant that owns the number it drew.",
        """
        SELECT g.id AS given_reward, g.card_id AS card, g.title FROM given_rewards g
        WHERE g.drawn IS NOT NULL AND (
            NOT (g.drawn ->> 'number')::int BETWEEN 0 AND 999999
            OR g.title <> g.drawn #>> ARRAY['variants', g.drawn ->> 'variant', 'title']
            OR (g.drawn ->> 'variant')::int <> (
                SELECT count(*) FROM (
                    SELECT sum((one.value ->> 'probability')::numeric * 10000) OVER (ORDER BY one.place) AS passed
                    FROM jsonb_array_elements(g.drawn -> 'variants') WITH ORDINALITY AS one (value, place)
                ) ends WHERE ends.passed <= (g.drawn ->> 'number')::int
            )) /*card g*/
        ORDER BY g.id
        """,
    ),
)
