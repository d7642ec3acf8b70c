"""What a card leads to, on its web card: the next reward, how far it is, and the awards that wait at the till (RWD-1)."""

from functools import partial
from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string

from regulars.platform.pages.web_card import ShownCard
from regulars.rewards.pages.words import picture_url, standing_context
from regulars.rewards.queries.given import GivenFilter, find_given
from regulars.rewards.queries.milestones import find_card_standing

AWARDS_MAX: Final = 20
HANDED_MAX: Final = 3


def show_own_rewards(request: HttpRequest, card: ShownCard) -> str:
    """Where the card stands among its goals, the awards that wait and the last that were handed over.

    Vouchers have their own place.
    """
    standing = find_card_standing(card.chain.id, card.card_id)
    waiting, _more = find_given(
        card.chain.id, GivenFilter(card_id=card.card_id, is_open=True), now=card.now, limit=AWARDS_MAX
    )
    awards = [one for one in waiting if one.kind == "award"]
    handed, _more = find_given(
        card.chain.id, GivenFilter(card_id=card.card_id, state="handed_over"), now=card.now, limit=HANDED_MAX
    )
    if standing is None and not awards and not handed:
        return ""
    context = {
        "standing": standing_context(standing, partial(picture_url, token=card.token)) if standing else None,
        "awards": awards,
        "handed": handed,
        "now": card.now,
    }
    return render_to_string("rewards/_own.html", context, request)
