"""What cards got: waiting, handed over, cancelled; and what a card can get, beside it (RWD-1, RWD-2, TIL-2)."""

import secrets
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.queries.cards import CardView, access_card
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.errors import InvalidCursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.acting_once import act_once
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.rewards.actions.catalogue import cancel_reward, hand_over, redeem_reward, undo_hand_over
from regulars.rewards.actions.stamps import StampCommand, stamp_card
from regulars.rewards.pages import words
from regulars.rewards.queries.given import GivenFilter, GivenReward, access_given, find_given, list_given
from regulars.rewards.queries.milestones import find_card_standing
from regulars.rewards.queries.rewards import list_rewards

PAGE_SIZE: Final = 50
LISTING: Final = "given-rewards-page"
OF_CARD_MAX: Final = 10
STAMPS_OFFERED: Final = (1, 2, 3)


@require_safe
@page(right="rewards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """What cards got, newest first: what waits, or all of it."""
    is_open = request.GET.get("open") == "1"
    try:
        after = read_id_cursor(LISTING, request.GET.get("after"))
    except Refused as refused:
        if not isinstance(refused.refusal, InvalidCursor):
            raise
        after = None
    found, last = list_given(request.actor, GivenFilter(is_open=is_open), now=request.now, after=after, limit=PAGE_SIZE)
    address = reverse("rewards:given")
    context = {
        "rows": [_row(request, one) for one in found],
        "now": request.now,
        "is_open": is_open,
        "views": [(_("All"), address, not is_open), (_("Waiting"), f"{address}?open=1", is_open)],
        "next_url": listing.address_with(request, after=write_cursor(LISTING, [str(last)])) if last else "",
    }
    return render_page(request, "rewards/given_list.html", context)


@require_safe
@page(right="rewards:read")
def show_given(request: PageRequest, given: str) -> HttpResponse:
    """One reward that a card got: what became of it, how a lottery was drawn."""
    one = access_given(request.actor, given, now=request.now)
    context = {
        "row": _row(request, one),
        "one": one,
        "now": request.now,
        "may_write": request.actor.may("rewards:write"),
        "drawn": one.drawn,
        "number": figures.number(one.drawn["number"]) if one.drawn else "",
        "back": reverse("rewards:given"),
    }
    return render_page(request, "rewards/given.html", context)


def _row(request: PageRequest, one: GivenReward, back: str = "") -> dict[str, Any]:
    public = encode("grw", one.id)
    label, tone, icon = words.state_of(one)
    return {
        "one": one,
        "url": reverse("rewards:show_given", args=[public]),
        "card_url": reverse("cards:show", args=[encode("crd", one.card_id)]),
        "holder": one.holder or "",
        "state": {"label": label, "tone": tone, "icon": icon},
        "kind": words.KINDS_SHORT[one.kind],
        "origin": words.ORIGINS[one.origin],
        "voucher_url": _address("vouchers:show", encode("vch", one.voucher_id)) if one.voucher_id else "",
        "hand_over_url": reverse("rewards:hand_over", args=[public]) + back,
        "undo_url": reverse("rewards:undo_hand_over", args=[public]) + back,
        "cancel_url": reverse("rewards:cancel", args=[public]) + back,
        "is_award": one.kind == "award" and one.state == "given",
        "is_cancellable": one.state == "given"
        and one.kind != "nothing"
        and one.voucher_state not in ("redeemed", "cancelled")
        and not (one.origin == "catalogue" and one.drawn),
    }


def _address(name: str, *arguments: str) -> str:
    """An address of another feature; "" as long as it has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


@page(right="rewards:read")
def show_of_card(request: PageRequest, card: str) -> HttpResponse:
    """Where a card stands, what waits for it and what it can get: beside the card, or as a page of its own."""
    view = access_card(request.actor, card, now=request.now)
    return render_page(
        request,
        "rewards/of_card.html",
        of_card_context(request, view),
        fragments={"rewards-of": "rewards/_of_card.html"},
    )


def of_card_context(request: PageRequest, card: CardView) -> dict[str, Any]:
    """The rewards of a card for a template."""
    actor, public = request.actor, encode("crd", card.id)
    standing = find_card_standing(actor.chain_id, card.id)
    waiting, _more = find_given(
        actor.chain_id, GivenFilter(card_id=card.id, is_open=True), now=request.now, limit=OF_CARD_MAX
    )
    may_sell = actor.may("rewards:write") and actor.may("balances:write") and card.status == "active"
    available = {balance.balance_type_id: balance.available for balance in card.balances}
    catalogue = [
        {
            "reward": one,
            "price": words.price_text(one),
            "is_affordable": available[one.price_type_id] >= one.price and one.stock != 0,
            "url": reverse("rewards:buy", args=[public, encode("rwd", one.id)]),
            "once": secrets.token_urlsafe(18),
        }
        for one in (list_rewards(actor, listed=True) if may_sell else ())
        if one.price is not None and one.price_type_id in available
    ]
    has_stamps = any(balance.kind == "stamps" for balance in card.balances)
    return {
        "card": card,
        "card_url": reverse("cards:show", args=[public]),
        "standing": words.standing_context(standing, words.picture_url) if standing else None,
        "waiting": [_row(request, one, "?back=card") for one in waiting],
        "catalogue": catalogue,
        "stamp_url": reverse("rewards:stamp", args=[public])
        if has_stamps and actor.may("balances:write") and card.status == "active"
        else "",
        "counts": STAMPS_OFFERED,
        "may_write": actor.may("rewards:write"),
    }


@require_POST
@page(right="balances:write")
def stamp(request: PageRequest, card: str) -> HttpResponse:
    """Give a card stamps; a second time within a moment asks whether it is another visit."""
    typed = request.POST.get("count", "1")
    count = int(typed) if typed.isdecimal() and len(typed) < 4 else 1
    command = StampCommand(
        card=card,
        count=count,
        location_id=request.location.id if request.location else None,
        source="staff",
        again=request.POST.get("again") == "1",
    )
    try:
        stamped = stamp_card(request.actor, command, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        if refused.refusal.code == "stamped_recently":
            return _ask_again(request, card, count)
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        said = ngettext("%(count)s stamp given", "%(count)s stamps given", stamped.given) % {
            "count": figures.number(stamped.given)
        }
        rewards = ", ".join(one.title for one in stamped.rewards)
        toast(request, _("%(said)s: %(rewards)s") % {"said": said, "rewards": rewards} if rewards else said)
    return _back_to_card(request, card)


def _ask_again(request: PageRequest, card: str, count: int) -> HttpResponse:
    with_card = {"card_id": card, "count": count, "action": reverse("rewards:stamp", args=[card])}
    context = with_card | {"card_url": reverse("cards:show", args=[card])}
    return render_page(request, "rewards/again.html", context, status=422, fragments={"modal": "rewards/_again.html"})


@require_POST
@page(right="rewards:write")
def buy(request: PageRequest, card: str, reward: str) -> HttpResponse:
    """Give a reward of the catalogue for points of the card."""
    form = OnceForm(request.POST)
    form.is_valid()
    place = request.location.id if request.location else None
    try:
        given = act_once(
            request,
            form,
            f"reward buy {card} {reward}",
            lambda: redeem_reward(request.actor, reward, card, location_id=place, now=request.now),
        )
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        if given is not None:
            toast(request, _("“%(title)s” is given") % {"title": given.title})
    return _back_to_card(request, card)


@require_POST
@page(right="rewards:write")
def hand_over_given(request: PageRequest, given: str) -> HttpResponse:
    """Mark an award as handed over, with Undo."""
    place: UUID | None = request.location.id if request.location else None
    undo = reverse("rewards:undo_hand_over", args=[given])
    return _changed(
        request,
        lambda: hand_over(request.actor, given, location_id=place, now=request.now),
        _("“%(title)s” is handed over"),
        undo_url=undo,
    )


@require_POST
@page(right="rewards:write")
def undo_given(request: PageRequest, given: str) -> HttpResponse:
    """Say that it was not handed over after all."""
    return _changed(
        request, lambda: undo_hand_over(request.actor, given, now=request.now), _("“%(title)s” waits again")
    )


@require_POST
@page(right="rewards:write")
def cancel_one(request: PageRequest, given: str) -> HttpResponse:
    """Cancel a reward that nobody has used."""
    reason = request.POST.get("reason", "")[:500]
    return _changed(
        request,
        lambda: cancel_reward(request.actor, given, reason=reason, now=request.now),
        _("“%(title)s” is cancelled"),
    )


def _changed(request: PageRequest, change: Any, said: str, *, undo_url: str = "") -> HttpResponse:
    try:
        one: GivenReward = change()
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, reverse("rewards:given"))
    toast(request, said % {"title": one.title}, undo_url=undo_url)
    if request.GET.get("back") == "card":
        return _back_to_card(request, encode("crd", one.card_id))
    return done(request, reverse("rewards:show_given", args=[encode("grw", one.id)]))


def _back_to_card(request: PageRequest, card: str) -> HttpResponse:
    return done(request, reverse("cards:show", args=[card]), target="panel", changed="list-changed")
