"""What the till adds to the public web card: the phone remembers the card, for codes on receipts (TIL-4)."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from regulars.kernel.ids import encode
from regulars.platform.pages.web_card import ShownCard


def remember_card(request: HttpRequest, card: ShownCard) -> str:
    """A mark by which the phone remembers this card; what a card that cannot be used needs no more."""
    if card.is_blocked or card.is_expired:
        return ""
    context = {"chain": encode("chn", card.chain.id), "token": card.token}
    return render_to_string("till/_remember.html", context, request=request)
