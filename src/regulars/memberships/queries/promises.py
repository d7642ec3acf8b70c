"""What memberships promise, as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify import Promise

MEMBERSHIP_PROMISES: Final = (
    Promise(
        "membership_used_is_its_uses",
        "What a membership says is used is the sum of its uses, those that gave visits back included.",
        """
        SELECT m.id AS membership, m.used, coalesce(sum(u.visits), 0) AS of_uses
        FROM memberships m LEFT JOIN membership_uses u ON u.membership_id = m.id AND u.chain_id = m.chain_id
        WHERE true /*card m*/
        GROUP BY m.id, m.used HAVING m.used <> coalesce(sum(u.visits), 0) ORDER BY m.id
        """,
    ),
    Promise(
        "membership_use_is_undone_once_as_a_whole",
        "What undoes a use gives back all its visits, to the same membership.",
        """
        SELECT b.id AS use, b.visits, u.visits AS of_use FROM membership_uses b
        JOIN membership_uses u ON u.id = b.undoes_id
        WHERE b.visits <> -u.visits OR b.membership_id <> u.membership_id OR b.chain_id <> u.chain_id
            OR u.undoes_id IS NOT NULL
        ORDER BY b.id
        """,
    ),
    Promise(
        "membership_visits_are_sold_and_added",
        "A membership has the visits that it was sold with and those that were added.",
        """
        SELECT m.id AS membership, m.visits, coalesce(sum(x.visits), 0) AS added FROM memberships m
        LEFT JOIN membership_extensions x ON x.membership_id = m.id AND x.chain_id = m.chain_id
        WHERE true /*card m*/
        GROUP BY m.id, m.visits, m.terms
        HAVING m.visits IS DISTINCT FROM (m.terms ->> 'visits')::int + coalesce(sum(x.visits), 0)
        ORDER BY m.id
        """,
    ),
    Promise(
        "membership_end_is_its_days",
        "The last day of a membership is that of its period, moved by the days that it rested and those that were added.",
        """
        SELECT m.id AS membership, m.ends_on, m.first_ends_on, f.days AS rested, f.freezes, x.days AS added
        FROM memberships m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(days), 0) AS days, count(*) FILTER (WHERE days > 0) AS freezes
            FROM membership_freezes WHERE membership_id = m.id
        ) f
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(days), 0) AS days FROM membership_extensions WHERE membership_id = m.id
        ) x
        WHERE (m.frozen_days <> f.days OR m.freezes <> f.freezes OR m.extended_days <> x.days
            OR m.ends_on IS DISTINCT FROM m.first_ends_on + (f.days + x.days)::int) /*card m*/
        ORDER BY m.id
        """,
    ),
    Promise(
        "membership_state_is_its_numbers",
        "A membership is used up exactly when no visit is left, waits exactly when it has not begun, and never rests without a freeze.",
        """
        SELECT m.id AS membership, m.state, m.visits, m.used, m.starts_on FROM memberships m
        WHERE m.state <> 'cancelled' /*card m*/ AND (
            (m.state = 'used_up') <> coalesce(m.used = m.visits, false)
            OR (m.state = 'sold') <> (m.starts_on IS NULL)
            OR (m.state = 'frozen' AND m.frozen_from IS NULL))
        ORDER BY m.id
        """,
    ),
    Promise(
        "membership_has_its_code",
        "A code of a membership stands in the code space of its chain, for this membership.",
        """
        SELECT m.id AS membership FROM memberships m
        WHERE m.code IS NOT NULL /*card m*/ AND NOT EXISTS (
            SELECT FROM code_keys k WHERE k.chain_id = m.chain_id AND k.kind = 'membership' AND k.owner_id = m.id)
        ORDER BY m.id
        """,
    ),
)
