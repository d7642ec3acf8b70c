"""The list's own query, carried from page to page: a reload, Back and a closed panel find the same list again."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from regulars.kernel.ids import encode

LIST_PARAMETERS: Final = ("q", "tag", "type", "import", "loyalty", "order", "after", "before", "col", "view")
FILTER_PARAMETERS: Final = ("tag", "type", "import", "loyalty")
VALUE_LENGTH_MAX: Final = 1_000


def list_query(request: HttpRequest, *, leave: tuple[str, ...] = ()) -> str:
    """The part of this address that says what the list shows, without a question mark; "" for the plain list."""
    return urlencode(
        [
            (name, value)
            for name in LIST_PARAMETERS
            if name not in leave
            for value in request.GET.getlist(name)
            if value and len(value) <= VALUE_LENGTH_MAX
        ]
    )


def list_url(request: HttpRequest, *, leave: tuple[str, ...] = ()) -> str:
    """The list as this address shows it, with nothing open beside it."""
    query = list_query(request, leave=leave)
    return reverse("customers:list") + (f"?{query}" if query else "")


def panel_url(request: HttpRequest, customer_id: UUID) -> str:
    """The list as this address shows it, with one customer open beside it."""
    query = list_query(request)
    return f"{reverse('customers:list')}?{query}{'&' if query else ''}open={encode('cus', customer_id)}"


def customer_url(customer_id: UUID) -> str:
    """The page of a customer."""
    return reverse("customers:show", args=[encode("cus", customer_id)])


def reverse_or_none(name: str, *arguments: str) -> str:
    """An address of another feature; "" as long as that has no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
