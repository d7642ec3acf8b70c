"""How it went on with a message, in the reader's words: time lines of cards and customers and the dialog share them (MSG-5)."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from regulars.platform.pages.words import Text
from regulars.plugins.channels import find_channel

STATES: Final[Mapping[str, tuple[Text, str]]] = {
    "queued": (pgettext_lazy("message", "on its way"), "accent"),
    "sending": (pgettext_lazy("message", "on its way"), "accent"),
    "sent": (pgettext_lazy("message", "sent"), "good"),
    "delivered": (pgettext_lazy("message", "delivered"), "good"),
    "failed": (pgettext_lazy("message", "not delivered"), "bad"),
}
WHY: Final[Mapping[str, Text]] = {
    "no_address": gettext_lazy("no address is known"),
    "no_sender": gettext_lazy("this installation has no mail server"),
    "no_device": gettext_lazy("on no phone"),
    "not_set_up": gettext_lazy("not set up"),
    "too_many": gettext_lazy("enough messages for today"),
    "withdrew": gettext_lazy("the customer does not want news this way"),
    "not_agreed": gettext_lazy("the customer did not agree to news this way"),
    "no_data": gettext_lazy("the customer withdrew that their data are kept"),
    "no_channel": gettext_lazy("this channel is not installed any more"),
    "refused": gettext_lazy("refused"),
    "unclear": gettext_lazy("cut off while it was sent: it may have arrived, and is not sent twice"),
    "replaced": gettext_lazy("a newer message took its place"),
    "gone": gettext_lazy("taken out of the wallet"),
    "not_told": gettext_lazy("the phone could not be told"),
    "later": gettext_lazy("tried again soon"),
}


def why_text(reason: str) -> str:
    """Why a channel does not reach somebody, or a message is not further; a code that nobody knows stands as it is."""
    return str(WHY.get(reason, reason))


def channel_name(key: str) -> str:
    """What a channel is called; its key where it is not installed any more."""
    channel = find_channel(key)
    return str(channel.name) if channel else key


def delivery_text(channel: str, state: str, reason: str, detail: str) -> str:
    """How it went on on one channel: its name, the state, why."""
    text = _("%(channel)s: %(state)s") % {"channel": channel_name(channel), "state": STATES[state][0]}
    why = why_text(reason) if reason and reason != "waiting" else ""
    told = ", ".join(filter(None, (why, detail)))
    return f"{text} ({told})" if told else text


def tone_of(states: list[str]) -> str:
    """How a message as a whole went: well as soon as one channel brought it."""
    if any(state in ("sent", "delivered") for state in states):
        return "good"
    return "bad" if states and all(state == "failed" for state in states) else "accent"
