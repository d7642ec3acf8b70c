"""Addresses of the pages of orders; the list's own query travels along, so that Back finds the same list."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from regulars.kernel.ids import encode

LIST_PARAMETERS: Final = (
    "q", "state", "location", "channel", "period", "from", "to", "customer", "card", "import", "after", "before",
    "view",
)  # fmt: skip
FILTER_PARAMETERS: Final = ("location", "channel", "period", "from", "to", "customer", "card", "import")
VALUE_LENGTH_MAX: Final = 600


def list_query(request: HttpRequest, *, leave: tuple[str, ...] = ()) -> str:
    """The part of this address that says what the list shows, without a question mark."""
    pairs = [
        (name, value)
        for name in LIST_PARAMETERS
        if name not in leave
        for value in request.GET.getlist(name)
        if value and len(value) <= VALUE_LENGTH_MAX
    ]
    return urlencode(pairs)


def list_url(request: HttpRequest) -> str:
    """The list as this address shows it."""
    query = list_query(request)
    return reverse("orders:list") + (f"?{query}" if query else "")


def panel_url(request: HttpRequest, order_id: UUID) -> str:
    """The list as this address shows it, with one order open beside it."""
    query = list_query(request)
    return f"{reverse('orders:list')}?{query}{'&' if query else ''}open={encode('ord', order_id)}"


def order_url(order: UUID | str, page: str = "show") -> str:
    """A page of an order."""
    return reverse(f"orders:{page}", args=[order if isinstance(order, str) else encode("ord", order)])


def reverse_or_none(name: str, *arguments: str) -> str:
    """An address of another feature; "" as long as that has no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
