"""What is stored about a customer, as the API writes it."""

from datetime import datetime
from typing import Any

from ninja import Schema


class StoredOut(Schema):
    """A person's data by where it is kept. `time_line` is what the journal says, with what stood before and after."""

    made_at: datetime
    record: dict[str, Any]
    consents: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    join_requests: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    referrals: list[dict[str, Any]]
    referral_codes: list[dict[str, Any]]
    referral_bonuses: list[dict[str, Any]]
    tiers: list[dict[str, Any]]
    tier_changes: list[dict[str, Any]]
    imported: list[dict[str, Any]]
    opening_figures: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    card_numbers: list[dict[str, Any]]
    balances: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    lots: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    rounds: list[dict[str, Any]]
    rewards: list[dict[str, Any]]
    receipt_claims: list[dict[str, Any]]
    till: list[dict[str, Any]]
    till_queue: list[dict[str, Any]]
    wallets: list[dict[str, Any]]
    phones_with_card: list[dict[str, Any]]
    wallet_messages: list[dict[str, Any]]
    wallet_events: list[dict[str, Any]]
    browsers_with_card: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    order_lines: list[dict[str, Any]]
    order_effects: list[dict[str, Any]]
    order_redemptions: list[dict[str, Any]]
    order_promotions: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    statistics: list[dict[str, Any]]
    vouchers: list[dict[str, Any]]
    gift_cards: list[dict[str, Any]]
    gift_card_entries: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    membership_uses: list[dict[str, Any]]
    promo_codes: list[dict[str, Any]]
    promo_code_uses: list[dict[str, Any]]
    presents: list[dict[str, Any]]
    time_line: list[dict[str, Any]]
