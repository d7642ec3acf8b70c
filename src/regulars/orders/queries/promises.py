"""What orders promise about their sums and about the ledger, each as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify import Promise

ORDER_PROMISES: Final = (
    Promise(
        "order_total_is_its_lines",
        "The total and the discount of an order are those of its lines, with shipping, tips and the tax that is put on.",
        """
        SELECT o.id AS "order", o.total, o.discount_total, l.total AS of_lines, l.discount AS off_lines
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(total), 0) AS total, coalesce(sum(tax), 0) AS tax, coalesce(sum(discount), 0) AS discount
            FROM order_lines WHERE order_id = o.id
        ) l
        WHERE o.import_id IS NULL AND (
            o.total <> l.total + CASE WHEN o.facts ->> 'prices_include_tax' = 'false' THEN l.tax ELSE 0 END
                + o.shipping - o.shipping_discount + o.tips
            OR o.discount_total <> l.discount + o.shipping_discount OR o.tax <> l.tax)
        ORDER BY o.id
        """,
    ),
    Promise(
        "line_is_what_it_costs",
        "A line costs quantity times price, rounded half up, less what the till and promotions took off.",
        """
        SELECT l.order_id AS "order", l.position, l.total FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE o.import_id IS NULL
            AND l.total <> (2 * l.price * l.quantity + 1000) / 2000 - l.till_discount - l.discount
        ORDER BY l.order_id, l.position
        """,
    ),
    Promise(
        "order_discount_is_its_promotions",
        "What was taken off an order that nothing was given back of is what its promotions took off.",
        """
        SELECT o.id AS "order", o.discount_total, coalesce(sum(p.discount), 0) AS of_promotions
        FROM orders o LEFT JOIN order_promotions p ON p.order_id = o.id
        WHERE o.import_id IS NULL AND o.state IN ('paid', 'completed')
        GROUP BY o.id HAVING o.discount_total <> coalesce(sum(p.discount), 0) ORDER BY o.id
        """,
    ),
    Promise(
        "order_is_paid_by_its_spends",
        "What memberships, balances and gift cards paid of an order is what its spends are worth.",
        """
        SELECT o.id AS "order", o.paid_by_balances, e.money AS of_spends, r.money AS of_gift_cards
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(money), 0) AS money FROM order_effects WHERE order_id = o.id AND kind = 'spend'
        ) e
        CROSS JOIN LATERAL (SELECT coalesce(sum(money), 0) AS money FROM order_redemptions WHERE order_id = o.id) r
        WHERE o.import_id IS NULL AND o.paid_by_balances <> e.money + r.money ORDER BY o.id
        """,
    ),
    Promise(
        "gift_card_paid_what_its_order_says",
        "What a gift card pays of an order was taken from it, less what came back, and belongs to an order that says so.",
        """
        SELECT coalesce(r.order_id, e.order_id) AS "order", coalesce(r.owner_id, e.gift_card_id) AS gift_card,
            r.money - r.undone AS paid, e.taken
        FROM (
            SELECT order_id, owner_id, money, undone FROM order_redemptions
            WHERE kind = 'gift_card' AND state IN ('locked', 'used', 'given_back') AND money > 0
        ) r
        FULL JOIN (
            SELECT e.order_id, e.gift_card_id, -sum(e.amount) AS taken FROM gift_card_entries e
            LEFT JOIN gift_card_entries o ON o.id = e.reverses
            WHERE e.order_id IS NOT NULL AND (e.kind = 'write_off' OR o.kind = 'write_off')
            GROUP BY e.order_id, e.gift_card_id
        ) e ON e.order_id = r.order_id AND e.gift_card_id = r.owner_id
        WHERE coalesce(e.taken, 0) <> coalesce(r.money - r.undone, 0)
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "membership_visits_are_what_the_order_says",
        "The visits that an order says it took of a membership are its uses there, less those that came back, and pay what it says.",
        """
        SELECT coalesce(r.order_id, u.order_id) AS "order", coalesce(r.owner_id, u.membership_id) AS membership, r.visits,
            u.visits AS taken
        FROM (
            SELECT o.order_id, o.owner_id, o.visits - c.undone AS visits, o.visits <> c.visits OR o.money <> c.money AS is_off
            FROM order_redemptions o
            CROSS JOIN LATERAL (
                SELECT coalesce(sum((x ->> 'undone')::int), 0) AS undone, coalesce(sum((x ->> 'visits')::int), 0) AS visits,
                    coalesce(sum((x ->> 'money')::bigint), 0) AS money
                FROM jsonb_array_elements(coalesce(o.covers, '[]')) x
            ) c
            WHERE o.kind = 'membership' AND o.state IN ('locked', 'used', 'given_back')
        ) r
        FULL JOIN (
            SELECT order_id, membership_id, sum(visits) AS visits FROM membership_uses WHERE order_id IS NOT NULL
            GROUP BY order_id, membership_id
        ) u ON u.order_id = r.order_id AND u.membership_id = r.owner_id
        WHERE coalesce(u.visits, 0) <> coalesce(r.visits, 0) OR coalesce(r.is_off, false)
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "code_is_used_by_the_order_that_says_so",
        "A voucher or code that an order uses is used by it alone, and what is used by an order is known to it.",
        """
        SELECT coalesce(r.order_id, u.order_id) AS "order", coalesce(r.owner_id, u.owner_id) AS code,
            r.order_id IS NOT NULL AS is_told, u.order_id IS NOT NULL AS is_used
        FROM (
            SELECT order_id, owner_id FROM order_redemptions
            WHERE kind IN ('code', 'voucher') AND state IN ('locked', 'used')
        ) r
        FULL JOIN (
            SELECT order_id, id AS owner_id FROM vouchers WHERE is_of_order AND state = 'redeemed'
            UNION ALL
            SELECT order_id, code_id FROM code_uses WHERE given_back_at IS NULL
        ) u ON u.order_id = r.order_id AND u.owner_id = r.owner_id
        WHERE r.order_id IS NULL OR u.order_id IS NULL
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "effect_is_its_entries",
        "What a paid order did to a balance is what its transaction entered there.",
        """
        SELECT f.order_id AS "order", f.card_id AS card, f.balance_type_id AS balance_type, f.amount,
            coalesce(t.amount, 0) AS entered
        FROM (
            SELECT d.order_id, d.transaction_id, d.card_id, d.balance_type_id,
                sum(CASE d.kind WHEN 'earn' THEN d.amount ELSE -d.amount END) AS amount
            FROM order_effects d JOIN orders o ON o.id = d.order_id AND o.paid_at IS NOT NULL AND o.import_id IS NULL
            WHERE d.amount > 0 /*card d*/
            GROUP BY 1, 2, 3, 4
        ) f
        LEFT JOIN LATERAL (
            SELECT sum(e.amount) AS amount FROM entries e
            JOIN transactions x ON x.id = e.transaction_id AND x.order_id = f.order_id
            WHERE e.transaction_id = f.transaction_id AND e.card_id = f.card_id AND e.balance_type_id = f.balance_type_id
        ) t ON true
        WHERE f.amount <> coalesce(t.amount, 0)
        ORDER BY f.order_id
        """,
    ),
    Promise(
        "transaction_of_an_order_is_its_effect",
        "A transaction that says it earned or redeemed for an order is one that the order knows.",
        """
        SELECT t.id AS transaction, t.card_id AS card, t.order_id AS "order" FROM transactions t
        WHERE t.order_id IS NOT NULL AND t.kind IN ('earn', 'redeem') AND t.reverses IS NULL
            AND NOT EXISTS (SELECT FROM order_effects e WHERE e.order_id = t.order_id AND e.transaction_id = t.id)
            /*card t*/
        ORDER BY t.id
        """,
    ),
    Promise(
        "order_has_its_external_id",
        "An external id names one order of its chain, for ever.",
        """
        SELECT o.id AS "order", o.external_id, k.order_id AS named FROM orders o
        LEFT JOIN order_keys k ON k.chain_id = o.chain_id AND k.external_id = o.external_id
        WHERE o.external_id IS NOT NULL AND k.order_id IS DISTINCT FROM o.id ORDER BY o.id
        """,
    ),
)
