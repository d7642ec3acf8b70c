"""What purchases and refunds do in a program, in the reader's words."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.platform.pages import figures
from regulars.programs.pages.words import Text
from regulars.programs.queries import ProgramView

EARN_WHEN: Final[Mapping[str, Text]] = {
    "paid": gettext_lazy("Once it is paid"),
    "completed": gettext_lazy("Once it is completed: until then they are pending"),
}
SPENT: Final[Mapping[str, Text]] = {
    "pro_rata": gettext_lazy("They return in proportion to the money"),
    "only_when_full": gettext_lazy("They return once the whole order has come back"),
    "balances_first": gettext_lazy("They return first, money after them"),
    "money_first": gettext_lazy("Money returns first, they after it"),
    "never": gettext_lazy("They do not return"),
}
EARNED: Final[Mapping[str, Text]] = {
    "recompute": gettext_lazy("What the rest of the order does not earn is taken back"),
    "in_proportion": gettext_lazy("They are taken back in proportion to the money"),
    "only_when_full": gettext_lazy("They are taken back once the whole order has come back"),
    "keep": gettext_lazy("The customer keeps them"),
}
NOT_RECOVERED: Final[Mapping[str, Text]] = {
    "debt": gettext_lazy("The card owes them: the next points fill the gap first"),
    "cap": gettext_lazy("What is left on the card is taken, the rest is let go and named"),
}
DISCOUNTS: Final[Mapping[str, Text]] = {
    "recompute": gettext_lazy("Worked out anew: a discount that the rest does not deserve is kept back from the money"),
    "in_proportion": gettext_lazy("Left as they were: each product goes back at the price that was paid for it"),
}
SETTINGS: Final[tuple[tuple[str, Text, Mapping[str, Text]], ...]] = (
    ("spent_points", gettext_lazy("Points that had paid"), SPENT),
    ("earned_points", gettext_lazy("Points that were earned"), EARNED),
    ("not_recovered", gettext_lazy("Earned points that are spent already"), NOT_RECOVERED),
    ("discounts", gettext_lazy("Discounts on what the customer keeps"), DISCOUNTS),
)


def told_purchases(view: ProgramView) -> list[tuple[Text, Text]]:
    """What purchases and refunds do in a program, setting by setting, in words."""
    rules = asdict(view.refunds)
    days = ngettext("%(days)s day", "%(days)s days", view.refunds.returned_lot_days) % {
        "days": figures.number(view.refunds.returned_lot_days)
    }
    return [
        (_("Points of a purchase can be spent"), EARN_WHEN[view.earn_when]),
        (_("What is paid with points"), _("Earns as money does") if view.earns_on_points else _("Earns nothing")),
        *((label, choices[rules[name]]) for name, label, choices in SETTINGS),
        (_("Points that return after their end live"), days),
    ]
