"""Words of the till: why something cannot be, what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.cards.errors import CardNotActive
from regulars.giftcards.queries.giftcards import GiftCardView
from regulars.kernel.refusal import Refusal
from regulars.memberships.rules.states import MembershipState
from regulars.platform.pages import figures
from regulars.platform.problems import sentence
from regulars.rewards.errors import AlreadyHandedOver
from regulars.till.queries.presses import PressView
from regulars.till.queries.queue import QueuedView
from regulars.vouchers.errors import AlreadyRedeemed, VoucherExpired, VoucherNotActive

Text = str | Promise
END_OF_DAY: Final = timedelta(microseconds=1)
"""The end of a day is the first moment of the next; this much earlier it is the day itself."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a scan led nowhere, as the till shows it: never by colour alone."""

    title: Text
    text: Text
    icon: str
    tone: str


TROUBLES: Final[Mapping[str, Trouble]] = {
    "code_used": Trouble(
        gettext_lazy("This code was shown before"),
        gettext_lazy(
            "It may be a picture of the card. Let the card itself be shown: a new code comes within half a minute."
        ),
        "image",
        "bad",
    ),
    "code_late": Trouble(
        gettext_lazy("This code is too old"),
        gettext_lazy("It may be a picture of the card. Let the card itself be opened anew."),
        "hourglass",
        "bad",
    ),
    "code_early": Trouble(
        gettext_lazy("The clock of this phone is wrong"),
        gettext_lazy(
            "Let the card be opened anew with a connection; the page then sets its own clock. For a card in Google Wallet, the clock of the phone has to be set."
        ),
        "clock",
        "warm",
    ),
    "code_off": Trouble(
        gettext_lazy("This code was switched off"),
        gettext_lazy("The link of the card was renewed. Let the card be opened from its newest link."),
        "link",
        "warm",
    ),
    "code_limit": Trouble(
        gettext_lazy("Shown by its number too often today"),
        gettext_lazy("Ask for the code on the web card or in Google Wallet: it changes, and has no limit."),
        "repeat",
        "warm",
    ),
    "unknown": Trouble(
        gettext_lazy("Nobody knows this code"),
        gettext_lazy("Look for the person by phone or name, or give them a card right here."),
        "search",
        "warm",
    ),
    "unread": Trouble(
        gettext_lazy("No code in this picture"),
        gettext_lazy("Hold the code flat, in good light, so that it fills the picture. Or type the number below it."),
        "image",
        "warm",
    ),
    "add_a_letter": Trouble(
        gettext_lazy("Too many people are called that"),
        gettext_lazy("Type more of the name, or the last four digits of the phone."),
        "users",
        "warm",
    ),
    "elsewhere": Trouble(
        gettext_lazy("A card of another business"),
        gettext_lazy("It is sound, but not yours. Ask for your own card, or give them one."),
        "store",
        "accent",
    ),
    "replaced": Trouble(
        gettext_lazy("This card has a new number"),
        gettext_lazy("The old one is not valid any more. Ask for the new card, or look for the person."),
        "repeat",
        "warm",
    ),
    "blocked": Trouble(
        gettext_lazy("This card is blocked"),
        gettext_lazy("Nothing is added and nothing is taken. A manager can unblock it on its own page."),
        "ban",
        "bad",
    ),
    "expired": Trouble(
        gettext_lazy("This card has expired"),
        gettext_lazy("It earns and spends nothing any more. Give the person a new one."),
        "hourglass",
        "warm",
    ),
    "deleted": Trouble(
        gettext_lazy("This card was deleted"),
        gettext_lazy("Give the person a new one. A manager can restore a deleted card for 30 days."),
        "trash-2",
        "bad",
    ),
    "not_here": Trouble(
        gettext_lazy("This card is not valid here"),
        gettext_lazy("It is valid at other places only."),
        "map-pin-off",
        "warm",
    ),
}
KIOSK_NEXT: Final = gettext_lazy("Please ask our staff.")
MODE_NAMES: Final[Mapping[str, Text]] = {
    "manual": pgettext_lazy("mode of the till", "Manual"),
    "kiosk": pgettext_lazy("mode of the till", "Kiosk"),
    "autopilot": pgettext_lazy("mode of the till", "Autopilot"),
}


