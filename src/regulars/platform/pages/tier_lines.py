"""Where somebody stands in a tier group, in the reader's words: for cards, customers and the web card alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages import figures


class Counting(Protocol):
    """A tier group, as far as its amounts are written."""

    @property
    def name(self) -> str:
        """What the group is called."""

    @property
    def counts(self) -> str:
        """What is counted: status, sold, paid or visits."""

    @property
    def balance_name(self) -> str | None:
        """What the status balance is called."""

    @property
    def decimals(self) -> int:
        """Decimals of what is counted."""


class Named(Protocol):
    """A tier."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def threshold(self) -> int:
        """Where it begins."""


class Shown(Protocol):
    """Where somebody stands in a group."""

    @property
    def group(self) -> Counting:
        """The group."""

    @property
    def tier(self) -> Named | None:
        """The tier they are in."""

    @property
    def next(self) -> Named | None:
        """The next one."""

    @property
    def since(self) -> datetime | None:
        """Since when."""

    @property
    def until(self) -> datetime | None:
        """When the period ends."""

    @property
    def counted(self) -> int:
        """What counts now."""

    @property
    def missing(self) -> int | None:
        """What is missing to the next tier."""

    @property
    def missing_to_keep(self) -> int:
        """What is missing to keep this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """One group in words; `share` is how far the next tier is, 0 to 100, None at the top."""

    group: str
    tier: str
    counted: str
    missing: str
    keep: str
    since: datetime | None
    until: datetime | None
    share: int | None


def counted_text(group: Counting, units: int, currency: str) -> str:
    """An amount of what a group counts: €100.00, 250 Status, 12 visits."""
    match group.counts:
        case "sold" | "paid":
            return figures.money(units, currency)
        case "visits":
            return ngettext("%(count)s visit", "%(count)s visits", units) % {"count": figures.number(units)}
        case _:
            return f"{figures.amount(units, group.decimals)} {group.balance_name or ''}".strip()


def tier_lines(shown: Iterable[Shown], currency: str) -> list[TierLine]:
    """Where somebody stands in every group, in words."""
    return [_line(one, currency) for one in shown]


def _line(one: Shown, currency: str) -> TierLine:
    following = one.next
    return TierLine(
        group=one.group.name,
        tier=one.tier.name if one.tier else "",
        counted=counted_text(one.group, one.counted, currency),
        missing=_missing(one, currency),
        keep=_keep(one, currency),
        since=one.since,
        until=one.until,
        share=min(100, one.counted * 100 // following.threshold) if following and following.threshold else None,
    )


def _missing(one: Shown, currency: str) -> str:
    if one.next is None or one.missing is None:
        return ""
    facts = {"missing": counted_text(one.group, one.missing, currency), "tier": one.next.name}
    return _("%(missing)s more to %(tier)s") % facts


def _keep(one: Shown, currency: str) -> str:
    if not one.missing_to_keep or one.until is None or one.tier is None:
        return ""
    return _("%(missing)s more by %(day)s to keep %(tier)s") % {
        "missing": counted_text(one.group, one.missing_to_keep, currency),
        "day": figures.day(one.until),
        "tier": one.tier.name,
    }
