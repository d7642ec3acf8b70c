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
from regulars.kernel.refusal import Invalid, NotFound, Refusal, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions.keeping import NOBODY, TierProtection
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.jobs import defer_recount
from regulars.programs.pages import words
from regulars.programs.pages.browse import program_url
from regulars.programs.pages.drafting import drafts_with, read_groups
from regulars.programs.pages.forms import TierGroupForm, draft_of
from regulars.programs.pages.tier_promises import TierLosses, find_losses
from regulars.programs.queries import ProgramView, access_program
from regulars.programs.queries.tiers import TierGroupView, TierView, list_tier_groups
from regulars.programs.rules.tier_drafts import CountedBalance, TierGroupDraft, threshold_decimals

FRAGMENTS = {"sentence": "programs/_sentence.html"}
NEW = "new"


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def edit_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """A tier group, an existing one or a new one; everybody's tier is counted anew in the background."""
    view, groups = read_groups(request, program)
    place = _place(groups, group)
    held = groups[place] if place < len(groups) else None
    if request.method != "POST":
        form = TierGroupForm(balance_types=view.balance_types, group=held)
        return _render(request, view, form, held)
    form = TierGroupForm(request.POST, balance_types=view.balance_types, group=held)
    losses = None
    if form.is_valid():
        drafts = drafts_with(groups, held, form.draft())
        try:
            with unit_of_work(request.actor.chain_id):
                losses = find_losses(request, program, drafts, held)
                protection = losses.protection
            if protection is None:
                return _render(request, view, form, held, losses=losses, status=UNPROCESSABLE)
            _set(request, program, drafts, protection)
        except Refused as refused:
            if refused.refusal.status == 404:
                raise
            _show(refused.refusal, form, losses, place)
        else:
            toast(request, _("Saved; everybody’s tier is being counted"))
            return done(request, program_url(view))
    return _render(request, view, form, held, losses=losses, status=UNPROCESSABLE)


def _show(refusal: Refusal, form: TierGroupForm, losses: TierLosses | None, place: int) -> None:
    """Put a refusal at its field: of the group, or of who keeps it."""
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    if losses is not None and losses.form is not None and any("/tier_protection" in one.pointer for one in errors):
        for problem in errors:
            losses.form.add_error("until", _(problem.detail))
    else:
        form.show(refusal, place=place)


@require_POST
@page(right="programs:write")
def remove_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """Take a tier group away, after a look at who is in it; the history stays."""
    view, groups = read_groups(request, program)
    place = _place(groups, group)
    if place == len(groups):
        raise Refused(NotFound())
    gone = groups[place]
    drafts = drafts_with(groups, gone, None)
    losses = None
    try:
        with unit_of_work(request.actor.chain_id):
            losses = find_losses(request, program, drafts, gone)
            protection = losses.protection
        if protection is None:
            return _ask(request, view, gone, losses)
        _set(request, program, drafts, protection)
    except Refused as refused:
        if isinstance(refused.refusal, Invalid) and losses is not None and losses.form is not None:
            for problem in refused.refusal.errors:
                losses.form.add_error("until", _(problem.detail))
            return _ask(request, view, gone, losses)
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        undo = reverse("programs:restore_tiers", args=[program, encode("tgr", gone.id)])
        said = (
            _("“%(name)s” is gone; nobody is in its tiers any more")
            if protection.who == "nobody"
            else _("Nobody enters “%(name)s” any more; whoever is in its tiers keeps them for a time")
        )
        toast(request, said % {"name": gone.name}, undo_url=undo)
    return done(request, program_url(view))


def _ask(request: PageRequest, program: ProgramView, group: TierGroupView, losses: TierLosses) -> HttpResponse:
    ids = [encode("prg", program.id), encode("tgr", group.id)]
    context = {
        "program": program,
        "group": group,
        "losses": losses,
        "back": reverse("programs:tiers", args=ids),
        "action": reverse("programs:remove_tiers", args=ids),
    }
    return render_page(request, "programs/remove_tiers.html", context, status=UNPROCESSABLE)


@require_POST
@page(right="programs:write")
def restore_group(request: PageRequest, program: str, group: str) -> HttpResponse:
    """Bring a tier group back that was taken away, with its tiers."""
    view, groups = read_groups(request, program)
    with unit_of_work(request.actor.chain_id):
        gone = list_tier_groups(request.actor.chain_id, [view.id], archived=True)
        gone += list_tier_groups(request.actor.chain_id, [view.id], with_closing=True)
    found = next((one for one in gone if one.id == decode("tgr", group)), None)
    if found is None:
        raise Refused(NotFound())
    if not found.tiers:
        found = replace(found, tiers=found.closing)
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


def _place(groups: Sequence[TierGroupView], group: str) -> int:
    if group == NEW:
        return len(groups)
    found = next((place for place, one in enumerate(groups) if one.id == decode("tgr", group)), None)
    if found is None:
        raise Refused(NotFound())
    return found


def _set(
    request: PageRequest, program: str, drafts: Sequence[TierGroupDraft], protection: TierProtection = NOBODY
) -> None:
    set_tier_groups(
        request.actor,
        program,
        drafts,
        currency_decimals=request.chain.currency_decimals,
        now=request.now,
        defer=defer_recount,
        protection=protection,
    )


def _render(
    request: PageRequest,
    program: ProgramView,
    form: TierGroupForm,
    held: TierGroupView | None,
    *,
    losses: TierLosses | None = None,
    status: int = 200,
) -> HttpResponse:
    if form.is_bound:
        draft = form.draft() if not form.errors else None
    else:
        draft = replace(draft_of(held), key=None) if held else None
    context = {
        "program": program,
        "form": form,
        "group": held,
        "losses": losses if losses is not None and losses.form is not None else None,
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
