"""Exports in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from babel.numbers import format_decimal
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.cards.queries.types import list_card_types
from regulars.chains.queries import list_locations
from regulars.customers.queries import list_field_views
from regulars.exports.queries.exports import ExportView
from regulars.exports.rules.columns import OF_CUSTOMERS, ONLY_IF_ASKED
from regulars.giftcards.queries.types import list_types as list_gift_card_types
from regulars.kernel.ids import encode
from regulars.memberships.queries.types import list_types
from regulars.platform.actor import Actor
from regulars.platform.pages import figures
from regulars.programs.queries import list_programs

Text = str | Promise

KINDS: Final[Mapping[str, Text]] = {
    "cards": gettext_lazy("Cards"),
    "customers": gettext_lazy("Customers"),
    "transactions": gettext_lazy("Transactions"),
    "orders": pgettext_lazy("purchases", "Orders"),
    "memberships": gettext_lazy("Memberships"),
    "codes": gettext_lazy("Promo codes"),
    "vouchers": gettext_lazy("Vouchers"),
    "gift_cards": gettext_lazy("Gift cards"),
}
ICONS: Final = {
    "cards": "credit-card",
    "customers": "users",
    "transactions": "list",
    "orders": "receipt",
    "memberships": "calendar-check",
    "codes": "ticket-percent",
    "vouchers": "ticket",
    "gift_cards": "gift",
}
FORMATS: Final[Mapping[str, Text]] = {
    "xlsx": gettext_lazy("Excel (.xlsx)"),
    "csv": gettext_lazy("Text with commas (.csv)"),
}
FILTERS: Final[Mapping[str, Text]] = {
    "search": gettext_lazy("Search"),
    "number": gettext_lazy("Number"),
    "short_number": gettext_lazy("Till number"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "customer": gettext_lazy("Customer"),
    "card": gettext_lazy("Card"),
    "card_type": gettext_lazy("Card type"),
    "balance_type": gettext_lazy("Balance"),
    "status": gettext_lazy("Status"),
    "state": gettext_lazy("State"),
    "pool": gettext_lazy("Pool"),
    "channel": gettext_lazy("Channel"),
    "platform": gettext_lazy("Kept in"),
    "source": gettext_lazy("Source"),
    "batch": gettext_lazy("Sheet"),
    "holder": gettext_lazy("Held by"),
    "location": gettext_lazy("Location"),
    "import": gettext_lazy("From"),
    "tag": gettext_lazy("Tag"),
    "loyalty": gettext_lazy("Loyalty"),
    "kind": gettext_lazy("Kind"),
    "type": gettext_lazy("Membership"),
    "gift_card_type": gettext_lazy("Type of the gift card"),
    "ends_within": gettext_lazy("Ends within days"),
    "from": gettext_lazy("From day"),
    "to": gettext_lazy("To day"),
}
VALUES: Final[Mapping[tuple[str, str], Text]] = {
    ("status", "active"): gettext_lazy("active"),
    ("status", "blocked"): gettext_lazy("blocked"),
    ("status", "expired"): gettext_lazy("expired"),
    ("status", "deleted"): gettext_lazy("deleted"),
    ("holder", "customer"): gettext_lazy("A customer"),
    ("holder", "unclaimed"): gettext_lazy("Nobody yet: unclaimed"),
    ("holder", "blank"): gettext_lazy("Nobody: blank"),
    ("loyalty", "off"): gettext_lazy("switched off"),
    ("state", "open"): pgettext_lazy("order", "open"),
    ("state", "paid"): pgettext_lazy("order", "paid"),
    ("state", "completed"): pgettext_lazy("order", "completed"),
    ("state", "cancelled"): pgettext_lazy("order", "cancelled"),
    ("state", "refunded"): pgettext_lazy("order", "refunded"),
    ("state", "sold"): pgettext_lazy("membership", "not begun"),
    ("state", "frozen"): pgettext_lazy("membership", "frozen"),
    ("state", "used_up"): pgettext_lazy("membership", "used up"),
    ("state", "free"): pgettext_lazy("code", "free"),
    ("state", "attached"): pgettext_lazy("code", "attached"),
    ("state", "used"): pgettext_lazy("code", "used"),
    ("state", "issued"): pgettext_lazy("voucher", "not begun"),
    ("state", "active"): pgettext_lazy("voucher", "active"),
    ("state", "redeemed"): pgettext_lazy("voucher", "redeemed"),
    ("state", "expired"): pgettext_lazy("voucher", "expired"),
    ("state", "blocked"): gettext_lazy("blocked"),
    ("source", "manual"): pgettext_lazy("voucher", "by hand"),
    ("source", "milestone"): pgettext_lazy("voucher", "a goal was reached"),
    ("source", "lottery"): pgettext_lazy("voucher", "won in a lottery"),
    ("source", "catalogue"): pgettext_lazy("voucher", "bought with points"),
    ("source", "promotion"): pgettext_lazy("voucher", "a promotion"),
    ("source", "import"): pgettext_lazy("voucher", "imported"),
    ("platform", "web"): gettext_lazy("Web card"),
    ("platform", "apple"): gettext_lazy("Apple Wallet"),
    ("platform", "google"): gettext_lazy("Google Wallet"),
}
COLUMNS: Final[Mapping[str, Text]] = {
    "number": gettext_lazy("Card number"),
    "phone": gettext_lazy("Phone"),
    "phone2": gettext_lazy("Further phones"),
    "name": pgettext_lazy("of a person", "Name"),
    "email": gettext_lazy("E-mail"),
    "type": gettext_lazy("Card type"),
    "status": gettext_lazy("Status"),
    "version": gettext_lazy("Version: tells an import what changed since"),
    "birthday": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "tags": gettext_lazy("Tags"),
    "issued": gettext_lazy("Issued"),
    "last_activity": gettext_lazy("Last activity"),
    "link": gettext_lazy("Link: whoever has it sees the card"),
    "comment": gettext_lazy("Comment"),
    "external_id": gettext_lazy("External id"),
    "created": pgettext_lazy("since when", "Added"),
    "id": gettext_lazy("Id"),
    "at": gettext_lazy("Time"),
    "kind": gettext_lazy("Kind"),
    "balance_type": gettext_lazy("Balance"),
    "amount": gettext_lazy("Amount"),
    "balance_after": gettext_lazy("Balance after"),
    "reason": gettext_lazy("Reason"),
    "source": gettext_lazy("Source"),
    "staff": gettext_lazy("Staff"),
    "location": gettext_lazy("Location"),
    "reverses": gettext_lazy("Takes back"),
    "state": gettext_lazy("State"),
    "customer": gettext_lazy("External id of the customer"),
    "channel": gettext_lazy("Channel"),
    "starts_at": gettext_lazy("Begins at"),
    "lines": pgettext_lazy("of an order", "Lines"),
    "total_before": gettext_lazy("Before promotions"),
    "discount": gettext_lazy("Taken off by promotions"),
    "total": gettext_lazy("Total"),
    "tax": gettext_lazy("Tax in it"),
    "paid_by_balances": gettext_lazy("Paid with balances"),
    "refunded": gettext_lazy("Refunded"),
    "codes": pgettext_lazy("promotion codes", "Codes"),
    "import": gettext_lazy("Import"),
    "membership": gettext_lazy("Membership"),
    "sold": pgettext_lazy("when", "Sold"),
    "price": gettext_lazy("Paid"),
    "visits": gettext_lazy("Visits"),
    "used": pgettext_lazy("visits", "Used"),
    "left": pgettext_lazy("visits", "Left"),
    "starts_on": gettext_lazy("First day"),
    "ends_on": gettext_lazy("Last day"),
    "frozen_from": gettext_lazy("Frozen from"),
    "frozen_until": gettext_lazy("Frozen until"),
    "frozen_days": gettext_lazy("Days frozen"),
    "bearer_code": gettext_lazy("Code: whoever has it uses it"),
    "code": gettext_lazy("Code"),
    "pool": gettext_lazy("Pool"),
    "uses": gettext_lazy("Uses"),
    "attached": gettext_lazy("Handed out at"),
    "activated": gettext_lazy("Activated at"),
    "used_at": gettext_lazy("Used at"),
    "valid_until": gettext_lazy("Valid until"),
    "title": gettext_lazy("What it is for"),
    "benefit": gettext_lazy("What it gives"),
    "expires_at": gettext_lazy("Ends at"),
    "redeemed_at": gettext_lazy("Redeemed at"),
    "gift_card_type": gettext_lazy("Type of the gift card"),
    "value": gettext_lazy("Value when it was sold"),
    "balance": gettext_lazy("Balance"),
}
UNITS: Final = (("kB", 10**3), ("MB", 10**6), ("GB", 10**9))


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in filters, and columns of the chain's own, are called."""

    by_id: dict[str, str]
    columns: dict[str, str]


