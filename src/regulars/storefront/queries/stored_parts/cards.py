"""What stands about the cards of a person."""

from typing import Final

from regulars.storefront.queries.stored_parts.scope import CARDS, Part

OF_CARDS: Final[tuple[Part, ...]] = (
    (
        "cards",
        ("id", "number", "type", "status", "issued_at", "issued_through", "expires_at", "last_activity_at", "phone"),
        (
            "SELECT k.id, k.number, t.name, k.status, k.issued_at, k.issued_through, k.expires_at, k.last_activity_at, k.phone"
            " FROM cards k JOIN card_types t ON t.id = k.card_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone' ORDER BY k.id DESC"
        ),
    ),
    (
        "card_numbers",
        ("card", "number", "replaced_at"),
        (
            "SELECT n.card_id, n.key, n.replaced_at FROM card_numbers n"
            f" WHERE n.chain_id = %(chain)s AND n.card_id IN ({CARDS})"
            " UNION ALL SELECT s.card_id, s.number, s.freed_at FROM card_short_numbers s"
            f" WHERE s.chain_id = %(chain)s AND s.card_id IN ({CARDS})"
        ),
    ),
    (
        "balances",
        ("card", "name", "balance"),
        (
            "SELECT k.number, b.name, (a.balance, b.decimals) FROM accounts a JOIN cards k ON k.id = a.card_id"
            " JOIN balance_types b ON b.id = a.balance_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone' ORDER BY k.id, b.id"
        ),
    ),
    (
        "entries",
        ("at", "card", "balance", "amount", "kind", "reason"),
        (
            "SELECT t.at, k.number, b.name, (e.amount, b.decimals), t.kind, n.text"
            " FROM entries e LEFT JOIN transaction_notes n ON n.transaction_id = e.transaction_id"
            " JOIN transactions t ON t.id = e.transaction_id JOIN cards k ON k.id = e.card_id"
            " JOIN balance_types b ON b.id = e.balance_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s ORDER BY e.id DESC"
        ),
    ),
    (
        "lots",
        ("card", "balance", "amount", "left", "activates_at", "expires_at"),
        (
            "SELECT l.card_id, b.name, (l.amount, b.decimals), (l.remaining, b.decimals), l.activates_at, l.expires_at"
            " FROM lots l JOIN accounts a ON a.id = l.account_id JOIN balance_types b ON b.id = a.balance_type_id"
            f" WHERE l.chain_id = %(chain)s AND l.card_id IN ({CARDS}) ORDER BY l.id DESC"
        ),
    ),
    (
        "holds",
        ("card", "balance", "amount", "state", "at", "ended_at"),
        (
            "SELECT h.card_id, b.name, (h.amount, b.decimals), h.state, h.made_at, h.ended_at"
            " FROM holds h JOIN accounts a ON a.id = h.account_id JOIN balance_types b ON b.id = a.balance_type_id"
            f" WHERE h.chain_id = %(chain)s AND h.card_id IN ({CARDS}) ORDER BY h.id DESC"
        ),
    ),
    (
        "rounds",
        ("card", "round", "stamped_at"),
        (
            "SELECT card_id, round, stamped_at FROM card_rounds"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY card_id DESC"
        ),
    ),
    (
        "rewards",
        ("at", "card", "title", "description", "kind", "state", "handed_over_at"),
        (
            "SELECT given_at, card_id, title, description, kind, CASE WHEN is_undone THEN 'undone' ELSE state END, handed_over_at"
            f" FROM given_rewards WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "receipt_claims",
        ("at", "card", "kind", "code", "receipt", "stamps", "amount"),
        (
            "SELECT claimed_at, card_id, kind, code, external_id, stamps, (amount, %(decimals)s::int) FROM receipt_codes"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY claimed_at DESC"
        ),
    ),
    (
        "till",
        ("at", "card", "kind", "title", "rewards", "amount", "undone_at"),
        (
            "SELECT pressed_at, card_id, kind, title, rewards, (amount, decimals), undone_at FROM till_presses"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "till_queue",
        ("at", "card", "kind", "count", "amount", "conflict", "settled_at"),
        (
            "SELECT claimed_at, card_id, kind, count, amount, conflict, settled_at FROM till_queued"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "wallets",
        ("card", "wallet", "made_at", "told_at", "fetched_at", "put_away_at"),
        (
            "SELECT card_id, provider, made_at, told_at, fetched_at, put_away_at FROM wallet_passes"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "phones_with_card",
        ("card", "wallet", "device", "registered_at"),
        (
            "SELECT p.card_id, p.provider, r.device, r.registered_at FROM wallet_registrations r"
            " JOIN wallet_passes p ON p.id = r.pass_id"
            f" WHERE p.chain_id = %(chain)s AND p.card_id IN ({CARDS}) ORDER BY r.id DESC"
        ),
    ),
    (
        "wallet_messages",
        ("at", "card", "wallet", "text"),
        (
            "SELECT at, card_id, provider, text FROM wallet_messages"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "wallet_events",
        ("at", "card", "what"),
        (
            "SELECT at, card_id, kind FROM wallet_events"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
    (
        "browsers_with_card",
        ("card", "wallet", "made_at"),
        (
            "SELECT card_id, wallet, made_at FROM card_devices"
            f" WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC"
        ),
    ),
)
