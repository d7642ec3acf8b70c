"""The milestones of a card type: the editor, and cards that have reached a goal already (RWD-1)."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.cards.queries.types import CardTypeView, access_card_type
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.rewards.actions.former import count_finishing
from regulars.rewards.actions.milestones import (
    Above,
    GoalDraft,
    MilestonesDraft,
    count_above,
    set_milestones,
    start_settling,
    unsettled,
)
from regulars.rewards.jobs import defer_settling
from regulars.rewards.pages.forms import MilestonesForm
from regulars.rewards.queries.milestones import MilestonesView, find_milestones
from regulars.rewards.queries.rewards import RewardView, list_rewards


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:read")
def edit(request: PageRequest, card_type: str) -> HttpResponse:
    """The goals of a card type; where cards have reached one already they are counted first."""
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        view = access_card_type(request.actor, card_type)
        found = find_milestones(request.actor.chain_id, view.id)
        rewards = list_rewards(request.actor)
    form = MilestonesForm(
        request.POST or None, rewards=rewards, initial=_initial(request, view, found, rewards), goals=found.goals
    )
    above: Above | None = None
    if request.method == "POST" and form.is_valid() and (goals := form.filled()) is not None and not form.errors:
        draft = _draft(form, goals)
        try:
            above = count_above(request.actor, card_type, draft, moves=form.cleaned_data["holders"] == "move")
            if not goals and above.in_round:
                form.offer_move_only()
            if not _asks_more(form, above):
                return _set(request, card_type, view, form, draft)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            _show(form, goals, refused)
    status = 422 if form.errors or above is not None else 200
    return render_page(request, "rewards/milestones.html", _context(request, view, found, form, above), status=status)


def _asks_more(form: MilestonesForm, above: Above) -> bool:
    """Whether something is still to be said: how holders move over, or what becomes of cards above a goal."""
    holders = form.cleaned_data["holders"]
    if above.in_round and not holders:
        return True
    finishes = bool(above.in_round) and holders == "finish_round"
    return bool(above.cards) and not finishes and not form.cleaned_data["above"]


def _set(
    request: PageRequest, card_type: str, view: CardTypeView, form: MilestonesForm, draft: MilestonesDraft
) -> HttpResponse:
    set_milestones(
        request.actor,
        card_type,
        draft,
        above=form.cleaned_data["above"] or None,
        holders=form.cleaned_data["holders"] or None,
        defer=defer_settling,
        now=request.now,
        version=form.cleaned_data["version"],
    )
    toast(request, _("The milestones of “%(name)s” are set") % {"name": view.name})
    return done(request, reverse("rewards:milestones", args=[card_type]))


def _draft(form: MilestonesForm, goals: list[tuple[int, int, str]]) -> MilestonesDraft:
    typed = form.cleaned_data
    return MilestonesDraft(
        goals=[GoalDraft(stamps, encode_reward(reward)) for _place, stamps, reward in goals],
        rounds=typed["rounds"],
        money_per_stamp=typed_amount(typed["money_per_stamp"]) if typed["money_per_stamp"] else None,
        pause_seconds=typed["pause_seconds"],
    )


def encode_reward(text: str) -> str:
    """The public id of a reward that the form names by its own."""
    return encode("rwd", UUID(text))


def _initial(
    request: PageRequest, view: CardTypeView, found: MilestonesView, rewards: Sequence[RewardView]
) -> dict[str, Any]:
    money = found.money_per_stamp
    decimals = request.chain.currency_decimals
    wanted = decode("rwd", request.GET.get("reward", ""))
    made = next((str(one.id) for one in rewards if one.id == wanted), "")
    return {
        # Where nothing was set yet, the reward that was just made stands there for the full card.
        "stamps_0": view.goal if made else None,
        "reward_0": made,
        "rounds": found.rounds,
        "money_per_stamp": "" if money is None else format_amount(money, decimals),
        "pause_seconds": found.pause_seconds,
        "version": found.version,
    }


def _show(form: MilestonesForm, goals: list[tuple[int, int, str]], refused: Refused) -> None:
    """Each problem at its row."""
    if not isinstance(refused.refusal, Invalid):
        show_refusal(form, refused.refusal)
        return
    for problem in refused.refusal.errors:
        parts = problem.pointer.strip("/").split("/")
        name = parts[0]
        if len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(goals):
            name = f"{parts[2]}_{goals[int(parts[1])][0]}"
        form.add_error(name if name in form.fields else None, _(problem.detail))


def _context(
    request: PageRequest, view: CardTypeView, found: MilestonesView, form: MilestonesForm, above: Above | None
) -> dict[str, Any]:
    public = encode("ctp", view.id)
    work = found.settling
    waiting = unsettled_now(request, public, found) if above is None and not form.errors else None
    return {
        "form": form,
        "view": view,
        "found": found,
        "has_stamps": any(one.kind == "stamps" for one in view.balance_types),
        "currency": request.chain.currency,
        "back": reverse("cards:types"),
        "new_reward_url": f"{reverse('rewards:new')}?goal_of={public}",
        "above": above,
        "above_words": above_words(above) if above else "",
        # What becomes of cards above a goal is asked once it is said that they move over.
        "asks_above": above is not None and above.cards and (not above.in_round or form["holders"].value() == "move"),
        "asks_holders": above is not None and above.in_round,
        # Said by the button beside those who still finish, and kept while the rest is asked.
        "moves_over": above is not None and not above.in_round and form["holders"].value() == "move",
        "holders_words": holders_words(above.in_round) if above else "",
        "finishing_words": finishing_words(count_finishing(request.actor.chain_id, view.id)) if above is None else "",
        # What is stored, for a form of its own: whoever presses Enter in the large one saves that.
        "kept": [(name, str(value)) for name, value in form.initial.items() if value not in (None, "")],
        "waiting": waiting,
        "waiting_words": above_words(waiting) if waiting else "",
        "settle_url": reverse("rewards:settle", args=[public]),
        "progress_url": reverse("rewards:progress", args=[public]),
        "work": work,
        "work_words": work_words(found),
        "may_write": request.actor.may("promotions:write"),
    }


def unsettled_now(request: PageRequest, public: str, found: MilestonesView) -> Above | None:
    """The cards that stand above a goal now; None while they are being dealt with, and where there are none."""
    if found.settling is not None and found.settling.state != "done":
        return None
    if request.method == "POST":
        return None
    counted = unsettled(request.actor, public)
    return counted if counted.cards else None


def above_words(above: Above) -> str:
    """How many cards, and how many rewards that would be."""
    cards = ngettext(
        "%(count)s card has reached a goal already.", "%(count)s cards have reached a goal already.", above.cards
    ) % {"count": figures.number(above.cards)}
    rewards = ngettext(
        "Rewarding them brings %(count)s reward.", "Rewarding them brings %(count)s rewards.", above.rewards
    ) % {"count": figures.number(above.rewards)}
    return f"{cards} {rewards}"


def holders_words(count: int) -> str:
    """How many people the new goals concern in the middle of a round."""
    return ngettext(
        "%(count)s person is in the middle of a round.", "%(count)s people are in the middle of a round.", count
    ) % {"count": figures.number(count)}


def finishing_words(count: int) -> str:
    """How many people go on by former goals; "" where nobody does."""
    if not count:
        return ""
    return ngettext(
        "%(count)s person finishes a round by the former goals; the next one has the goals below.",
        "%(count)s people finish a round by the former goals; the next one has the goals below.",
        count,
    ) % {"count": figures.number(count)}


def work_words(found: MilestonesView) -> str:
    """How far the work on cards above a goal has come; "" where there was none."""
    work = found.settling
    if work is None:
        return ""
    values = {"done": figures.number(work.done), "total": figures.number(work.total)}
    if work.state != "done":
        return _("%(done)s of %(total)s cards are done") % values
    if work.choice == "leave":
        return ngettext("%(count)s card was left as it was", "%(count)s cards were left as they were", work.done) % {
            "count": figures.number(work.done)
        }
    return ngettext("%(count)s reward was given", "%(count)s rewards were given", work.rewards) % {
        "count": figures.number(work.rewards)
    }


@require_safe
@page(right="rewards:read")
def progress(request: PageRequest, card_type: str) -> HttpResponse:
    """How far the work on cards above a goal has come: asked for again and again while it runs."""
    view = access_card_type(request.actor, card_type)
    found = find_milestones(request.actor.chain_id, view.id)
    context = {
        "work": found.settling,
        "work_words": work_words(found),
        "progress_url": reverse("rewards:progress", args=[card_type]),
    }
    return render_page(request, "rewards/_progress.html", context)


@require_POST
@page(right="promotions:write")
def settle(request: PageRequest, card_type: str) -> HttpResponse:
    """Reward or leave the cards that stand above a goal now."""
    try:
        start_settling(
            request.actor, card_type, choice=request.POST.get("choice", ""), defer=defer_settling, now=request.now
        )
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    return done(request, reverse("rewards:milestones", args=[card_type]))