def read_names(actor: Actor) -> Names:
    """Names of everything that filters and columns of this chain may mention."""
    by_id = {encode("loc", one.id): one.name for one in list_locations(actor, archived=True)}
    columns: dict[str, str] = {}
    if actor.may("cards:read") and actor.may("programs:read"):
        by_id |= {encode("ctp", one.id): one.name for one in list_card_types(actor)}
        columns |= {
            f"balance:{b.external_id}": b.name for program in list_programs(actor) for b in program.balance_types
        }
    if actor.may("rewards:read"):
        by_id |= {encode("gct", one.id): one.name for one in list_gift_card_types(actor)}
        by_id |= {encode("mbt", one.id): one.name for one in list_types(actor, archived=True)}
    columns |= {f"custom:{one.key}": one.name for one in list_field_views(actor.chain_id)}
    return Names(by_id, columns)


def filter_lines(kept: Mapping[str, str], names: Names) -> list[tuple[Text, str]]:
    """A filter as labels and values."""
    return [(FILTERS.get(name, name), _value(name, value, names)) for name, value in kept.items()]


def _value(name: str, value: str, names: Names) -> str:
    if (name, value) in VALUES:
        return str(VALUES[name, value])
    match name:
        case "import":
            return _("one import")
        case "customer":
            return _("one customer")
        case "card":
            return _("one card")
        case "pool":
            return _("one pool")
        case "batch":
            return _("one sheet")
        case "balance_type":
            return names.columns.get(f"balance:{value}", value)
        case _:
            return names.by_id.get(value, value)


def column_label(column: str, names: Names) -> str:
    """What a column is called beside its header."""
    return names.columns.get(column) or str(COLUMNS.get(column, column))


def is_usual(column: str, actor: Actor) -> bool:
    """Whether a column is chosen before anybody chose."""
    return column not in ONLY_IF_ASKED and (column not in OF_CUSTOMERS or actor.may("customers:read"))


def size_text(size: int) -> str:
    """How large a file is."""
    unit, factor = next(((u, f) for u, f in reversed(UNITS) if size >= f), UNITS[0])
    shown = format_decimal(max(size / factor, 0.1), format="0.#", locale=str(figures.locale()))
    return f"{shown} {unit}"


def rows_text(export: ExportView) -> str:
    """How many rows an export has, or has so far."""
    return figures.number(export.rows_done if export.state == "running" else export.rows_total or 0)


def kinds_for(actor: Actor, rights: Mapping[str, str]) -> Sequence[tuple[str, Text]]:
    """The kinds that this reader may export."""
    return [(kind, label) for kind, label in KINDS.items() if actor.may(rights[kind])]
