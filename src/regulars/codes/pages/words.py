"""Words of the pages of codes."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

KINDS: Final[dict[str, Text]] = {
    "personal": _("Personal: each for one customer, used once"),
    "universal": _("Universal: one code for many customers"),
}
KIND_NAMES: Final[dict[str, Text]] = {
    "personal": pgettext_lazy("code pool", "personal"),
    "universal": pgettext_lazy("code pool", "universal"),
}
POOL_STATES: Final[dict[str, tuple[Text, str]]] = {
    "active": (pgettext_lazy("code pool", "in use"), "good"),
    "paused": (pgettext_lazy("code pool", "paused"), "warm"),
    "archived": (pgettext_lazy("code pool", "put away"), ""),
}
STATES: Final[dict[str, tuple[Text, str]]] = {
    "free": (pgettext_lazy("code", "free"), ""),
    "attached": (pgettext_lazy("code", "attached"), "accent"),
    "active": (pgettext_lazy("code", "active"), "good"),
    "used": (pgettext_lazy("code", "used"), "warm"),
    "expired": (pgettext_lazy("code", "ended"), "bad"),
}
BATCH_STATES: Final[dict[str, tuple[Text, str]]] = {
    "waiting": (pgettext_lazy("batch of codes", "waiting"), ""),
    "running": (pgettext_lazy("batch of codes", "being made"), "accent"),
    "done": (pgettext_lazy("batch of codes", "done"), "good"),
    "failed": (pgettext_lazy("batch of codes", "failed"), "bad"),
    "cancelled": (pgettext_lazy("batch of codes", "stopped"), "warm"),
    "undoing": (pgettext_lazy("batch of codes", "being taken back"), "accent"),
    "undone": (pgettext_lazy("batch of codes", "taken back"), ""),
}
SOURCES: Final[dict[str, Text]] = {
    "generate": _("Made from a pattern"),
    "import": _("Imported"),
    "fetch": _("Fetched from a service"),
}
LIVES_FROM: Final[dict[str, Text]] = {
    "attached": _("from the day it is handed out"),
    "activated": _("from the day it is activated"),
}
VERBS: Final[dict[str, Text]] = {
    "code.attached": _("Handed to a customer"),
    "code.detached": _("Taken back from its customer"),
    "code.activated": _("Activated"),
    "code.expired": _("Ended by hand"),
}
