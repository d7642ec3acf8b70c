"""Words that the pages of several features share: what an entry of the ledger is called, and the way that led to it."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Text = str | Promise

ENTRIES: Final[Mapping[str, Text]] = {
    "issue": gettext_lazy("Given with the card"),
    "adjust": gettext_lazy("Changed by hand"),
    "import": gettext_lazy("Imported"),
    "transfer": gettext_lazy("Moved between cards"),
    "reverse": gettext_lazy("Taken back"),
    "earn": gettext_lazy("Earned"),
    "redeem": gettext_lazy("Spent"),
    "expire": gettext_lazy("Expired"),
    "hold": gettext_lazy("Set aside"),
    "capture": gettext_lazy("Spent from what was set aside"),
    "release": gettext_lazy("Released"),
    "refund": gettext_lazy("Refunded"),
    "top_up": gettext_lazy("Topped up"),
    "pay_out": gettext_lazy("Paid out"),
}
THROUGHS: Final[Mapping[str, Text]] = {
    "api": gettext_lazy("API"),
    "import": gettext_lazy("Import"),
    "command": gettext_lazy("Command line"),
    "automatic": gettext_lazy("Automatically"),
    "scenario": gettext_lazy("Scenario"),
}
