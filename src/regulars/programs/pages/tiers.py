"""The editor of tier groups: rows of tiers, and the sentence that they make (PRG-6)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.ids import decode, encode, new_id
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.jobs import defer_recount
from regulars.programs.pages import words
from regulars.programs.pages.browse import program_url
from regulars.programs.pages.forms import TierGroupForm, draft_of
from regulars.programs.queries import ProgramView, access_program
from regulars.programs.queries.tiers import TierGroupView, TierView, list_tier_groups
from regulars.programs.rules.tier_drafts import CountedBalance, TierGroupDraft, threshold_decimals

FRAGMENTS = {"sentence": "programs/_sentence.html"}
NEW = "new"


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def edit_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """A tier group, an existing one or a new one; everybody's tier is counted anew in the background."""
    view, groups = _read(request, program)
    place = _place(groups, group)
    held = groups[place] if place < len(groups) else None
    if request.method != "POST":
        form = TierGroupForm(balance_types=view.balance_types, group=held)
        return _render(request, view, form, held)
    form = TierGroupForm(request.POST, balance_types=view.balance_types, group=held)
    if form.is_valid():
        drafts = [draft_of(one) for one in groups]
        drafts[place : place + 1] = [form.draft()]
        try:
            _set(request, program, drafts)
        except Refused as refused:
            if refused.refusal.status == 404:
                raise
            form.show(refused.refusal, place=place)
        else:
            toast(request, _("Saved; everybody’s tier is being counted"))
            return done(request, program_url(view))
    return _render(request, view, form, held, status=UNPROCESSABLE)


@require_POST
@page(right="programs:write")
def remove_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """Take a tier group away; the history stays."""
    view, groups = _read(request, program)
    place = _place(groups, group)
    if place == len(groups):
        raise Refused(NotFound())
    gone = groups[place]
    try:
        _set(request, program, [draft_of(one) for one in groups if one.id != gone.id])
    except Refused as refused:
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        undo = reverse("programs:restore_tiers", args=[program, encode("tgr", gone.id)])
        toast(request, _("“%(name)s” is gone; nobody is in its tiers any more") % {"name": gone.name}, undo_url=undo)
    return done(request, program_url(view))


@require_POST
@page(right="programs:write")
def restore_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """Bring a tier group back that was taken away, with its tiers."""
    view, groups = _read(request, program)
    with unit_of_work(request.actor.chain_id):
        archived = list_tier_groups(request.actor.chain_id, [view.id], archived=True)
    found = next((one for one in archived if one.id == decode("tgr", group)), None)
    if found is None:
        raise Refused(NotFound())
    _set(request, program, [*(draft_of(one) for one in groups), draft_of(found)])
    toast(request, _("“%(name)s” is back") % {"name": found.name})
    return done(request, program_url(view))


@require_safe
@page(right="programs:write")
def preview_group(request: PageRequest, program: str) -> HttpResponse:
    """What the typed tiers would mean, in words."""
    if not request.htmx:
        raise Http404
    view = access_program(request.actor, program)
    form = TierGroupForm(request.GET, balance_types=view.balance_types)
    context = sentence_context(request, view, form.draft() if form.is_valid() else None)
    return render_page(request, FRAGMENTS["sentence"], context, fragments=FRAGMENTS)


def sentence_context(request: PageRequest, program: ProgramView, draft: TierGroupDraft | None) -> dict[str, Any]:
    """A group that nobody has saved yet, in words; nothing where it says nothing yet."""
    if draft is None:
        return {"sentences": []}
    balances = {one.external_id: CountedBalance(one.kind, one.decimals) for one in program.balance_types}
    decimals = threshold_decimals(draft, balances, request.chain.currency_decimals)
    tiers: list[TierView] = []
    for one in draft.tiers:
        try:
            threshold = parse_amount(one.threshold, decimals)
        except AmountProblem:
            continue
        if one.name:
            tiers.append(TierView(new_id(), "", one.name, threshold, one.multiplier, ""))
    group = _shown(program, draft, decimals, tuple(tiers))
    parts = [words.tier_text(group, one, request.chain.currency) for one in group.tiers]
    return {"sentences": [words.counts_text(group), words.falls_text(group)], "parts": parts}


def _shown(program: ProgramView, draft: TierGroupDraft, decimals: int, tiers: tuple[TierView, ...]) -> TierGroupView:
    balance = next((one for one in program.balance_types if one.external_id == draft.balance_type), None)
    return TierGroupView(
        id=new_id(),
        program_id=program.id,
        external_id="",
        name=draft.name,
        counts=draft.counts,  # type: ignore[arg-type]
        balance_type_id=None,
        balance_type=draft.balance_type,
        balance_name=balance.name if balance else None,
        decimals=decimals,
        period=draft.period,  # type: ignore[arg-type]
        months=draft.months,
        grace_days=draft.grace_days,
        tiers=tiers,
    )


def _read(request: PageRequest, program: str) -> tuple[ProgramView, list[TierGroupView]]:
    if request.method != "POST":
        view = access_program(request.actor, program)
        return view, list_tier_groups(request.actor.chain_id, [view.id])
    with unit_of_work(request.actor.chain_id):
        view = access_program(request.actor, program)
        return view, list_tier_groups(request.actor.chain_id, [view.id])


def _place(groups: Sequence[TierGroupView], group: str) -> int:
    if group == NEW:
        return len(groups)
    found = next((place for place, one in enumerate(groups) if one.id == decode("tgr", group)), None)
    if found is None:
        raise Refused(NotFound())
    return found


def _set(request: PageRequest, program: str, drafts: Sequence[TierGroupDraft]) -> None:
    set_tier_groups(
        request.actor,
        program,
        drafts,
        currency_decimals=request.chain.currency_decimals,
        now=request.now,
        defer=defer_recount,
    )


def _render(
    request: PageRequest, program: ProgramView, form: TierGroupForm, held: TierGroupView | None, *, status: int = 200
) -> HttpResponse:
    if form.is_bound:
        draft = form.draft() if not form.errors else None
    else:
        draft = replace(draft_of(held), key=None) if held else None
    context = {
        "program": program,
        "form": form,
        "group": held,
        "back": program_url(program),
        "action": request.path,
        "preview_url": reverse("programs:preview_tiers", args=[encode("prg", program.id)]),
        "remove_url": reverse("programs:remove_tiers", args=[encode("prg", program.id), encode("tgr", held.id)])
        if held
        else "",
        "currency": request.chain.currency,
    }
    context |= sentence_context(request, program, draft)
    return render_page(request, "programs/tiers.html", context, status=status)
