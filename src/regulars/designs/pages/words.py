"""What parts of a design are called, and notices as sentences."""

from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from regulars.designs.rules.shown import Notice
from regulars.platform.pages import figures

SOURCE_NAMES: Final[dict[str, str | Promise]] = {
    "stamps": gettext_lazy("Stamps"),
    "holder": gettext_lazy("Name of the holder"),
    "number": gettext_lazy("Card number"),
    "tier": gettext_lazy("Tier"),
    "next_reward": gettext_lazy("Next reward"),
    "expires": gettext_lazy("Valid until"),
}
PLACE_NAMES: Final[dict[str, str | Promise]] = {
    "": gettext_lazy("Not shown"),
    "header": gettext_lazy("At the top"),
    "secondary": gettext_lazy("Below the stamps"),
    "auxiliary": gettext_lazy("Second line below"),
    "back": gettext_lazy("On the back"),
}
SLOT_NAMES: Final[dict[str, str | Promise]] = {
    "logo": gettext_lazy("Logo"),
    "icon": gettext_lazy("Small square icon"),
    "hero": gettext_lazy("Wide picture"),
    "strip": gettext_lazy("Picture behind the stamps"),
    "stamp_on": gettext_lazy("Own stamp, filled"),
    "stamp_off": gettext_lazy("Own stamp, empty"),
}
PART_NAMES: Final[dict[str, str | Promise]] = {
    "left": gettext_lazy("From the left, %"),
    "top": gettext_lazy("From the top, %"),
    "width": gettext_lazy("Width, %"),
    "height": gettext_lazy("Height, %"),
}
BARCODE_NAMES: Final[dict[str, str | Promise]] = {
    "qr": gettext_lazy("QR code"),
    "pdf417": "PDF417",
    "aztec": "Aztec",
    "code128": "Code 128",
    "none": gettext_lazy("No code"),
}
TARGET_NAMES: Final[dict[str, str | Promise]] = {
    "apple": "Apple Wallet",
    "google": "Google Wallet",
    "web": gettext_lazy("Web card"),
}
STATE_NAMES: Final[dict[str, str | Promise]] = {
    "usual": pgettext_lazy("state of a card", "In use"),
    "new": gettext_lazy("New"),
    "ready": gettext_lazy("Reward ready"),
    "expired": gettext_lazy("Expired"),
}
CANNOT_SHOW: Final[dict[str, str | Promise]] = {
    "fonts": gettext_lazy("Fonts: the phone chooses them."),
    "layout": gettext_lazy("Free layout: every card of this wallet has its values in the same places."),
    "animation": gettext_lazy("Animations: nothing moves on a pass."),
    "hero": gettext_lazy("The wide picture: it is shown by Google Wallet and the web card."),
    "text_colour": gettext_lazy("The colour of texts: it is black or white, whichever reads better."),
    "label_colour": gettext_lazy("The colour of labels: it is that of the texts."),
    "strip": gettext_lazy("The picture behind the stamps: it stands here only where there is no wide picture."),
    "values": gettext_lazy(
        "The title and the values: this card shows the name, what it counts, its holder and its number."
    ),
    "code": gettext_lazy("The kind of code: it is always a QR code."),
}
TEMPLATE_NAMES: Final[dict[str, str | Promise]] = {
    "cafe": gettext_lazy("Café"),
    "barber": gettext_lazy("Barber"),
    "beauty": gettext_lazy("Beauty salon"),
    "pizzeria": gettext_lazy("Pizzeria"),
    "florist": gettext_lazy("Flower shop"),
    "car_wash": gettext_lazy("Car wash"),
    "gym": gettext_lazy("Gym"),
    "pets": gettext_lazy("Pet shop"),
    "gifts": gettext_lazy("Gift shop"),
}
TEMPLATE_REWARDS: Final[dict[str, str | Promise]] = {
    "cafe": gettext_lazy("A free coffee"),
    "barber": gettext_lazy("A free haircut"),
    "beauty": gettext_lazy("A free treatment"),
    "pizzeria": gettext_lazy("A free pizza"),
    "florist": gettext_lazy("A free bouquet"),
    "car_wash": gettext_lazy("A free wash"),
    "gym": gettext_lazy("A free training"),
    "pets": gettext_lazy("A free bag of food"),
    "gifts": gettext_lazy("A present of your choice"),
}


def language_name(code: str) -> str:
    """What a language is called in itself; its code where nobody here knows it."""
    ours = dict(settings.LANGUAGES)
    if code in ours:
        return str(ours[code])
    try:
        return str(get_language_info(code.lower())["name_local"])
    except KeyError:
        return code


def notice_text(notice: Notice) -> str:
    """A notice as a sentence for the owner."""
    facts: dict[str, Any] = notice.facts
    if notice.code in ("contrast_bad", "contrast_weak"):
        is_label = facts["part"] == "label"
        if notice.code == "contrast_bad":
            return (
                _("Labels can hardly be read on this background.")
                if is_label
                else _("Texts can hardly be read on this background.")
            )
        return _("Labels are hard to read in small print.") if is_label else _("Texts are hard to read in small print.")
    if notice.code in ("name_cut", "title_cut"):
        said = (
            _("%(platform)s shows about %(shows)s characters of the name; yours has %(has)s.")
            if notice.code == "name_cut"
            else _("%(platform)s shows about %(shows)s characters of the title; yours has %(has)s.")
        )
        return said % {
            "platform": TARGET_NAMES[facts["platform"]],
            "shows": figures.number(facts["shows"]),
            "has": figures.number(facts["has"]),
        }
    if notice.code == "not_translated":
        said = ngettext(
            "%(language)s: %(count)s translation is missing.",
            "%(language)s: %(count)s translations are missing.",
            facts["count"],
        )
        # Set apart, so that a name written from right to left does not turn the number behind it round.
        language = f"\u2068{language_name(facts['language'])}\u2069"
        return said % {"language": language, "count": figures.number(facts["count"])}
    return _("The card is shown nowhere: choose where it is kept.")
