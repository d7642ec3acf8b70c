"""Where something stands about one person, and what of it they are told; `stored` makes the document of it (CUS-7).

A column of amounts is a pair: the units and how many of them are decimals. What only opens a door, such as a push token or
the secret of a rotating code, is left out: it is ours or a phone's, and says nothing about anybody.
"""

from typing import Final

CARDS: Final = "SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s"
ORDERS: Final = (
    "SELECT o.id FROM orders o WHERE o.chain_id = %(chain)s"
    f" AND (o.customer_id = %(customer)s OR o.card_id IN ({CARDS}))"
)
HOLDERS: Final = f"SELECT %(customer)s::uuid UNION ALL {CARDS}"
"""Tiers and limits count by who holds the card: the customer, or the card before it was claimed."""

Part = tuple[str, tuple[str, ...], str]

_OWN: Final[tuple[Part, ...]] = (
    (
        "consents",
        ("purpose", "given", "source", "text_version", "at"),
        (
            "SELECT purpose, given, source, text_version, at FROM consents"
            " WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY at DESC"
        ),
    ),
    (
        "notes",
        ("text", "at"),
        "SELECT text, at FROM customer_notes WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY at DESC",
    ),
    (
        "join_requests",
        ("at", "kind", "name", "phone", "email", "birthday", "language", "consents"),
        (
            "SELECT created_at, kind, name, phone, email, birthday, language, consents FROM join_requests"
            f" WHERE chain_id = %(chain)s AND (customer_id = %(customer)s OR card_id IN ({CARDS})) ORDER BY created_at DESC"
        ),
    ),
    (
        "messages",
        ("at", "kind", "subject", "text", "channels"),
        (
            "SELECT m.at, m.kind, m.subject, m.text, (SELECT jsonb_agg(jsonb_build_object('channel', d.channel, 'state', d.state,"
            " 'reason', d.reason, 'detail', d.detail, 'at', d.state_at) ORDER BY d.id)"
            " FROM message_deliveries d WHERE d.message_id = m.id)"
            " FROM messages m WHERE m.chain_id = %(chain)s"
            f" AND (m.customer_id = %(customer)s OR m.card_id IN ({CARDS})) ORDER BY m.id DESC"
        ),
    ),
    (
        "referrals",
        ("at", "was_invited"),
        (
            "SELECT at, customer_id = %(customer)s FROM referrals"
            " WHERE chain_id = %(chain)s AND (customer_id = %(customer)s OR inviter_id = %(customer)s) ORDER BY at DESC"
        ),
    ),
    (
        "referral_codes",
        ("code",),
        "SELECT code FROM referral_codes WHERE chain_id = %(chain)s AND customer_id = %(customer)s",
    ),
    (
        "referral_bonuses",
        ("at", "promotion", "occasion", "balance", "amount"),
        (
            "SELECT r.at, p.name, r.occasion, b.name, (r.amount - r.taken_back, b.decimals) FROM referral_bonuses r"
            " JOIN promotions p ON p.id = r.promotion_id LEFT JOIN balance_types b ON b.id = r.balance_type_id"
            " WHERE r.chain_id = %(chain)s AND r.inviter_id = %(customer)s ORDER BY r.at DESC"
        ),
    ),
    (
        "tiers",
        ("group", "tier", "since", "until"),
        (
            "SELECT g.name, t.name, h.since, h.until FROM holder_tiers h JOIN tier_groups g ON g.id = h.group_id"
            " LEFT JOIN tiers t ON t.id = h.tier_id"
            f" WHERE h.chain_id = %(chain)s AND h.holder_id IN ({HOLDERS}) ORDER BY h.since DESC"
        ),
    ),
    (
        "tier_changes",
        ("at", "group", "left", "entered"),
        (
            "SELECT h.at, g.name, l.name, e.name FROM tier_changes h JOIN tier_groups g ON g.id = h.group_id"
            " LEFT JOIN tiers l ON l.id = h.left_tier_id LEFT JOIN tiers e ON e.id = h.entered_tier_id"
            f" WHERE h.chain_id = %(chain)s AND h.holder_id IN ({HOLDERS}) ORDER BY h.id DESC"
        ),
    ),
    (
        "imported",
        ("file", "before", "after"),
        (
            "SELECT i.file_name, c.before, c.after FROM imported_customers c JOIN imports i ON i.id = c.import_id"
            " WHERE c.chain_id = %(chain)s AND c.customer_id = %(customer)s ORDER BY c.import_id DESC"
        ),
    ),
    (
        "opening_figures",
        ("sold", "paid", "visits", "first_visit", "last_visit"),
        (
            "SELECT (sold, %(decimals)s::int), (paid, %(decimals)s::int), visits, first_visit, last_visit FROM opening_figures"
            f" WHERE chain_id = %(chain)s AND (customer_id = %(customer)s OR card_id IN ({CARDS})) ORDER BY id DESC"
        ),
    ),
)
_CARDS: Final[tuple[Part, ...]] = (
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
        ("card", "made_at"),
        f"SELECT card_id, made_at FROM card_devices WHERE chain_id = %(chain)s AND card_id IN ({CARDS}) ORDER BY id DESC",
    ),
)
_BOUGHT: Final[tuple[Part, ...]] = (
    (
        "orders",
        (
            "order",
            "at",
            "number",
            "state",
            "card",
            "phone",
            "channel",
            "contact_point",
            "codes",
            "currency",
            "sold",
            "discount",
            "total",
            "tips",
            "refunded",
            "facts",
            "verdicts",
        ),
        (
            "SELECT o.id, o.at, o.external_id, o.state, o.card_id, o.phone, o.channel, o.contact_point, o.codes, o.currency,"
            " (o.sold, %(decimals)s::int), (o.discount_total, %(decimals)s::int), (o.total, %(decimals)s::int),"
            " (o.tips, %(decimals)s::int), (o.refunded, %(decimals)s::int), o.facts, o.verdicts"
            f" FROM orders o WHERE o.id IN ({ORDERS}) ORDER BY o.at DESC"
        ),
    ),
    (
        "order_lines",
        ("order", "sku", "name", "category", "quantity", "price", "discount", "total"),
        (
            "SELECT l.order_id, l.sku, l.name, l.category, (l.quantity, 3), (l.price, %(decimals)s::int),"
            " (l.discount, %(decimals)s::int), (l.total, %(decimals)s::int)"
            f" FROM order_lines l WHERE l.order_id IN ({ORDERS}) ORDER BY l.order_id DESC, l.position"
        ),
    ),
    (
        "order_effects",
        ("order", "kind", "balance", "promotion", "amount"),
        (
            "SELECT e.order_id, e.kind, b.name, p.name, (e.amount, b.decimals) FROM order_effects e"
            " LEFT JOIN balance_types b ON b.id = e.balance_type_id LEFT JOIN promotions p ON p.id = e.promotion_id"
            f" WHERE e.order_id IN ({ORDERS}) ORDER BY e.order_id DESC, e.position"
        ),
    ),
    (
        "order_redemptions",
        ("order", "kind", "shown", "name", "state", "money"),
        (
            "SELECT r.order_id, r.kind, r.shown, r.name, r.state, (r.money, %(decimals)s::int)"
            f" FROM order_redemptions r WHERE r.order_id IN ({ORDERS}) ORDER BY r.order_id DESC, r.position"
        ),
    ),
    (
        "order_promotions",
        ("order", "promotion", "discount"),
        (
            "SELECT u.order_id, p.name, (u.discount, %(decimals)s::int) FROM order_promotions u"
            f" JOIN promotions p ON p.id = u.promotion_id WHERE u.order_id IN ({ORDERS}) ORDER BY u.order_id DESC"
        ),
    ),
    (
        "refunds",
        ("at", "order", "number", "kind", "money_back", "lines"),
        (
            "SELECT r.at, r.order_id, r.external_id, r.kind, (r.money_back, %(decimals)s::int), r.lines"
            f" FROM refunds r WHERE r.order_id IN ({ORDERS}) ORDER BY r.id DESC"
        ),
    ),
    (
        "statistics",
        ("sold", "paid", "visits", "first_at", "last_at"),
        (
            "SELECT (sold, %(decimals)s::int), (paid, %(decimals)s::int), visits, first_at, last_at FROM customer_statistics"
            " WHERE chain_id = %(chain)s AND customer_id = %(customer)s"
        ),
    ),
    (
        "vouchers",
        ("title", "code", "state", "description", "issued_at", "expires_at", "redeemed_at"),
        (
            "SELECT title, code, state, description, issued_at, expires_at, redeemed_at FROM vouchers"
            f" WHERE chain_id = %(chain)s AND (customer_id = %(customer)s OR card_id IN ({CARDS})) ORDER BY id DESC"
        ),
    ),
    (
        "gift_cards",
        ("type", "code", "state", "value", "balance", "sold_at", "expires_at"),
        (
            "SELECT t.name, g.code, g.state, (g.value, %(decimals)s::int), (g.balance, %(decimals)s::int), g.sold_at, g.expires_at"
            " FROM gift_cards g JOIN gift_card_types t ON t.id = g.type_id"
            " WHERE g.chain_id = %(chain)s AND g.customer_id = %(customer)s ORDER BY g.id DESC"
        ),
    ),
    (
        "gift_card_entries",
        ("at", "code", "kind", "amount", "reason"),
        (
            "SELECT e.at, g.code, e.kind, (e.amount, %(decimals)s::int), n.text FROM gift_card_entries e"
            " JOIN gift_cards g ON g.id = e.gift_card_id LEFT JOIN gift_card_notes n ON n.entry_id = e.id"
            " WHERE g.chain_id = %(chain)s AND g.customer_id = %(customer)s ORDER BY e.id DESC"
        ),
    ),
    (
        "memberships",
        ("type", "code", "state", "price", "sold_at", "starts_on", "ends_on", "visits", "used"),
        (
            "SELECT t.name, m.code, m.state, (m.price, %(decimals)s::int), m.sold_at, m.starts_on, m.ends_on, m.visits, m.used"
            " FROM memberships m JOIN membership_types t ON t.id = m.type_id WHERE m.chain_id = %(chain)s"
            f" AND (m.customer_id = %(customer)s OR m.card_id IN ({CARDS})) ORDER BY m.id DESC"
        ),
    ),
    (
        "membership_uses",
        ("at", "code", "visits"),
        (
            "SELECT u.at, m.code, u.visits FROM membership_uses u JOIN memberships m ON m.id = u.membership_id"
            " WHERE m.chain_id = %(chain)s"
            f" AND (m.customer_id = %(customer)s OR m.card_id IN ({CARDS})) ORDER BY u.id DESC"
        ),
    ),
    (
        "promo_codes",
        ("code", "pool", "state", "attached_at", "used_at"),
        (
            "SELECT c.text, p.name, c.state, a.at, c.used_at FROM codes c JOIN code_pools p ON p.id = c.pool_id"
            " LEFT JOIN code_attachments a ON a.code_id = c.id AND a.customer_id = %(customer)s"
            " WHERE c.chain_id = %(chain)s AND (c.customer_id = %(customer)s OR a.customer_id IS NOT NULL) ORDER BY c.id DESC"
        ),
    ),
    (
        "promo_code_uses",
        ("at", "code", "given_back_at"),
        (
            "SELECT u.at, c.text, u.given_back_at FROM code_uses u JOIN codes c ON c.id = u.code_id"
            f" WHERE u.chain_id = %(chain)s AND u.holder_id IN ({HOLDERS}) ORDER BY u.id DESC"
        ),
    ),
    (
        "presents",
        ("at", "promotion", "occasion"),
        (
            "SELECT u.at, p.name, u.occasion FROM trigger_uses u JOIN promotions p ON p.id = u.promotion_id"
            f" WHERE u.chain_id = %(chain)s AND u.card_id IN ({CARDS}) ORDER BY u.at DESC"
        ),
    ),
    (
        "time_line",
        ("at", "what", "before", "after"),
        (
            "SELECT e.at, e.verb, d.before, d.after FROM audit_entries e"
            " LEFT JOIN audit_details d ON d.chain_id = e.chain_id AND d.entry_id = e.id"
            f" WHERE e.chain_id = %(chain)s AND (e.object_id = %(customer)s OR e.object_id IN ({CARDS})) ORDER BY e.id DESC"
        ),
    ),
)

PARTS: Final[tuple[Part, ...]] = (*_OWN, *_CARDS, *_BOUGHT)
"""All parts of the document: the name, the names of the columns, and the statement that reads them."""
