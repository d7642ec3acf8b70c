"""The tabs that all settings share, as far as the reader may open them."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from regulars.platform.sessions import PageRequest

TABS = (
    ("chains:business", _("Business"), "settings:read"),
    ("chains:locations", _("Locations"), "settings:read"),
    ("staff:people", _("Staff"), "staff:write"),
    ("staff:keys", _("API keys"), "keys:write"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab."""

    label: str | Promise
    url: str
    current: bool


def settings_tabs(request: PageRequest, current: str) -> list[Tab]:
    """The tabs, with the one called `current` marked."""
    return [Tab(label, reverse(name), name == current) for name, label, right in TABS if request.actor.may(right)]
