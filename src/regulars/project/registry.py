"""What each feature adds to pages that belong to all of them: the navigation, the tabs of the settings, the time line of a customer, the web card, what a scanner finds, notifications."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regulars.cards.pages.notifications import tell_bulk_issue
from regulars.cards.queries.timeline import list_card_items, list_entry_items
from regulars.codes.pages.notifications import tell_batch, tell_guessing, tell_pool
from regulars.customers.queries.timeline import Source, list_record_items
from regulars.designs.pages.public import show_terms
from regulars.exports.pages.notifications import tell_export
from regulars.giftcards.pages.public import show_own_gift_cards
from regulars.giftcards.queries.timeline import list_gift_card_items
from regulars.imports.pages.notifications import tell_import, tell_sample
from regulars.memberships.pages.public import show_own_memberships
from regulars.memberships.queries.timeline import list_membership_items
from regulars.messaging.actions.deliver import follow_letter
from regulars.messaging.actions.email import EmailMessages
from regulars.messaging.queries.messages import list_message_items
from regulars.orders.queries.timeline import list_order_items, list_refund_items
from regulars.platform.pages.notifications import Teller
from regulars.platform.pages.settings_tabs import SettingsTab
from regulars.platform.pages.shell import NavItem
from regulars.platform.pages.web_card import Part
from regulars.plugins.channels import Channel, Moved
from regulars.products.pages.failing import tell_feed
from regulars.rewards.pages.public import show_own_rewards
from regulars.staff.pages.notifications import tell_pin
from regulars.storefront.pages.own import show_own_link
from regulars.till.pages.public import remember_card
from regulars.vouchers.pages.notifications import tell_voucher_batch
from regulars.vouchers.pages.public import show_own_vouchers
from regulars.vouchers.queries.history import list_voucher_items
from regulars.wallets.actions.messages import apple_messages
from regulars.wallets.actions.sent_messages import google_messages, web_messages
from regulars.wallets.pages.notifications import tell_certificate
from regulars.wallets.pages.public import show_wallets
from regulars.wallets.queries.history import list_wallet_items

NAVIGATION: Final[tuple[NavItem, ...]] = (
    NavItem(key="overview", label=_("Overview"), url_name="reports:overview", icon="chart-column", in_dock=True),
    NavItem(
        key="till",
        label=pgettext_lazy("where people pay", "Till"),
        url_name="till:show",
        icon="scan-line",
        needs="cards:read",
    ),
    NavItem(key="cards", label=_("Cards"), url_name="cards:list", icon="credit-card", needs="cards:read", in_dock=True),
    NavItem(
        key="customers",
        label=_("Customers"),
        url_name="customers:list",
        icon="users",
        needs="customers:read",
        in_dock=True,
    ),
    NavItem(
        key="orders",
        label=pgettext_lazy("purchases", "Orders"),
        url_name="orders:list",
        icon="receipt",
        needs="orders:read",
    ),
    NavItem(
        key="types",
        label=_("Card types"),
        url_name="cards:types",
        icon="layers",
        needs="cards:read",
    ),
    NavItem(
        key="promotions",
        label=_("Promotions"),
        url_name="promotions:list",
        icon="badge-percent",
        needs="promotions:read",
    ),
    NavItem(
        key="rewards",
        label=_("Rewards"),
        url_name="rewards:list",
        icon="gift",
        group=_("Rewards"),
        needs="rewards:read",
    ),
    NavItem(
        key="vouchers",
        label=_("Vouchers"),
        url_name="vouchers:list",
        icon="ticket",
        group=_("Rewards"),
        needs="rewards:read",
    ),
    NavItem(
        key="codes",
        label=_("Promo codes"),
        url_name="codes:list",
        icon="ticket-percent",
        group=_("Rewards"),
        needs="promotions:read",
    ),
    NavItem(
        key="receipts",
        label=_("Receipt codes"),
        url_name="till:receipts",
        icon="receipt",
        group=_("Rewards"),
        needs="rewards:read",
    ),
    NavItem(
        key="gift_cards",
        label=_("Gift cards"),
        url_name="giftcards:list",
        icon="wallet-cards",
        group=_("Rewards"),
        needs="rewards:read",
    ),
    NavItem(
        key="memberships",
        label=_("Memberships"),
        url_name="memberships:list",
        icon="calendar-check",
        group=_("Rewards"),
        needs="rewards:read",
    ),
    NavItem(
        key="imports",
        label=_("Imports"),
        url_name="imports:list",
        icon="table-2",
        group=_("Data"),
        needs="imports:read",
        in_dock=True,
    ),
    NavItem(
        key="exports",
        label=_("Exports"),
        url_name="exports:list",
        icon="download",
        group=_("Data"),
        needs="exports:read",
    ),
    NavItem(
        key="settings",
        label=_("Settings"),
        url_name="chains:settings",
        icon="settings",
        group=_("Data"),
        needs="settings:read",
    ),
)

SETTINGS_TABS: Final[tuple[SettingsTab, ...]] = (
    SettingsTab(_("Business"), "chains:business", "settings:read"),
    SettingsTab(_("Locations"), "chains:locations", "settings:read"),
    SettingsTab(_("Products"), "products:list", "promotions:read"),
    SettingsTab(_("Joining"), "join:settings", "settings:read"),
    SettingsTab(_("Wallets"), "wallets:settings", "settings:read"),
    SettingsTab(_("Staff"), "staff:people", "staff:write"),
    SettingsTab(_("Tills"), "till:devices", "staff:write"),
    SettingsTab(_("API keys"), "staff:keys", "keys:write"),
    SettingsTab(_("Clock"), "chains:clock", "settings:read", of_tests=True),
)

WEB_CARD: Final[tuple[Part, ...]] = (
    remember_card,
    show_wallets,
    show_own_rewards,
    show_own_vouchers,
    show_own_gift_cards,
    show_own_memberships,
    show_terms,
)
WEB_CARD_FOOT: Final[tuple[Part, ...]] = (show_own_link,)

TIMELINE: Final[tuple[Source, ...]] = (
    list_record_items,
    list_card_items,
    list_entry_items,
    list_order_items,
    list_refund_items,
    list_membership_items,
    list_voucher_items,
    list_gift_card_items,
    list_wallet_items,
    list_message_items,
)

# How customers are written to, in the order in which it is proposed; and who hears what became of a letter (MSG-5).
CHANNELS: Final[tuple[Channel, ...]] = (apple_messages(), google_messages(), web_messages(), EmailMessages())
LETTERS_FOLLOWED: Final[tuple[Callable[[UUID, Moved], None], ...]] = (follow_letter,)

# By the first word of a notification's kind.
NOTIFICATIONS: Final[dict[str, Teller]] = {
    "import": tell_import,
    "sample": tell_sample,
    "export": tell_export,
    "bulk_issue": tell_bulk_issue,
    "product_feed": tell_feed,
    "codes": tell_guessing,
    "code_batch": tell_batch,
    "code_pool": tell_pool,
    "voucher_batch": tell_voucher_batch,
    "till_pin": tell_pin,
    "pass_certificate": tell_certificate,
}
