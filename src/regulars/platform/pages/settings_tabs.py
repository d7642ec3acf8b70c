"""The tabs that all settings share. The project names them in `REGULARS_SETTINGS_TABS`, as no feature knows another's pages."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from regulars.platform.sessions import PageRequest


@dataclass(frozen=True, slots=True)
class SettingsTab:
    """A page of the settings; `needs` is a scope the reader must hold, `of_tests` leaves it to test chains."""

    label: str | Promise
    url_name: str
    needs: str
    of_tests: bool = False


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab as the template shows it."""

    label: str | Promise
    url: str
    current: bool


def settings_tabs(request: PageRequest, current: str) -> list[ShownTab]:
    """The tabs that the reader may open, in the registered order, with the one whose URL name is `current` marked."""
    registered: tuple[SettingsTab, ...] = import_string(settings.REGULARS_SETTINGS_TABS)
    return [
        ShownTab(tab.label, reverse(tab.url_name), tab.url_name == current)
        for tab in registered
        if request.actor.may(tab.needs) and (request.chain.is_test or not tab.of_tests)
    ]
