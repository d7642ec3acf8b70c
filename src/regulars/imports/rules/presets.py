"""Exports of other systems, recognised by their headers.

A preset says which column is what where a word would mislead (Lightspeed's `balance` is the money a customer owes, its
points are `loyalty_balance`), and what the file's numbers are: totals or changes. Headers are as the systems' own
documentation names them, compared without case, accents and punctuation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from regulars.imports.rules.order_presets import ORDER_COLUMNS
from regulars.imports.rules.units import Unit
from regulars.imports.rules.words import header_form


@dataclass(frozen=True, slots=True)
class Preset:
    """One system's export: headers that must all be there, what its columns are, what its numbers mean."""

    key: str
    name: str
    needs: frozenset[str]
    columns: dict[str, str | None]
    mode: Literal["add", "set"] | None = None
    missing: Literal["create", "skip"] | None = None
    kinds: tuple[str, ...] = ("cards", "customers")
    unit: Unit | None = None
    """What one of its balance is; None where that is not known."""


def _preset(
    key: str, name: str, needs: str, columns: dict[str, str | None], *, mode: Literal["add", "set"] | None = "set",
    missing: Literal["create", "skip"] | None = None, unit: Unit | None = None,
) -> Preset:  # fmt: skip
    forms = frozenset(header_form(word) for word in needs.split("|"))
    return Preset(
        key, name, forms, {header_form(header): target for header, target in columns.items()}, mode, missing, unit=unit
    )


