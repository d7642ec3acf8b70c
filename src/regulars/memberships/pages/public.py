"""What the holder of a card has left of what they paid in advance, on the public web card (CRD-8)."""

from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string

from regulars.memberships.pages.words import ending_text, until_text, visits_text
from regulars.memberships.queries.memberships import list_of_card
from regulars.platform.pages.web_card import ShownCard

LIVE: Final = frozenset({"sold", "active", "frozen"})


def show_own_memberships(request: HttpRequest, card: ShownCard) -> str:
    """The memberships of a card and of its holder that are not over: what is left, until when, frozen until when."""
    today = card.now.astimezone(card.chain.zone).date()
    found = list_of_card(card.chain.id, card.card_id, card.customer_id, today=today)
    shown = [
        {"name": one.now.type_name, "visits": visits_text(one), "until": until_text(one), "ending": ending_text(one)}
        for one in found
        if one.now.state in LIVE
    ]
    return render_to_string("memberships/_own.html", {"memberships": shown}, request) if shown else ""
