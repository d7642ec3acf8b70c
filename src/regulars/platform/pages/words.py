"""Words that the pages of several features share: what an entry of the ledger, a step of a voucher and of a pass, and the signs on stamps are called, and the way that led to them."""

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
# What says more than the kind of an entry does.
KINDS_BY_SOURCE: Final[Mapping[tuple[str, str], Text]] = {
    ("redeem", "hold"): ENTRIES["capture"],
    ("redeem", "catalogue"): gettext_lazy("A reward was bought"),
    ("redeem", "round"): gettext_lazy("A new round began"),
    ("reverse", "round"): gettext_lazy("A round was given back"),
    ("expire", "inactivity"): gettext_lazy("Expired: no order for so long"),
}
VOUCHER_STEPS: Final[Mapping[str, tuple[Text, str]]] = {
    "issue": (gettext_lazy("Voucher issued"), "good"),
    "activate": (gettext_lazy("Voucher begins"), "good"),
    "redeem": (gettext_lazy("Voucher redeemed"), "accent"),
    "give_back": (gettext_lazy("Redemption undone"), "warm"),
    "cancel": (gettext_lazy("Voucher cancelled"), "bad"),
    "expire": (gettext_lazy("Voucher expired"), "quiet"),
}
WALLETS: Final[Mapping[str, Text]] = {
    "web": gettext_lazy("Web card"),
    "apple": gettext_lazy("Apple Wallet"),
    "google": gettext_lazy("Google Wallet"),
}
WALLET_STEPS: Final[Mapping[str, tuple[Text, str]]] = {
    "made": (gettext_lazy("Pass made"), "quiet"),
    "registered": (gettext_lazy("Put into a wallet"), "good"),
    "unregistered": (gettext_lazy("Taken out of a wallet"), "warm"),
    "pushed": (gettext_lazy("Phone told that the card changed"), "quiet"),
    "fetched": (gettext_lazy("Phone fetched the newest card"), "quiet"),
    "given_up": (gettext_lazy("Phone could not be told"), "bad"),
}
STAMP_ICONS: Final[Mapping[str, Text]] = {
    "coffee": gettext_lazy("Coffee"),
    "scissors": gettext_lazy("Scissors"),
    "star": gettext_lazy("Star"),
    "heart": gettext_lazy("Heart"),
    "pizza": gettext_lazy("Pizza"),
    "flower-2": gettext_lazy("Flower"),
    "car": gettext_lazy("Car"),
    "dumbbell": gettext_lazy("Dumbbell"),
    "paw-print": gettext_lazy("Paw"),
    "gift": gettext_lazy("Gift"),
}
THROUGHS: Final[Mapping[str, Text]] = {
    "api": gettext_lazy("API"),
    "import": gettext_lazy("Import"),
    "command": gettext_lazy("Command line"),
    "automatic": gettext_lazy("Automatically"),
    "scenario": gettext_lazy("Scenario"),
    "public": gettext_lazy("The holder"),
}


def entry_words(kind: str, source: str) -> Text:
    """What an entry of the ledger is called."""
    return KINDS_BY_SOURCE.get((kind, source)) or ENTRIES.get(kind, kind)