PRESETS: Final = (
    _preset("regulars", "Regulars", "number|version", {}, missing="skip"),
    _preset("altegio-cards", "Altegio (card upload)", "Phone|Card number|Deposit|Actual balance", {"Actual balance": "balance"}, mode="add", unit="money"),
    _preset("altegio", "Altegio (clients)", "Name|Phone|Sold|Paid|Last visit", {
        "Name": "name", "Surname": "last_name", "Phone": "phone", "Card number": "number", "Categories": "tags", "Category": "tags",
        "Birthday": "birthday", "Date of birth": "birthday", "Sold": "sold", "Paid": "paid", "Balance": "deposit",
        "Card balance": "balance", "Bonuses": "balance", "Visits": "visits", "Number of visits": "visits", "Comment": "notes",
        "ID": "external_id", "Gender": None, "Discount": None, "Importance": None,
    }, unit="money"),
    _preset("altegio-ru", "Altegio / YCLIENTS (клиенты)", "Имя|Телефон|Продано|Оплачено|Последний визит", {
        "Имя": "name", "Фамилия": "last_name", "Телефон": "phone", "Номер карты": "number", "Категории": "tags", "Категория": "tags",
        "Дата рождения": "birthday", "Продано": "sold", "Оплачено": "paid", "Баланс": "deposit", "Бонусы": "balance",
        "Количество визитов": "visits", "Визиты": "visits", "Комментарий": "notes", "ID": "external_id", "Пол": None, "Скидка": None,
        "Важность": None,
    }, unit="money"),
    _preset("altegio-de", "Altegio (Kunden)", "Name|Telefon|Verkauft|Bezahlt|Letzter Besuch", {
        "Name": "name", "Telefon": "phone", "Verkauft": "sold", "Bezahlt": "paid", "Kategorien": "tags", "Guthaben": "deposit",
        "Bonus": "balance", "Besuche": "visits", "Geschlecht": None, "Rabatt": None, "ID": "external_id",
    }, unit="money"),
    _preset("lightspeed-x", "Lightspeed Retail (X-Series)", "customer_code|first_name|loyalty_balance", {
        "id": None, "customer_code": "external_id", "first_name": "first_name", "last_name": "last_name", "email": "email",
        "phone": "phone", "mobile": "phone2", "date_of_birth": "birthday", "customer_group_name": "tags", "customer_group": "tags",
        "loyalty_balance": "balance", "balance": None, "store_credit_balance": "deposit", "store_credit": "deposit", "year_to_date": None,
        "note": "notes", "created_at": None, "enable_loyalty": None, "company_name": None, "company": None, "sex": None,
        "website": None, "twitter": None, "fax": None, "do_not_email": None,
    }, unit="money"),
    _preset("lightspeed-r", "Lightspeed Retail (R-Series)", "First Name|Last Name|Loyalty Points", {"Loyalty Points": "balance"}, unit="points"),
    _preset("7stamp", "7stamp", "User|Progress", {
        "ID": "number", "User": "name", "Progress": "balance", "Platform": None, "Platforms": None, "Created at": "issued",
        "Last stamp at": "last_visit", "Email": "email", "Phone": "phone", "Birthday": "birthday", "Stamp card": None, "Version": None,
    }, unit="stamps"),
    _preset("loyverse", "Loyverse", "Customer name|Customer code|Points balance", {
        "Customer ID": None, "Customer name": "name", "Customer code": "external_id", "Points balance": "balance", "Note": "notes",
        "Total visits": "visits", "Total spent": "paid", "First visit": "first_visit", "Last visit": "last_visit", "Country": None,
        "Address": None, "City": None, "Region": None, "Postal code": None,
    }),
    _preset("square", "Square", "First Name|Email Address|Phone Number|Reference ID", {
        "First Name": "first_name", "Last Name": "last_name", "Surname": "last_name", "Email Address": "email", "Phone Number": "phone",
        "Reference ID": "external_id", "Square Customer ID": None, "Transaction Count": "visits", "Total Spend": "paid",
        "First Visit": "first_visit", "Last Visit": "last_visit", "Memo": "notes", "Birthday": "birthday", "Groups": "tags",
        "Email Subscription Status": "consent", "Nickname": None, "Company Name": None, "Instant Profile": None,
    }),
    _preset("square-loyalty", "Square Loyalty", "Phone Number|Current Points|Lifetime Points", {
        "Current Points": "balance", "Points Balance": "balance", "Lifetime Points": None, "Last Visit": "last_visit",
        "Enrolled": "issued", "Visits": "visits", "Amount Spent": "paid",
    }),
    _preset("shopify", "Shopify", "First Name|Last Name|Email|Accepts Email Marketing|Total Spent", {
        "Customer ID": "external_id", "Email": "email", "Accepts Email Marketing": "consent", "Phone": "phone",
        "Default Address Phone": "phone2", "Total Spent": "paid", "Total Orders": "visits", "Note": "notes", "Tags": "tags",
        "Default Address Company": None, "Tax Exempt": None, "Accepts SMS Marketing": None,
    }),
    _preset("smile", "Smile.io", "Email|Points balance|Referral URL", {"Points balance": "balance", "Date of birth": "birthday", "Joined at": "issued"}),
    _preset("odoo", "Odoo loyalty cards", "Code|Program|Points", {
        "Code": "number", "Program": None, "Points": "balance", "Partner": "name", "Customer": "name", "Expiration Date": "expires",
    }),
    _preset("poster", "Poster POS", "Client|Phone|Bonus|Total sum", {"Client": "name", "Bonus": "balance", "Total sum": "paid", "Group": "tags"}),
)  # fmt: skip

ORDER_PRESETS: Final = tuple(
    Preset(
        key,
        name,
        frozenset(header_form(word) for word in needs.split("|")),
        {header_form(header): target for header, target in columns.items()},
        kinds=("orders",),
    )
    for key, name, needs, columns in ORDER_COLUMNS
)
"""Lists of orders and visits, as shops and tills write them."""


def recognise(headers: tuple[str, ...], *, kind: str = "cards") -> Preset | None:
    """The system whose export has these headers; the one that explains the most of them, None without any."""
    forms = {header_form(header) for header in headers}
    if kind == "orders":
        fitting = [preset for preset in ORDER_PRESETS if preset.needs <= forms]
        return max(fitting, key=_explains(forms), default=None)
    if kind not in ("cards", "customers"):
        return None
    fitting = [preset for preset in PRESETS if preset.needs <= forms]
    if "number" in forms and "version" in forms and any(":" in header for header in headers):
        return PRESETS[0]
    return max(fitting, key=_explains(forms), default=None)


def _explains(forms: set[str]) -> Callable[[Preset], int]:
    return lambda preset: len(preset.needs) * 100 + len(forms & preset.columns.keys())
