"""The gift cards of whoever holds a card, on the public web card (CRD-8)."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from regulars.giftcards.queries.giftcards import list_good_gift_cards
from regulars.kernel.codes import code_key
from regulars.platform.pages import figures
from regulars.platform.pages.web_card import ShownCard


def show_own_gift_cards(request: HttpRequest, card: ShownCard) -> str:
    """The gift cards of the holder that are good, each with its code: whoever has the link of the card has them."""
    if card.customer_id is None:
        return ""
    shown = [
        {
            "card": one,
            "letters": code_key(one.code) if one.code else "",
            "left": figures.money(one.balance, card.chain.currency),
            "last_day": one.last_day,
        }
        for one in list_good_gift_cards(card.chain.id, card.customer_id, now=card.now)
    ]
    context = {"gift_cards": shown, "is_blocked": card.is_blocked}
    return render_to_string("giftcards/_own.html", context, request) if shown else ""
