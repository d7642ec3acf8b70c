"""The list of promotions: what each gives, when it runs, and how much of its limits is used."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import decode, encode
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.listing import pager
from regulars.platform.sessions import PageRequest, page
from regulars.programs.queries import list_programs
from regulars.promotions.pages.gallery import shown_presets
from regulars.promotions.pages.words import GIVING, STATES, definition_of
from regulars.promotions.queries.counts import count_by_state
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import PromotionView, list_promotions
from regulars.promotions.queries.uses import counted, uses_of
from regulars.promotions.queries.voices import speech_of
from regulars.promotions.rules.conditions.moments import Days
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe import describe
from regulars.promotions.rules.facts import NOT_USED, Uses

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A promotion as the list shows it."""

    url: str
    name: str
    state: str
    has_draft: bool
    gives: str
    when: str
    used: tuple[str, ...]
    program: str


@page(right="promotions:read")
def show_list(request: PageRequest) -> HttpResponse:
    """Promotions, newest first, all or of one state."""
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    after = decode("prm", request.GET.get("after", ""))
    found = list_promotions(request.actor, state=state or None, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    counts = count_by_state(request.actor)
    programs = list_programs(request.actor)
    more = encode("prm", shown[-1].id) if len(found) > PAGE_SIZE else None
    context = {
        "lines": _lines(request, shown, {one.id: one.name for one in programs} if len(programs) > 1 else {}),
        "views": _views(state, counts),
        "state": state,
        "has_any": bool(counts),
        "pager": pager(request, after=more, before=None),
        "may_write": request.actor.may("promotions:write"),
        "presets": shown_presets() if not counts else [],
        "with_programs": len(programs) > 1,
        "has_programs": bool(programs),
    }
    return render_page(request, "promotions/list.html", context)


def _views(state: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    every = reverse("promotions:list")
    views = [{"label": _("All"), "url": every, "count": sum(counts.values()), "is_current": not state}]
    return views + [
        {"label": label, "url": f"{every}?state={key}", "count": counts.get(key, 0), "is_current": key == state}
        for key, label in STATES.items()
    ]


def _lines(request: PageRequest, views: list[PromotionView], programs: dict[Any, str]) -> list[Line]:
    if not views:
        return []
    names = names_of(request.actor.chain_id, request.chain.currency_decimals)
    read = {one.id: definition_of(one.content, names) for one in views}
    limits = counted((key, one.limits) for key, one in read.items() if one is not None)
    today = request.now.astimezone(request.chain.zone).date()
    uses = uses_of(None, limits, holder_id=None, day=today)
    return [
        Line(
            url=reverse("promotions:edit", args=[encode("prm", view.id)]),
            name=view.name,
            state=view.state,
            has_draft=view.has_draft and view.published > 0,
            program=programs.get(view.program_id, ""),
            **_said(request, read[view.id], names, uses.get(str(view.id), NOT_USED), today, view.state),
        )
        for view in views
    ]


def _said(
    request: PageRequest, definition: Definition | None, names: ChainNames, uses: Uses, today: date, state: str
) -> dict[str, Any]:
    if definition is None:
        return {"gives": _("It names something that is no longer there."), "when": "", "used": ()}
    told = [one.text for one in describe(definition, speech_of(names, request.chain.currency)) if one.part in GIVING]
    return {
        "gives": " ".join(told[:3]),
        "when": _when(definition, today, state),
        "used": tuple(_used(request, definition, uses)),
    }


def _when(definition: Definition, today: date, state: str) -> str:
    """The days on which it runs; "always" where no day is said."""
    days = next((one for one in definition.conditions if isinstance(one, Days)), None)
    if state == "ended":
        return ""
    if days is None:
        return _("always")
    if days.first is not None and days.first > today:
        return _("from %(day)s on") % {"day": figures.day(days.first)}
    if days.last is not None and days.last < today:
        return _("over since %(day)s") % {"day": figures.day(days.last)}
    return _("until %(day)s") % {"day": figures.day(days.last)} if days.last is not None else _("always")


def _used(request: PageRequest, definition: Definition, uses: Uses) -> list[str]:
    limits = definition.limits
    pairs = []
    if limits.total is not None:
        pairs.append((figures.number(uses.total), figures.number(limits.total)))
    if limits.discount is not None:
        currency = request.chain.currency
        pairs.append((figures.money(uses.discount, currency), figures.money(limits.discount, currency)))
    if limits.units is not None:
        pairs.append((figures.number(uses.units), figures.number(limits.units)))
    return [_("%(used)s of %(limit)s") % {"used": used, "limit": limit} for used, limit in pairs]
