"""Programs and their tiers in the reader's words."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.platform.pages import figures
from regulars.platform.pages.tier_lines import counted_text
from regulars.programs.queries.tiers import TierGroupView, TierView
from regulars.programs.rules.tiers import Counts, Period

Text = str | Promise

STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "draft": (gettext_lazy("draft"), "", "pencil"),
    "active": (gettext_lazy("active"), "good", "check"),
    "paused": (gettext_lazy("paused"), "warm", "pause"),
    "archived": (gettext_lazy("archived"), "", "archive"),
}
CONSEQUENCES: Final[Mapping[str, Text]] = {
    "draft": gettext_lazy("No card is issued yet and no purchase earns anything."),
    "active": gettext_lazy("Cards are issued, purchases earn and what is on the cards can be spent."),
    "paused": gettext_lazy(
        "Purchases neither earn nor spend. Cards are still issued, imported and adjusted by hand; balances and tiers stay."
    ),
    "archived": gettext_lazy("Nothing can be changed any more; balances and history can be read."),
}
KINDS: Final[Mapping[str, Text]] = {
    "points": gettext_lazy("points: earned and spent"),
    "status": gettext_lazy("status: decides tiers, is never spent"),
    "stamps": gettext_lazy("stamps"),
    "deposit": gettext_lazy("deposit: money paid in beforehand"),
}
COUNTS: Final[Mapping[Counts, Text]] = {
    "sold": gettext_lazy("What they bought, at list prices"),
    "paid": gettext_lazy("What they paid"),
    "visits": gettext_lazy("How often they came"),
}
PERIODS: Final[list[tuple[Period, Text]]] = [
    ("lifetime", gettext_lazy("Over all time")),
    ("year", gettext_lazy("In a calendar year")),
    ("months", gettext_lazy("In the last months")),
]


def counts_text(group: TierGroupView) -> str:
    """What a group counts, and over which time, as a sentence."""
    named = {"name": group.balance_name or ""}
    match (group.counts, group.period):
        case ("status", "lifetime"):
            return _("“%(name)s” decides, as much as there is.") % named
        case ("status", "year"):
            return _("“%(name)s” decides, as much as came in during a calendar year.") % named
        case ("status", _months):
            return _("“%(name)s” decides, as much as came in during the last %(months)s months.") % (
                named | {"months": figures.number(group.months)}
            )
        case ("visits", "lifetime"):
            return _("The number of visits decides, over all time.")
        case ("visits", "year"):
            return _("The number of visits in a calendar year decides.")
        case ("visits", _months):
            return _("The number of visits in the last %(months)s months decides.") % {
                "months": figures.number(group.months)
            }
        case ("sold", "lifetime"):
            return _("The list value of all purchases decides, over all time.")
        case ("sold", "year"):
            return _("The list value of the purchases of a calendar year decides.")
        case ("sold", _months):
            return _("The list value of the purchases of the last %(months)s months decides.") % {
                "months": figures.number(group.months)
            }
        case (_paid, "lifetime"):
            return _("The money paid decides, over all time.")
        case (_paid, "year"):
            return _("The money paid in a calendar year decides.")
        case _:
            return _("The money paid in the last %(months)s months decides.") % {"months": figures.number(group.months)}


def falls_text(group: TierGroupView) -> str:
    """When somebody rises and when they fall."""
    if group.period == "lifetime":
        return _("A tier is reached at once and kept; only refunds and corrections can take it back.")
    ends = (
        _("A tier is reached at once and kept until the year ends.")
        if group.period == "year"
        else ngettext(
            "A tier is reached at once and kept for %(months)s month.",
            "A tier is reached at once and kept for %(months)s months.",
            group.months,
        )
        % {"months": figures.number(group.months)}
    )
    if not group.grace_days:
        return ends + " " + _("Then what this time counted decides.")
    grace = ngettext(
        "Then what this time counted decides; who would fall has %(days)s more day to make up for it.",
        "Then what this time counted decides; who would fall has %(days)s more days to make up for it.",
        group.grace_days,
    )
    return ends + " " + grace % {"days": figures.number(group.grace_days)}


def tier_text(group: TierGroupView, tier: TierView, currency: str) -> str:
    """A tier in a few words: Gold from €500.00, earns 1.5 times as much."""
    facts = {"name": tier.name, "threshold": counted_text(group, tier.threshold, currency)}
    if tier.multiplier == 1:
        return _("%(name)s from %(threshold)s") % facts
    times = figures.number(tier.multiplier.normalize())
    return _("%(name)s from %(threshold)s, earns %(times)s times as much") % (facts | {"times": times})
