"""The first page after the sign-in: how the business stands, who is near a reward, what happened last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.utils import OperationalError
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.imports.actions.sample_data import is_sample_offered, may_sample
from regulars.imports.queries.sample import SampleView, find_sample
from regulars.kernel.ids import encode
from regulars.kernel.phone import format_phone, is_e164
from regulars.platform.pages import figures as write
from regulars.platform.pages import listing
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest, page
from regulars.reports.actions import count_places, keep_figures
from regulars.reports.jobs import defer_refresh
from regulars.reports.queries.activity import Activity, list_activity
from regulars.reports.queries.figures import Figures, Outstanding, find_figures
from regulars.reports.queries.set_up import SetUp, find_set_up
from regulars.reports.rules import (
    PERIODS_WEEKS,
    WEEKS_KEPT,
    Comparison,
    compare,
    is_fresh,
    may_count_at_once,
    nearest,
)

FIRST_COUNT_SECONDS_MAX: Final = 2
ACTIVITY_MAX: Final = 10
LABELS_MAX: Final = 13

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the first row: its name, the change in words, what it means, where it leads."""

    value: str
    label: Text
    change: str = ""
    direction: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of a chart: how high in percent, its value and its name; `is_named` where the name has room."""

    height: int
    value: int
    name: str
    is_named: bool

    @property
    def top(self) -> int:
        """Where the column begins, from above."""
        return 100 - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of what happened last."""

    at: datetime
    text: Text
    tone: str
    amount: str
    amount_tone: str
    who: str
    detail: str
    url: str


EVENTS: Final[dict[str, tuple[Text, str]]] = {
    "card.issued": (gettext_lazy("Card issued"), "good"),
    "card.claimed": (gettext_lazy("A waiting card found its customer"), "good"),
    "card.blocked": (gettext_lazy("Card blocked"), "bad"),
    "card.deleted": (gettext_lazy("Card deleted"), "bad"),
    "card.restored": (gettext_lazy("Card restored"), ""),
    "card.replaced": (gettext_lazy("Card replaced"), "warm"),
    "balance.changed": (gettext_lazy("Balance changed"), ""),
}


@page()
def show_overview(request: PageRequest) -> HttpResponse:
    """How the business stands."""
    now = request.now
    actor = request.actor
    weeks = _weeks(request)
    may_see = actor.may("reports:read")
    places = _places(request)
    sample = None if request.chain.is_sample else find_sample(actor)
    found = _figures(request, places, sample, now=now) if may_see else None
    set_up = None if request.visit.set_up_hidden else find_set_up(actor)
    context: dict[str, Any] = {
        "sample": sample,
        "may_sample": may_sample(actor),
        "now": now,
        "weeks": weeks,
        "periods": [
            (count, _weeks_text(count), listing.address_with(request, weeks=str(count)), count == weeks)
            for count in PERIODS_WEEKS
        ],
        "may_see": may_see,
        "figures": found,
        "of_places": places is not None,
        "activity": [_event(request, one) for one in list_activity(actor, places=places, limit=ACTIVITY_MAX)]
        if actor.may("cards:read")
        else [],
        "steps": _steps(set_up) if set_up and set_up.done < len(STEPS) else [],
        "steps_done": set_up.done if set_up else 0,
        "may_add_sample": set_up is not None and is_sample_offered(actor, request.chain),
    }
    if found:
        context |= {
            "numbers": _numbers(request, found, weeks),
            "bars": _bars(found, found.new_cards, weeks),
            "people_bars": _bars(found, found.new_customers, weeks),
            "near": _near(found),
            "is_empty": not (found.cards or found.customers),
        }
    return render_page(request, "reports/overview.html", context)


def _weeks(request: PageRequest) -> int:
    asked = request.GET.get("weeks", "")
    return next((count for count in PERIODS_WEEKS if str(count) == asked), PERIODS_WEEKS[1])


def _places(request: PageRequest) -> tuple[UUID, ...] | None:
    """The locations whose figures are shown: the chosen one, else those that one is limited to, else (None) all."""
    if request.location:
        return (request.location.id,)
    own = request.actor.location_ids
    return None if own is None else tuple(sorted(own))


def _figures(
    request: PageRequest, places: tuple[UUID, ...] | None, sample: SampleView | None, *, now: datetime
) -> Figures | None:
    """The kept figures; counted anew where that is quick, else in the background while the old ones are shown.

    Those of some locations are counted while one waits, if that is quick; else there are none.
    """
    actor = request.actor
    if places is not None:
        try:
            with transaction.atomic():
                return count_places(actor, places, now=now, seconds_max=FIRST_COUNT_SECONDS_MAX)
        except OperationalError:
            return None
    kept = find_figures(actor)
    is_outdated = bool(kept and sample and kept.at < sample.changed_at)
    if kept and is_fresh(kept.at, now, took_ms=kept.took_ms) and not is_outdated:
        return kept
    if kept is None or may_count_at_once(kept.took_ms):
        try:
            with transaction.atomic():
                return keep_figures(actor, now=now, seconds_max=FIRST_COUNT_SECONDS_MAX)
        except OperationalError:
            # A large chain: the worker takes its time, the reader does not.
            pass
    defer_refresh(actor.chain_id)
    return kept


