"""Words of products and feeds in the reader's language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

KINDS: Final[dict[str, Text]] = {"goods": _("Goods"), "service": _("Service")}
FEED_KINDS: Final[dict[str, Text]] = {
    "yml": _("YML (Yandex Market)"),
    "google_xml": _("Google Merchant (RSS or Atom)"),
    "csv": _("CSV table"),
}
SCHEDULES: Final[dict[str, Text]] = {"hourly": _("every hour"), "daily": _("every night at 4")}
SOURCES: Final[dict[str, Text]] = {
    "api": _("API"),
    "csv": _("a file"),
    "feed": _("a feed"),
    "page": _("by hand"),
}
STATES: Final[dict[str, tuple[Text, str]]] = {
    "waiting": (_("waiting"), ""),
    "running": (_("being read"), "accent"),
    "done": (pgettext_lazy("feed", "read"), "good"),
    "failed": (pgettext_lazy("feed", "failed"), "bad"),
}