_CONFLICTS: Final[Mapping[str, Text]] = {
    "several": gettext_lazy("Several people are meant by what was typed."),
    "unknown": gettext_lazy("Nobody knows this code."),
    "elsewhere": gettext_lazy("It is a card of another business."),
    "replaced": gettext_lazy("The card has a new number by now."),
    "blocked": gettext_lazy("The card is blocked by now."),
    "expired": gettext_lazy("The card has expired by now."),
    "deleted": gettext_lazy("The card is deleted by now."),
    "not_here": gettext_lazy("The card is not valid at this place."),
    "add_a_letter": gettext_lazy("Several people are meant by what was typed."),
    "stamped_recently": gettext_lazy("The card was stamped a moment before or after. Was it another visit?"),
    "device_revoked": gettext_lazy("The device was revoked before it sent this."),
    "too_old": gettext_lazy("It was noted more than seven days ago."),
    "place_gone": gettext_lazy("You do not work at the place where it was noted."),
}


def conflict_text(one: QueuedView) -> str:
    """Why something that was noted without a connection could not be counted."""
    if one.conflict in _CONFLICTS:
        return str(_CONFLICTS[one.conflict])
    return one.detail


def queued_text(one: QueuedView, currency: str) -> str:
    """What was noted, in a few words."""
    if one.amount and one.kind == "purchase":
        return _("Purchase of %(amount)s") % {"amount": f"{one.amount} {currency}"}
    if one.amount:
        return _("Stamps for %(amount)s") % {"amount": f"{one.amount} {currency}"}
    count = one.count or 0
    return ngettext("+%(count)s stamp", "+%(count)s stamps", count) % {"count": figures.number(count)}


def refusal_text(refusal: Refusal) -> str:
    """Why it cannot be, with times as the reader writes them."""
    match refusal:
        case AlreadyRedeemed():
            at = figures.moment(datetime.fromisoformat(refusal.redeemed_at))
            where = ", ".join(filter(None, (refusal.location_name, refusal.redeemed_by)))
            text = _("Redeemed already: %(at)s") % {"at": at}
            return f"{text}, {where}" if where else text
        case AlreadyHandedOver() if refusal.handed_over_at:
            return _("Handed over already: %(at)s") % {"at": figures.moment(refusal.handed_over_at)}
        case VoucherExpired():
            day = datetime.fromisoformat(refusal.expired_at) - END_OF_DAY
            return _("This voucher ended %(at)s.") % {"at": figures.day(day)}
        case VoucherNotActive():
            at = figures.moment(datetime.fromisoformat(refusal.starts_at))
            return _("This voucher begins %(at)s.") % {"at": at}
        case CardNotActive() if refusal.status_of_card in TROUBLES:
            trouble = TROUBLES[refusal.status_of_card]
            return f"{trouble.title}. {trouble.text}"
        case _:
            return sentence(refusal)


def last_day(end: datetime | None) -> datetime | None:
    """A moment of the last day on which a voucher is good."""
    return None if end is None else end - END_OF_DAY


def membership_trouble(now: MembershipState) -> Trouble | None:
    """Why a membership cannot be used; None where it can."""
    match now.state:
        case "frozen" if now.frozen_until is not None:
            text = _("It is frozen until %(day)s.") % {"day": figures.day(now.frozen_until)}
        case "frozen":
            text = _("It is frozen.")
        case "used_up":
            text = _("All its visits are used.")
        case "expired" if now.ends_on is not None:
            text = _("It ended with %(day)s.") % {"day": figures.day(now.ends_on)}
        case "expired":
            text = _("Its time is over.")
        case "cancelled":
            return Trouble(now.type_name, _("This membership was cancelled."), "ban", "bad")
        case _:
            return None
    icon, tone = ("check-check", "accent") if now.state == "used_up" else ("hourglass", "warm")
    return Trouble(now.type_name, text, icon, tone)


