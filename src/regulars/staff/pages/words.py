"""Roles, rights and scopes in words."""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# In this order: every browser claims to be several others as well.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)

ROLE_NAMES = {
    "owner": _("Owner"),
    "manager": _("Manager"),
    "marketer": _("Marketer"),
    "cashier": _("Cashier"),
    "analyst": _("Analyst"),
}
ROLE_TEXTS = {
    "owner": _("Everything, API keys and other owners too"),
    "manager": _("Everything but API keys and owners"),
    "marketer": _("Customers, cards, promotions, imports and exports; reads the rest"),
    "cashier": _("Customers, cards and balances at the till"),
    "analyst": _("Reads everything, changes nothing"),
}
RIGHT_NAMES = {
    "balances:write": _("Change balances"),
    "cards:delete": _("Delete cards"),
    "imports:write": _("Import spreadsheets"),
    "exports:write": _("Export spreadsheets"),
    "staff:write": _("Manage staff"),
    "keys:write": _("Manage API keys"),
}
NOUN_NAMES = {
    "customers": _("Customers"),
    "programs": _("Programs and card types"),
    "cards": _("Cards"),
    "balances": _("Balances"),
    "orders": _("Orders"),
    "promotions": _("Promotions"),
    "rewards": _("Rewards"),
    "imports": _("Imports"),
    "exports": _("Exports"),
    "reports": _("Reports"),
    "settings": _("Settings"),
}


def device_name(agent: str) -> str:
    """A device as people call it ("Firefox, Windows"), from what its browser says it is."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    named = ", ".join(filter(None, (browser, system)))
    return named or agent[:60] or gettext("Unknown device")
