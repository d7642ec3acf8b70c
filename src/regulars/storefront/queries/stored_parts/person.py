"""What stands about a person apart from any card."""

from typing import Final

from regulars.storefront.queries.stored_parts.scope import CARDS, HOLDERS, Part

OF_PERSON: Final[tuple[Part, ...]] = (
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
