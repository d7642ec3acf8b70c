"""The fields an import can fill, by the names that mappings use."""

from dataclasses import dataclass
from typing import Final, Literal

ImportKind = Literal["cards", "customers", "orders", "codes", "gift_cards"]
Reads = Literal[
    "phone", "number", "amount", "email", "name", "date", "birthday", "language", "tags", "text", "count", "money",
    "yes_no", "version", "external_id", "custom", "order_number", "moment", "time", "currency", "state", "quantity",
    "code", "until", "code_state",
]  # fmt: skip
BalanceKind = Literal["points", "status", "stamps", "deposit"]


@dataclass(frozen=True, slots=True)
class Target:
    """One field: its key in mappings, the group it stands in on the page, and how its cells are read."""

    key: str
    label: str
    group: str
    reads: Reads
    kinds: frozenset[str] = frozenset(("cards", "customers"))


@dataclass(frozen=True, slots=True)
class BalanceType:
    """What an import must know of a balance type of the card type's program; listed in the program's order."""

    external_id: str
    name: str
    kind: BalanceKind
    decimals: int


_CARDS: Final = frozenset(("cards",))
_ORDERS: Final = frozenset(("orders",))
_CARDS_AND_ORDERS: Final = _CARDS | _ORDERS
_CODES: Final = frozenset(("codes",))
_GIFT_CARDS: Final = frozenset(("gift_cards",))
_CODES_AND_GIFT_CARDS: Final = _CODES | _GIFT_CARDS
_NAMED: Final = frozenset(("cards", "customers", "orders"))
_ALL: Final = _NAMED | _CODES_AND_GIFT_CARDS

PHONES_MAX: Final = 10
"""As many as a customer may have."""

FURTHER_PHONES: Final = tuple(f"phone{number}" for number in range(2, PHONES_MAX + 1))
"""Fields of the second phone, the third and so on, as our exports name their columns."""

_TARGETS: Final = (
    Target("code", "Code", "Code", "code", _CODES_AND_GIFT_CARDS),
    Target("left", "Balance", "Code", "money", _GIFT_CARDS),
    Target("value", "Value when it was sold", "Code", "money", _GIFT_CARDS),
    Target("gift_type", "Type of the gift card", "Code", "name", _GIFT_CARDS),
    Target("valid_until", "Valid until", "Code", "until", _CODES_AND_GIFT_CARDS),
    Target("uses", "Used so often", "Code", "count", _CODES),
    Target("code_state", "State", "Code", "code_state", _CODES_AND_GIFT_CARDS),
    Target("phone", "Phone", "Who", "phone", _ALL),
    *(Target(key, f"Phone {key[5:]}", "Who", "phone") for key in FURTHER_PHONES),
    Target("number", "Card number", "Who", "number", _CARDS_AND_ORDERS | _CODES_AND_GIFT_CARDS),
    Target("email", "E-mail", "Who", "email", _ALL),
    Target("name", "Name", "Person", "name", _NAMED),
    Target("first_name", "First name", "Person", "name", _NAMED),
    Target("last_name", "Last name", "Person", "name", _NAMED),
    Target("birthday", "Birthday", "Person", "birthday"),
    Target("language", "Language", "Person", "language"),
    Target("tags", "Tags", "Person", "tags"),
    Target("notes", "Notes", "Person", "text"),
    Target("consent", "Consent to messages", "Person", "yes_no"),
    Target("external_id", "Id in the other system", "Person", "external_id", _ALL),
    Target("balance", "Balance", "Balances", "amount", _CARDS),
    Target("deposit", "Deposit", "Balances", "amount", _CARDS),
    Target("expires", "Points expire on", "Balances", "date", _CARDS),
    Target("version", "Version of the export", "Balances", "version", _CARDS),
    Target("issued", "Card issued on", "History", "date", _CARDS),
    Target("sold", "Sold before", "History", "money"),
    Target("paid", "Paid before", "History", "money"),
    Target("visits", "Visits before", "History", "count"),
    Target("first_visit", "First visit", "History", "date"),
    Target("last_visit", "Last visit", "History", "date"),
    Target("order", "Order number", "Order", "order_number", _ORDERS),
    Target("at", "Date and time", "Order", "moment", _ORDERS),
    Target("time", "Time of day", "Order", "time", _ORDERS),
    Target("total", "Total", "Order", "money", _ORDERS),
    Target("currency", "Currency", "Order", "currency", _ORDERS),
    Target("state", "State", "Order", "state", _ORDERS),
    Target("discount", "Discount on the order", "Order", "money", _ORDERS),
    Target("shipping", "Shipping", "Order", "money", _ORDERS),
    Target("tips", "Tips", "Order", "money", _ORDERS),
    Target("refunded", "Refunded", "Order", "money", _ORDERS),
    Target("place", "Location", "Order", "name", _ORDERS),
    Target("channel", "Channel", "Order", "name", _ORDERS),
    Target("seller", "Staff", "Order", "name", _ORDERS),
    Target("sku", "Product code", "Line", "name", _ORDERS),
    Target("product", "Product", "Line", "text", _ORDERS),
    Target("category", "Category", "Line", "name", _ORDERS),
    Target("quantity", "Quantity", "Line", "quantity", _ORDERS),
    Target("price", "Price of one", "Line", "money", _ORDERS),
    Target("line_discount", "Discount on the line", "Line", "money", _ORDERS),
    Target("line_total", "Total of the line", "Line", "money", _ORDERS),
)
TARGETS: Final[dict[str, Target]] = {target.key: target for target in _TARGETS}
"""Every field but the ones with a name of their own: `balance:EXTERNAL_ID` and `custom:KEY`."""