def gift_card_trouble(view: GiftCardView) -> Trouble | None:
    """Why a gift card pays for nothing; None where it pays."""
    match view.state:
        case "used_up":
            return Trouble(view.type_name, _("Nothing is left on this gift card."), "check-check", "accent")
        case "expired" if view.last_day is not None:
            text = _("This gift card ended %(at)s.") % {"at": figures.day(view.last_day)}
            return Trouble(view.type_name, text, "hourglass", "warm")
        case "expired":
            return Trouble(view.type_name, _("The time of this gift card is over."), "hourglass", "warm")
        case "blocked":
            return Trouble(view.type_name, _("This gift card is blocked."), "ban", "bad")
        case "cancelled":
            return Trouble(view.type_name, _("This gift card was cancelled."), "ban", "bad")
        case "active":
            return None


def tone_of(refusal: Refusal) -> tuple[str, str]:
    """The colour and the icon of a refusal: used up, over, forbidden and the rest are told apart."""
    match refusal.code:
        case "already_redeemed" | "already_handed_over":
            return "accent", "check-check"
        case "voucher_expired" | "voucher_not_active":
            return "warm", "hourglass"
        case "card_not_active" | "voucher_cancelled" | "forbidden":
            return "bad", "ban"
        case _:
            return "warm", "circle-alert"


def done_text(press: PressView, currency: str) -> str:
    """What was done, in a few words."""
    match press.kind:
        case "stamps":
            return ngettext("+%(count)s stamp", "+%(count)s stamps", press.amount) % {
                "count": figures.number(press.amount)
            }
        case "purchase":
            return _("Purchase of %(amount)s") % {"amount": figures.money(press.amount, currency)}
        case "spend":
            amount = figures.amount(press.amount, press.decimals)
            return _("%(amount)s %(name)s") % {"amount": amount, "name": press.title}
        case "voucher":
            return _("Redeemed: %(title)s") % {"title": press.title}
        case "award" | "reward":
            return _("Handed over: %(title)s") % {"title": press.title}
        case "membership":
            visits = ngettext("%(count)s visit", "%(count)s visits", press.amount) % {
                "count": figures.number(press.amount)
            }
            return _("%(visits)s of %(title)s") % {"visits": visits, "title": press.title}
        case "issue":
            return _("New card: %(title)s") % {"title": press.title}


def standing_text(press: PressView) -> str:
    """Where the card stands afterwards: "5 of 10", a balance, what is left; "" where nothing is counted."""
    if press.after is None:
        return ""
    match press.kind:
        case "stamps" if press.goal:
            return _("%(count)s of %(goal)s") % {
                "count": figures.number(press.after),
                "goal": figures.number(press.goal),
            }
        case "membership":
            return ngettext("%(count)s visit left", "%(count)s visits left", press.after) % {
                "count": figures.number(press.after)
            }
        case "purchase" | "spend":
            amount = figures.amount(press.after, press.decimals)
            return f"{amount} {press.title}"
        case _:
            return figures.number(press.after)


def pressed_context(press: PressView, currency: str, now: datetime) -> dict[str, Any]:
    """A press for a template."""
    return {
        "press": press,
        "done": done_text(press, currency),
        "standing": standing_text(press),
        "who": press.who or press.card_type,
        "can_undo": press.can_undo(now),
        "icon": ICONS[press.kind],
    }


ICONS: Final[Mapping[str, str]] = {
    "stamps": "stamp",
    "purchase": "receipt",
    "spend": "coins",
    "voucher": "ticket",
    "award": "gift",
    "reward": "gift",
    "membership": "calendar-check",
    "issue": "user-plus",
}
