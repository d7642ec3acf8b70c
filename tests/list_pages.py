"""Every list of the product and its four states (UX 0.8). A page with a list that stands in neither table fails the test."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parents[1] / "src" / "regulars"
LISTING: Final = re.compile(
    r'<table|<(?:ul|ol) class="[^"]*\b(?:notices|batches|labels|cards|time|plain-list|undo-list|held)\b'
)
INCLUDED: Final = re.compile(r'{% include "([^"]+)"')


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list with a page of its own.

    `empty` is what stands there before the first line, `action` the one thing to do about it; a list that is never
    empty says why instead. `filtered` narrows it to nothing, where it can be narrowed.
    """

    url: str
    empty: str = ""
    action: str = ""
    never_empty: str = ""
    filtered: str = ""
    has_sample: bool = False


LISTS: Final[dict[str, ListPage]] = {
    "cards/list.html": ListPage(
        "/cards", "Start with a card type", "New card type", filtered="?q=nobodyatall", has_sample=True
    ),
    "customers/list.html": ListPage(
        "/customers", "Here come your customers", "Import a spreadsheet", filtered="?q=nobodyatall", has_sample=True
    ),
    "cards/types.html": ListPage("/cards/types", "No card type yet", "New card type"),
    "cards/blanks.html": ListPage("/cards/blanks", "None yet.", "Card types"),
    "customers/fields.html": ListPage("/customers/fields", "No field of your own yet", "New field"),
    "imports/list.html": ListPage("/imports", "Bring your cards along", "Import a spreadsheet", has_sample=True),
    "exports/list.html": ListPage("/exports", "No export yet", "New export"),
    "staff/notifications.html": ListPage("/notifications", "Nothing to tell yet", "Import a spreadsheet"),
    "staff/people.html": ListPage("/settings/staff", never_empty="a business has at least its owner"),
    "staff/keys.html": ListPage("/settings/keys", "No key yet", "Make a key"),
    "chains/locations.html": ListPage("/settings/locations", never_empty="a business has at least one location"),
    "products/list.html": ListPage(
        "/settings/products", "Products are optional", "Add a feed", filtered="?q=nobodyatall"
    ),
    "products/feeds.html": ListPage("/settings/products/feeds", "No feed yet", "Add a feed"),
    "orders/list.html": ListPage("/orders", "Here come your orders", "New order", filtered="?q=nobodyatall"),
    "codes/pools.html": ListPage("/codes", "No promo codes yet", "New pool"),
    "giftcards/list.html": ListPage("/gift-cards", "Gift cards are sold for money and worth money", "Make a type"),
    "giftcards/types.html": ListPage("/gift-cards/types", "No type yet", "Make a type"),
    "memberships/list.html": ListPage(
        "/memberships", "Visits paid in advance", "New membership", filtered="?q=nobodyatall"
    ),
    "memberships/types.html": ListPage("/memberships/types", "Visits paid in advance", "New membership"),
    "wallets/operation.html": ListPage(
        "/settings/wallets/operation", "No phone was told in the last 24 hours", "Wallets"
    ),
    "rewards/list.html": ListPage("/rewards", "What do your customers get?", "New reward"),
    "rewards/given_list.html": ListPage("/rewards/given", "Nothing here yet", "Rewards"),
    "promotions/list.html": ListPage("/promotions", "No promotion yet", "New card type"),
    "promotions/segments.html": ListPage("/promotions/segments", "No order segment yet", "New order segment"),
    "programs/balance_types.html": ListPage("/balances", "Nothing is counted yet", "Make a card type"),
    "vouchers/list.html": ListPage("/vouchers", "No voucher yet", "Issue voucher", filtered="?q=nobodyatall"),
    "till/devices.html": ListPage("/settings/tills", "No till yet", "Open the till"),
    "till/receipts.html": ListPage("/receipts", "No receipt codes yet", "Make codes"),
    "storefront/joining.html": ListPage("/joining", "Nobody waits", "Join pages"),
    "staff/account.html": ListPage("/account", never_empty="whoever reads it is signed in with this device"),
}
"""Lists that are told apart by what they list: each must have all four states."""

PARTS: Final[dict[str, str]] = {
    "cards/number_list.html": "the check of one file: it says that no row is of the kind that was asked for",
    "cards/expiring.html": "what ends in the days that somebody chose, or that nothing does",
    "cards/batch.html": "the numbers of one batch, of which it has at least one",
    "cards/bulk.html": "the cards of one bulk issue; until there are any, how far it is",
    "cards/history.html": "what happened to one card, its issue at least",
    "cards/who.html": "who is promised one thing; it says itself where nobody is",
    "codes/imported.html": "what one file of codes brought",
    "codes/pool.html": "the codes of one pool; it says itself that there are none yet, or none of that state",
    "customers/customer.html": "one customer: cards and time line say themselves that there is nothing",
    "customers/timeline.html": "the time line of one customer, who was entered at least",
    "designs/designer.html": "the versions of one card type, of which it has at least one, and what to see before publishing",
    "designs/gallery.html": "the templates, which come with the product",
    "designs/labels.html": "the sizes of a label, which come with the product",
    "giftcards/gift_card.html": "what happened to one gift card, its sale at least",
    "giftcards/of_customer.html": "the gift cards of one customer; it says itself where there are none",
    "imports/check.html": "the rows of one file",
    "imports/match.html": "the columns of one file",
    "imports/result.html": "what one undo left",
    "imports/undo.html": "what one undo would do",
    "memberships/of_customer.html": "the memberships of one customer; it says itself where there are none",
    "memberships/membership.html": "the uses of one membership, or that it was not used yet, and what happened to it, its sale at least",
    "orders/of_customer.html": "the newest orders of one customer; without any the part is not there",
    "orders/order.html": "the lines of one order, of which it has at least one",
    "products/feed.html": "what one feed brought at its last reading, or that it was not read yet",
    "products/imported.html": "what one file of products brought",
    "promotions/editor.html": "the orders of one day that one promotion would have changed; it says itself where none is",
    "rewards/reward.html": "what a lottery can give, and how often it did: never empty, for a lottery has variants",
    "rewards/of_card.html": "what one card is promised and can get; it says itself where there is nothing",
    "till/limits.html": "what came near the limits of the till; it says itself where nothing did",
    "till/receipt_batch.html": "the codes of one batch, of which it has at least one",
    "vouchers/of_holder.html": "the vouchers of one customer or card; it says itself where there are none",
    "reports/overview.html": "figures; what is empty there leads to the first steps",
}
"""Lists that are part of the page of one thing, and why they need no state of their own."""

WITHOUT_LIST: Final = "styleguide/"


def pages_with_lists() -> set[str]:
    """The templates of signed-in pages in which a list stands, in themselves or in what they include."""
    texts = {
        str(path.relative_to(folder)): path.read_text()
        for folder in SOURCE.glob("*/templates")
        for path in folder.rglob("*.html")
    }

    def whole(name: str, above: frozenset[str] = frozenset()) -> str:
        # A panel beside a list is a page of its own elsewhere: only what stands in this page counts. A tree includes itself.
        parts = () if name in above else INCLUDED.findall(texts.get(name, ""))
        return texts.get(name, "") + "".join(whole(part, above | {name}) for part in parts)

    return {
        name
        for name, text in texts.items()
        if 'extends "base.html"' in text and LISTING.search(whole(name)) and not name.startswith(WITHOUT_LIST)
    }