RIGHTS: Final = {"codes": "promotions:write", "gift_cards": "rewards:write"}
"""What it takes, beside the right to import, to bring in a file of bearer codes and to see what stands in it."""

ORDER_MONEY: Final = frozenset(
    ("total", "discount", "shipping", "tips", "refunded", "price", "line_discount", "line_total")
)
"""The money of an order and its lines, never below zero."""

IDENTITIES: Final = ("phone", *FURTHER_PHONES, "number", "email")


def find_target(key: str, *, kind: str, balances: tuple[BalanceType, ...] = ()) -> Target | None:
    """The field of that key in an import of that kind; None where it has none."""
    target = TARGETS.get(key)
    if target is not None:
        return target if kind in target.kinds else None
    head, colon, name = key.partition(":")
    if not colon or not name or kind not in ("cards", "customers"):
        return None
    if head == "custom":
        return Target(key, name, "Custom fields", "custom")
    if head == "balance" and kind == "cards":
        for balance in balances:
            if balance.external_id == name:
                return Target(key, balance.name, "Balances", "amount", _CARDS)
    return None


def list_targets(kind: str, balances: tuple[BalanceType, ...], custom_keys: tuple[str, ...] = ()) -> list[Target]:
    """Every field that the mapping page offers, in its order."""
    targets = [target for target in _TARGETS if kind in target.kinds]
    if kind == "cards":
        targets += [Target(f"balance:{each.external_id}", each.name, "Balances", "amount", _CARDS) for each in balances]
    if kind not in ("cards", "customers"):
        return targets
    return targets + [Target(f"custom:{key}", key, "Custom fields", "custom") for key in custom_keys]


def resolve_balance(key: str, balances: tuple[BalanceType, ...]) -> BalanceType | None:
    """The balance type that a mapping key means; None where the card type has none, or several deposits.

    `balance` is the first points balance, else the first stamps; `deposit` the only deposit.
    """
    if key.startswith("balance:"):
        return next((each for each in balances if each.external_id == key.partition(":")[2]), None)
    if key == "deposit":
        deposits = [each for each in balances if each.kind == "deposit"]
        return deposits[0] if len(deposits) == 1 else None
    for kind in ("points", "stamps"):
        for each in balances:
            if each.kind == kind:
                return each
    return None


def is_ambiguous(key: str, balances: tuple[BalanceType, ...]) -> bool:
    """Whether a guess of `balance` or `deposit` could mean two balance types, so that the user must say."""
    if key == "deposit":
        return sum(each.kind == "deposit" for each in balances) > 1
    if key == "balance":
        points = sum(each.kind == "points" for each in balances)
        return points > 1 or (points == 0 and sum(each.kind == "stamps" for each in balances) > 1)
    return False
