"""What codes promise about how often they were used, each as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify import Promise

CODE_PROMISES: Final = (
    Promise(
        "code_counts_its_uses",
        "A code was used as often as orders use it that did not give it back; a personal one at most once, and then it is used.",
        """
        SELECT c.id AS code, c.state, c.uses, coalesce(u.count, 0) AS of_orders FROM codes c
        JOIN code_pools p ON p.id = c.pool_id
        LEFT JOIN (
            SELECT code_id, count(*) AS count FROM code_uses WHERE given_back_at IS NULL GROUP BY code_id
        ) u ON u.code_id = c.id
        WHERE c.uses <> coalesce(u.count, 0)
            OR (p.kind = 'personal' AND (c.uses > 1 OR (c.uses = 1 AND c.state IN ('free', 'attached', 'active'))))
        ORDER BY c.id
        """,
    ),
    Promise(
        "code_pool_counts_its_uses",
        "A pool whose uses are limited counts those of its codes that stand.",
        """
        SELECT p.id AS pool, p.used, coalesce(u.count, 0) AS of_orders FROM code_pools p
        LEFT JOIN (
            SELECT pool_id, count(*) AS count FROM code_uses WHERE given_back_at IS NULL GROUP BY pool_id
        ) u ON u.pool_id = p.id
        WHERE p.uses_total IS NOT NULL AND p.used <> coalesce(u.count, 0)
        ORDER BY p.id
        """,
    ),
    Promise(
        "code_pool_counts_its_holders",
        "A pool whose uses are limited per customer counts for each how many of theirs stand.",
        """
        SELECT coalesce(h.pool_id, u.pool_id) AS pool, coalesce(h.holder_id, u.holder_id) AS holder,
            coalesce(h.uses, 0) AS counted, coalesce(u.count, 0) AS of_orders
        FROM code_pool_holders h
        FULL JOIN (
            SELECT pool_id, holder_id, count(*) AS count FROM code_uses
            WHERE given_back_at IS NULL AND holder_id IS NOT NULL GROUP BY pool_id, holder_id
        ) u ON u.pool_id = h.pool_id AND u.holder_id = h.holder_id
        JOIN code_pools p ON p.id = coalesce(h.pool_id, u.pool_id) AND p.uses_per_customer IS NOT NULL
        WHERE coalesce(h.uses, 0) <> coalesce(u.count, 0)
        ORDER BY 1, 2
        """,
    ),
    Promise(
        "code_use_is_of_its_pool",
        "A use of a code is counted for the pool that the code is in.",
        """
        SELECT u.id AS code_use, u.pool_id AS counted_for, c.pool_id AS pool FROM code_uses u
        LEFT JOIN codes c ON c.id = u.code_id AND c.chain_id = u.chain_id
        WHERE c.id IS NULL OR c.pool_id <> u.pool_id ORDER BY u.id
        """,
    ),
)
