"""What a person bought, was given and redeemed."""

from typing import Final

from regulars.storefront.queries.stored_parts.scope import CARDS, HOLDERS, ORDERS, Part

BOUGHT: Final[tuple[Part, ...]] = (
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
