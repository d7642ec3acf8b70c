"""Addresses a list needs: the next page, the other order, without a filter; and the chips of what is filtered."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

PLACE_PARAMETERS = ("after", "before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where a list goes on; an empty address means there is nothing that way."""

    next_url: str = ""
    previous_url: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter that is on: what it filters, the value in words, and the address without it."""

    label: str
    value: str
    remove_url: str


def address_with(request: HttpRequest, **changes: str | None) -> str:
    """This page's address with some query parameters changed; None or "" takes one out.

    Changing anything but the place in the list starts the list at its beginning.
    """
    query = request.GET.copy()
    if not set(changes) <= set(PLACE_PARAMETERS):
        drop(query, *PLACE_PARAMETERS)
    for name, value in changes.items():
        drop(query, name)
        if value:
            query[name] = value
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path


def drop(query: QueryDict, *names: str) -> None:
    """Take parameters out of a query, present or not."""
    for name in names:
        if name in query:
            del query[name]


def pager(request: HttpRequest, *, after: str | None, before: str | None, text: str = "") -> Pager:
    """Make the pager of a list from its cursors; `text` says where one is ("1-50 of 4,812")."""
    return Pager(
        next_url=address_with(request, after=after, before=None) if after else "",
        previous_url=address_with(request, before=before, after=None) if before else "",
        text=text,
    )


def chip(request: HttpRequest, *, label: str, value: str, parameters: Sequence[str]) -> Chip:
    """Make the chip of a filter that the given query parameters make up."""
    return Chip(label=label, value=value, remove_url=address_with(request, **dict.fromkeys(parameters)))
