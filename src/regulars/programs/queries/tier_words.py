"""What a change of tiers takes from people, in a sentence each, in the language that is active (ORD-13)."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages import figures
from regulars.programs.queries.tier_losses import TierLoser, TierLoss


def tell_tier_loss(loss: TierLoss) -> str:
    """Who loses which tier, when, and where they are then."""
    values = {
        "count": figures.number(Decimal(loss.people)),
        "tier": loss.tier.name,
        "to": loss.to.name if loss.to else "",
    }
    if loss.multipliers is not None:
        before, after = (figures.number(one.normalize()) for one in loss.multipliers)
        text = ngettext(
            "%(count)s in “%(tier)s” earns %(after)s times as much instead of %(before)s times.",
            "%(count)s in “%(tier)s” earn %(after)s times as much instead of %(before)s times.",
            loss.people,
        )
        return text % {**values, "before": before, "after": after}
    if loss.when == "now":
        text = (
            ngettext(
                "%(count)s falls from “%(tier)s” to “%(to)s” at once.",
                "%(count)s fall from “%(tier)s” to “%(to)s” at once.",
                loss.people,
            )
            if loss.to
            else ngettext(
                "%(count)s leaves “%(tier)s” at once and is in no tier.",
                "%(count)s leave “%(tier)s” at once and are in no tier.",
                loss.people,
            )
        )
    else:
        text = (
            ngettext(
                "%(count)s falls from “%(tier)s” to “%(to)s” when the period ends, as it counts now.",
                "%(count)s fall from “%(tier)s” to “%(to)s” when their periods end, as it counts now.",
                loss.people,
            )
            if loss.to
            else ngettext(
                "%(count)s leaves “%(tier)s” when the period ends, as it counts now.",
                "%(count)s leave “%(tier)s” when their periods end, as it counts now.",
                loss.people,
            )
        )
    said = text % values
    return f"{said} {_('There are more of them; so many were counted.')}" if loss.is_more else said


def tell_tier_fall(loser: TierLoser) -> str:
    """What becomes of one of them, in few words."""
    if loser.fall is None:
        return _("earns less")
    to = loser.to.name if loser.to else _("no tier")
    text = _("to %(tier)s at once") if loser.fall.when == "now" else _("to %(tier)s when the period ends")
    return text % {"tier": to}
