"""The rewards: the list with the catalogue, one reward, put away and taken back (RWD-2)."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import edge_unit_of_work, rows, unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.queries import BalanceTypeView, list_programs
from regulars.promotions.queries.benefits import read_benefit
from regulars.promotions.queries.promotions import find_row, list_promotions
from regulars.rewards.actions.definitions import change_reward, create_reward
from regulars.rewards.actions.pictures import remove_picture, set_picture
from regulars.rewards.pages import words
from regulars.rewards.pages.forms import RewardForm
from regulars.rewards.queries.draws import draws_of
from regulars.rewards.queries.rewards import RewardView, access_reward, list_rewards
from regulars.rewards.rules.rewards import RewardDraft
from regulars.vouchers.rules.pictures import Picture

PROMOTIONS_MAX: Final = 200


@require_safe
@page(right="rewards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """What customers can get: for stamps, for points."""
    away = request.GET.get("away") == "1"
    found = list_rewards(request.actor, archived=away)
    goals = _goals_of(request)
    context = {
        "rows": [_row(one, goals) for one in found],
        "away": away,
        "views": [
            (_("In use"), reverse("rewards:list"), not away),
            (_("Those put away"), f"{reverse('rewards:list')}?away=1", away),
        ],
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "rewards/list.html", context)


def _row(view: RewardView, goals: Mapping[Any, str]) -> dict[str, Any]:
    public = encode("rwd", view.id)
    return {
        "reward": view,
        "picture": words.picture_url(view.id, view.picture_id),
        "url": reverse("rewards:show", args=[public]),
        "state_url": reverse("rewards:state", args=[public]),
        "kind": words.KINDS_SHORT[view.kind],
        "price": words.price_text(view),
        "goals": goals.get(view.id, ""),
    }


def _goals_of(request: PageRequest) -> dict[Any, str]:
    """On which cards, at how many stamps, each reward comes."""
    found = rows(
        "SELECT m.reward_id, t.name, m.stamps FROM milestones m JOIN card_types t ON t.id = m.card_type_id"
        " WHERE m.chain_id = %s ORDER BY t.name, m.stamps",
        [request.actor.chain_id],
    )
    told: dict[Any, list[str]] = {}
    for reward_id, name, stamps in found:
        told.setdefault(reward_id, []).append(_("%(card)s: %(stamps)s stamps") % {"card": name, "stamps": stamps})
    return {reward_id: ", ".join(parts) for reward_id, parts in told.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_reward(request: PageRequest) -> HttpResponse:
    """A new reward."""
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        balance_types = _balance_types(request)
        promotions = _promotions(request, None)
    form = RewardForm(request.POST or None, request.FILES or None, balance_types=balance_types, promotions=promotions)
    if request.method == "POST" and form.is_valid():
        try:
            picture = form.picture_read()
            with edge_unit_of_work(request.actor.chain_id):
                draft = RewardDraft(**_resolved(request, form.given(view=None)))
                made = create_reward(request.actor, draft, now=request.now)
                _keep_picture(request, form, encode("rwd", made.id), picture)
        except Refused as refused:
            form.show(refused.refusal)
        else:
            toast(request, _("“%(title)s” is ready") % {"title": made.title})
            return done(request, _after_making(request, encode("rwd", made.id)))
    return _render(request, form, None)


def _after_making(request: PageRequest, reward: str) -> str:
    """Back to the milestones that the reward was made for, else to the list."""
    wanted = request.GET.get("goal_of", "")
    if decode("ctp", wanted) is None:
        return reverse("rewards:list")
    return f"{reverse('rewards:milestones', args=[wanted])}?reward={reward}"


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:read")
def edit_reward(request: PageRequest, reward: str) -> HttpResponse:
    """One reward."""
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        found = access_reward(request.actor, reward)
        balance_types = _balance_types(request)
        promotions = _promotions(request, found)
    form = RewardForm(
        request.POST or None,
        request.FILES or None,
        balance_types=balance_types,
        promotions=promotions,
        view=found,
    )
    if request.method == "POST" and form.is_valid():
        try:
            picture = form.picture_read()
            with edge_unit_of_work(request.actor.chain_id):
                change_reward(
                    request.actor,
                    reward,
                    _resolved(request, form.given(view=found)),
                    version=form.cleaned_data["version"],
                    now=request.now,
                )
                _keep_picture(request, form, reward, picture)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            form.show(refused.refusal)
        else:
            toast(request, _("Saved"))
            return done(request, reverse("rewards:list"))
    return _render(request, form, found)


def _keep_picture(request: PageRequest, form: RewardForm, reward: str, picture: Picture | None) -> None:
    if picture is not None:
        set_picture(request.actor, reward, picture, now=request.now)
    elif form.cleaned_data["no_picture"]:
        remove_picture(request.actor, reward, now=request.now)


def _balance_types(request: PageRequest) -> list[BalanceTypeView]:
    programs = list_programs(request.actor.acting_with("programs:read"))
    return [one for program in programs for one in program.balance_types]


def _promotions(request: PageRequest, view: RewardView | None) -> list[tuple[str, str]]:
    """The promotions that a voucher may unlock, by name; the one that it names stays one of them, also where it ended."""
    found = list_promotions(request.actor.acting_with("promotions:read"), limit=PROMOTIONS_MAX)
    offered = {encode("prm", one.id): one.name for one in found if one.state in ("active", "draft", "paused")}
    named = ((view.terms.get("benefit") or {}) if view else {}).get("promotion")
    if named and named not in offered:
        held = find_row(request.actor.chain_id, named)
        offered[named] = held.name if held else _("a promotion that is gone")
    return sorted(offered.items(), key=lambda one: one[1].casefold())


def _resolved(request: PageRequest, values: dict[str, Any]) -> dict[str, Any]:
    """What was typed with the promotion of its benefit looked up. Refuses: Invalid for one that is not there."""
    return values | {"benefit": read_benefit(request.actor.chain_id, values["benefit"])}


def _render(request: PageRequest, form: RewardForm, view: RewardView | None) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "reward": view,
        "picture": words.picture_url(view.id, view.picture_id) if view else "",
        "currency": request.chain.currency,
        "back": reverse("rewards:list"),
        "draws": _draws(request, view) if view else None,
        "state_url": reverse("rewards:state", args=[encode("rwd", view.id)]) if view else "",
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "rewards/reward.html", context, status=422 if form.errors else 200)


def _draws(request: PageRequest, view: RewardView) -> dict[str, Any] | None:
    """What was drawn of a lottery, beside its percentages, in the reader's figures."""
    found = draws_of(request.actor.chain_id, view)
    if found is None:
        return None
    rows = [(one.title, figures.exact(one.probability), one.drawn, figures.exact(one.share)) for one in found.variants]
    return {"count": found.count, "before": found.before, "rows": rows}


@require_POST
@page(right="promotions:write")
def set_state(request: PageRequest, reward: str) -> HttpResponse:
    """Put a reward away, or take it back."""
    archived = request.POST.get("state") == "away" or request.GET.get("state") == "away"
    try:
        view = change_reward(request.actor, reward, {"archived": archived}, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, reverse("rewards:list"))
    undo = f"{reverse('rewards:state', args=[reward])}?state={'back' if archived else 'away'}"
    said = _("“%(title)s” is put away") if archived else _("“%(title)s” is in use again")
    toast(request, said % {"title": view.title}, undo_url=undo)
    return done(request, reverse("rewards:list"))
