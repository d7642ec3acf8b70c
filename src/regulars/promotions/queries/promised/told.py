"""Broken promises in a sentence each, in the language that is active (ORD-13)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages import figures
from regulars.promotions.queries.promised.subjects import Loser, Loss
from regulars.promotions.rules.describe.speech import Speech
from regulars.promotions.rules.promised import Change, Promise, Rewards, Uses


def tell_loss(loss: Loss, change: Change, speech: Speech) -> str:
    """Who loses what, and how much of it there is together."""
    said = _TELLERS[loss.promise.kind](loss, change, speech)
    return f"{said} {_('There are more of them; so many were counted.')}" if loss.is_more else said


def tell_amount(loser: Loser, promise: Promise, speech: Speech) -> str:
    """What one of them would lose, in few words; "" where there is nothing to count."""
    match promise.kind:
        case "rests":
            return speech.money(loser.amount)
        case "rewards":
            assert isinstance(promise, Rewards)
            return speech.units(promise.balance_type, loser.amount)
        case "orders":
            return _("%(money)s off") % {"money": speech.money(loser.amount)} if loser.amount else ""
        case "uses":
            text = ngettext("%(count)s use", "%(count)s uses", loser.amount)
            return text % {"count": _number(loser.amount)} if loser.amount else ""
        case "visits":
            text = ngettext("%(count)s order", "%(count)s orders", loser.amount)
            return text % {"count": _number(loser.amount)}
    return ""


def _rests(loss: Loss, change: Change, speech: Speech) -> str:
    values = {"count": _number(loss.people), "money": speech.money(loss.amount)}
    if change == "pause":
        text = ngettext(
            "%(count)s card has %(money)s that waits for the next full block. It goes on waiting.",
            "%(count)s cards have %(money)s together that waits for the next full block. It goes on waiting.",
            loss.people,
        )
    else:
        text = ngettext(
            "%(count)s card has %(money)s that waits for the next full block. It no longer counts as it did.",
            "%(count)s cards have %(money)s together that waits for the next full block. It no longer counts as it did.",
            loss.people,
        )
    return text % values


def _rewards(loss: Loss, change: Change, speech: Speech) -> str:
    assert isinstance(loss.promise, Rewards)
    values = {
        "count": _number(loss.people),
        "units": speech.units(loss.promise.balance_type, loss.amount),
        "ready": _number(loss.ready),
    }
    text = ngettext(
        "%(count)s card holds %(units)s towards what this gives; so many have enough for it already: %(ready)s.",
        "%(count)s cards hold %(units)s towards what this gives; so many have enough for it already: %(ready)s.",
        loss.people,
    )
    return text % values


def _visits(loss: Loss, change: Change, speech: Speech) -> str:
    text = ngettext(
        "%(count)s customer is on the way to the order that gets it; so many get it with the next one: %(ready)s.",
        "%(count)s customers are on the way to the order that gets it; so many get it with the next one: %(ready)s.",
        loss.people,
    )
    return text % {"count": _number(loss.people), "ready": _number(loss.ready)}


def _uses(loss: Loss, change: Change, speech: Speech) -> str:
    assert isinstance(loss.promise, Uses)
    values = {"count": _number(loss.people), "uses": _number(loss.amount)}
    if loss.promise.was is None:
        text = ngettext(
            "%(count)s customer has used it as often as is allowed from now on and gets it no more.",
            "%(count)s customers have used it as often as is allowed from now on and get it no more.",
            loss.people,
        )
    else:
        text = ngettext(
            "%(count)s customer who began to use it has fewer uses left: %(uses)s less.",
            "%(count)s customers who began to use it have fewer uses left: %(uses)s less together.",
            loss.people,
        )
    return text % values


def _rates(loss: Loss, change: Change, speech: Speech) -> str:
    text = ngettext(
        "%(count)s customer has reached a rate that becomes lower.",
        "%(count)s customers have reached a rate that becomes lower.",
        loss.people,
    )
    return text % {"count": _number(loss.people)}


def _orders(loss: Loss, change: Change, speech: Speech) -> str:
    values = {"count": _number(loss.people), "money": speech.money(loss.amount), "ready": _number(loss.ready)}
    text = ngettext(
        "%(count)s open order was priced with it, %(money)s off. Those that are reserved keep it while they are: %(ready)s.",
        "%(count)s open orders were priced with it, %(money)s off. Those that are reserved keep it while they are: %(ready)s.",
        loss.people,
    )
    return text % values


def _number(value: int) -> str:
    return figures.number(Decimal(value))


_TELLERS: Final[dict[str, Callable[[Loss, Change, Speech], str]]] = {
    "rests": _rests,
    "rewards": _rewards,
    "visits": _visits,
    "uses": _uses,
    "rates": _rates,
    "orders": _orders,
}


def tell_twins(names: list[str]) -> str:
    """That other promotions run under the same name."""
    text = ngettext(
        "Another promotion runs under the name “%(name)s”. Receipts and reports show both alike.",
        "Other promotions run under the name “%(name)s”. Receipts and reports show them alike.",
        len(names),
    )
    return text % {"name": names[0]}
