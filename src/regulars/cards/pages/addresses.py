"""The list's own query, carried from page to page: a reload, Back and a closed panel find the same list again."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from regulars.cards.pages.words import card_id
from regulars.cards.queries.cards import CardView

LIST_PARAMETERS = (
    "q",
    "type",
    "status",
    "holder",
    "platform",
    "location",
    "import",
    "customer",
    "order",
    "after",
    "before",
    "col",
    "view",
)
VALUE_LENGTH_MAX = 600


def list_query(request: HttpRequest) -> str:
    """The part of this address that says which list it came from, with its question mark; "" for the plain list."""
    pairs = [
        (name, value)
        for name in LIST_PARAMETERS
        for value in request.GET.getlist(name)
        if value and len(value) <= VALUE_LENGTH_MAX
    ]
    return f"?{urlencode(pairs)}" if pairs else ""


def list_url(request: HttpRequest) -> str:
    """The list that this page belongs to."""
    return reverse("cards:list") + list_query(request)


def card_url(request: HttpRequest, card: CardView | str, page: str = "show") -> str:
    """A page of a card, with the list that is open beside it."""
    identifier = card if isinstance(card, str) else card_id(card)
    return reverse(f"cards:{page}", args=[identifier]) + list_query(request)