def _numbers(request: PageRequest, found: Figures, weeks: int) -> list[Figure]:
    currency = request.chain.currency
    unclaimed = (
        ngettext("%(count)s waits for its customer", "%(count)s wait for their customers", found.unclaimed)
        % {"count": write.number(found.unclaimed)}
        if found.unclaimed
        else ""
    )
    return [
        Figure(value=write.number(found.customers), label=_("customers"), url=_url("customers:list")),
        Figure(value=write.number(found.cards), label=_("cards"), note=unclaimed, url=_url("cards:list")),
        _compared(_("new customers"), compare(found.new_customers, weeks)),
        _compared(_("new cards"), compare(found.new_cards, weeks)),
        *(_outstanding(one, currency) for one in found.outstanding if one.kind != "status"),
    ]


def _compared(label: str, comparison: Comparison) -> Figure:
    share = comparison.share
    change, direction = "", ""
    if share is not None and comparison.value != comparison.before:
        direction = "up" if share > 0 else "down"
        text = _("%(percent)s more than before") if share > 0 else _("%(percent)s less than before")
        change = text % {"percent": write.percent(abs(share))}
    elif share is not None:
        change = _("as many as before")
    return Figure(value=write.number(comparison.value), label=label, change=change, direction=direction)


def _outstanding(one: Outstanding, currency: str) -> Figure:
    amount = write.balance(one.total, kind=one.kind, decimals=one.decimals, currency=currency)
    cards = ngettext("on %(count)s card", "on %(count)s cards", one.cards) % {"count": write.number(one.cards)}
    return Figure(value=amount, label=_("%(name)s held") % {"name": one.name}, note=cards)


def _bars(found: Figures, series: tuple[int, ...], weeks: int) -> list[Bar]:
    shown = series[-weeks:]
    highest = max(shown, default=0) or 1
    first = found.first_week + timedelta(weeks=WEEKS_KEPT - weeks)
    every = max(1, -(-weeks // LABELS_MAX))
    return [
        Bar(
            height=max(2, round(100 * value / highest)) if value else 0,
            value=value,
            name=write.short_day(first + timedelta(weeks=number)),
            is_named=(weeks - 1 - number) % every == 0,
        )
        for number, value in enumerate(shown)
    ]


def _near(found: Figures) -> list[dict[str, Any]]:
    made = []
    for one in found.stamps:
        near = nearest(one.goal, dict(one.missing))
        lines = [(_("Full"), near.full)] + [
            (ngettext("%(count)s to go", "%(count)s to go", miss) % {"count": write.number(miss)}, count)
            for miss, count in near.missing
        ]
        highest = max((count for _name, count in lines), default=0)
        if highest:
            url = f"{link}?type={encode('ctp', one.card_type)}&order=-balance" if (link := _url("cards:list")) else ""
            made.append({"name": one.name, "lines": lines, "highest": highest, "goal": one.goal, "url": url})
    return made


def _event(request: PageRequest, one: Activity) -> Event:
    text, tone = EVENTS.get(one.kind, (one.kind, ""))
    amount, amount_tone = "", ""
    if one.cards > 1:
        text = _("%(what)s: %(count)s") % {"what": text, "count": write.number(one.cards)}
    elif one.amount is not None:
        amount = write.balance(
            one.amount, kind=one.balance_kind, decimals=one.decimals, currency=request.chain.currency, signed=True
        )
        amount_tone = "plus" if one.amount > 0 else "minus"
        text = one.balance_name
        tone = "warm" if one.amount < 0 else ""
    single = one.cards == 1
    parts = [f"{one.card_type} {one.card_number}"] if single and one.card_number else []
    return Event(
        at=one.at,
        text=text,
        tone=tone,
        amount=amount,
        amount_tone=amount_tone,
        who=_name(one) if single else "",
        detail=" · ".join(filter(None, [*parts, one.place_name, one.staff_name])),
        url=_card_url(one.card_id) if single and one.card_id else "",
    )


STEPS: Final[tuple[tuple[str, Text, Text, str, str], ...]] = (
    (
        "has_card_type",
        gettext_lazy("Make your card"),
        gettext_lazy("Choose what it counts and how it looks."),
        "cards:new_type",
        "credit-card",
    ),
    (
        "has_customer",
        gettext_lazy("Bring your customers"),
        gettext_lazy("Import your spreadsheet, or enter the first one by hand."),
        "imports:new",
        "upload",
    ),
    (
        "has_card",
        gettext_lazy("Issue the first card"),
        gettext_lazy("Give it to yourself to see it."),
        "cards:issue",
        "plus",
    ),
    (
        "has_web_card",
        gettext_lazy("Open the web card on your phone"),
        gettext_lazy("Open a card and scan the code of its link."),
        "cards:list",
        "smartphone",
    ),
)
FALLBACKS: Final = {"imports:new": "customers:new"}


def _steps(set_up: SetUp) -> list[dict[str, Any]]:
    return [
        {
            "is_done": getattr(set_up, fact),
            "title": title,
            "text": text,
            "url": _url(url_name) or _url(FALLBACKS.get(url_name, "")),
            "icon": icon,
        }
        for fact, title, text, url_name, icon in STEPS
    ]


def _name(one: Activity) -> str:
    return format_phone(one.customer_name) if is_e164(one.customer_name) else one.customer_name


def _weeks_text(count: int) -> str:
    return ngettext("%(count)s week", "%(count)s weeks", count) % {"count": write.number(count)}


def _card_url(card_id: UUID) -> str:
    return _url("cards:show", encode("crd", card_id))


def _url(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments) if name else ""
    except NoReverseMatch:
        return ""
