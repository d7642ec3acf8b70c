"""The page of a program: its state, what it counts, its tiers, its cards (PRG-1, PRG-6, PRG-7)."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.cards.actions.enrolment import types_of
from regulars.cards.queries.types import count_cards_by_type
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.tier_lines import counted_text
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions import change_program
from regulars.programs.pages import words
from regulars.programs.pages.forms import ProgramForm
from regulars.programs.queries import BalanceTypeView, ProgramView, access_program, list_programs
from regulars.programs.queries.tiers import TierGroupView, count_in_tiers, list_tier_groups

FRAGMENTS = {"modal": "programs/_edit.html"}

MOMENT: Final = timedelta(seconds=1)


@require_safe
@page(right="programs:read")
def show_program(request: PageRequest, program: str) -> HttpResponse:
    """Everything that a program is."""
    view = access_program(request.actor, program)
    groups = list_tier_groups(request.actor.chain_id, [view.id], with_closing=True)
    counts = count_cards_by_type(request.actor) if request.actor.may("cards:read") else {}
    types = types_of(request.actor, view.id) if request.actor.may("cards:read") else []
    context = {
        "program": view,
        "id": encode("prg", view.id),
        "is_only": len(list_programs(request.actor)) < 2,
        "state": words.STATES[view.state],
        "consequence": words.CONSEQUENCES[view.state],
        "balances": [_balance(request, one) for one in view.balance_types],
        "groups": [_group(request, one) for one in groups],
        "types": [
            {
                "name": one.name,
                "cards": figures.number(counts.get(one.id, 0)),
                "url": reverse_or_none("cards:edit_type", encode("ctp", one.id)),
            }
            for one in types
        ],
        "promotions_url": reverse_or_none("promotions:list"),
        "refunds_url": reverse_or_none("programs:refunds", encode("prg", view.id)),
        "may_write": request.actor.may("programs:write"),
    }
    return render_page(request, "programs/program.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def edit_program(request: PageRequest, program: str) -> HttpResponse:
    """Change what a program is called."""
    view = _read(request, program)
    initial = {"name": view.name, "description": view.description, "version": view.version}
    form = ProgramForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            change_program(
                request.actor,
                program,
                name=typed["name"],
                description=typed["description"],
                version=typed["version"],
                now=request.now,
            )
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("Saved"))
            return done(request, program_url(view))
    context = {"form": form, "program": view, "back": program_url(view), "action": request.path}
    status = UNPROCESSABLE if form.errors else 200
    return render_page(
        request,
        "programs/dialog.html",
        context | {"partial": FRAGMENTS["modal"]},
        fragments=FRAGMENTS,
        status=status,
    )


@require_POST
@page(right="programs:write")
def set_state(request: PageRequest, program: str, state: str) -> HttpResponse:
    """Pause, archive or take out of the archive; Undo goes back."""
    before = _read(request, program)
    try:
        view = change_program(request.actor, program, state=state, now=request.now)
    except Refused as refused:
        if refused.refusal.status == 404:
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, program_url(before))
    undo = reverse("programs:state", args=[program, before.state]) if _may_go_back(before.state, view.state) else ""
    said = _("“%(name)s”: %(state)s") % {"name": view.name, "state": words.STATES[view.state][0]}
    toast(request, said, undo_url=undo)
    return done(request, program_url(view))


def _may_go_back(before: str, after: str) -> bool:
    return (before, after) in {("active", "paused"), ("paused", "active"), ("paused", "archived")}


def program_url(view: ProgramView) -> str:
    """The page of a program."""
    return reverse("programs:show", args=[encode("prg", view.id)])


def reverse_or_none(name: str, *arguments: str) -> str:
    """An address of another feature; "" as long as that has no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _read(request: PageRequest, program: str) -> ProgramView:
    if request.method != "POST":
        return access_program(request.actor, program)
    with unit_of_work(request.actor.chain_id):
        return access_program(request.actor, program)


def _balance(request: PageRequest, one: BalanceTypeView) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": words.KINDS[one.kind],
        "gift": _gift(request, one) if one.initial_balance else "",
        "value": figures.money(int(one.money_per_unit.scaleb(request.chain.currency_decimals)), request.chain.currency)
        if one.money_per_unit and one.kind == "points"
        else "",
        "url": reverse_or_none("programs:balance_type", encode("bal", one.id)),
    }


def _gift(request: PageRequest, one: BalanceTypeView) -> str:
    shown = figures.balance(one.initial_balance, kind=one.kind, decimals=one.decimals, currency=request.chain.currency)
    return f"{shown} {one.name}"


def _group(request: PageRequest, group: TierGroupView) -> dict[str, Any]:
    people: dict[UUID, int] = count_in_tiers(request.actor.chain_id, group.id)
    currency = request.chain.currency
    return {
        "view": group,
        "id": encode("tgr", group.id),
        "counts": words.counts_text(group),
        "falls": words.falls_text(group),
        "tiers": [
            {
                "name": one.name,
                "threshold": counted_text(group, one.threshold, currency),
                "multiplier": "" if one.multiplier == 1 else figures.number(one.multiplier.normalize()),
                "people": figures.number(people.get(one.id, 0)),
                "background": one.background,
                "foreground": one.foreground,
                "kept_to": (one.closes_at.astimezone(request.chain.zone) - MOMENT).date() if one.closes_at else None,
            }
            for one in group.all_tiers
        ],
    }
