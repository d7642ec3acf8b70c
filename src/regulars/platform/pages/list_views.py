"""The tabs above a list: views of our own and those that staff saved (CUS-2)."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from regulars.platform.pages.words import Text

PLACES: Final = ("after", "before", "view")
"""Where one is in a list, and the view one came from: no view keeps them."""


class SavedLine(Protocol):
    """A view that staff saved: its name, the query of its list, and its id in addresses."""

    @property
    def name(self) -> str:
        """What staff called it."""
        ...

    @property
    def query(self) -> str:
        """What it shows."""
        ...

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        ...


def views_bar(
    request: HttpRequest,
    *,
    list_name: str,
    own: Sequence[tuple[Text, str]],
    saved: Sequence[SavedLine],
    parameters: Sequence[str],
    address: Callable[[str, str], str],
) -> dict[str, Any]:
    """What `components/views_bar.html` shows. `parameters` are those of the list's address, `address` names a page of a
    view, or with the list's name the page that saves one."""
    chosen = request.GET.get("view", "")
    current = next((line for line in saved if line.public_id == chosen), None)
    shown = kept(request.GET, parameters)
    place = {name: request.GET.get(name, "") for name in PLACES}
    return {
        "own_views": [(label, query, shown == query and not any(place.values())) for label, query in own],
        "saved_views": [
            (line.name, f"{line.query}{'&' if line.query else ''}view={line.public_id}", line is current)
            for line in saved
        ],
        "current_view": current,
        "view_changed": current is not None and shown != kept(QueryDict(current.query), parameters),
        "kept_query": shown,
        "view_urls": {name: address(f"{name}_view", chosen) for name in ("update", "rename", "delete")}
        if current
        else {},
        "save_view_url": f"{address('save_view', list_name)}?{urlencode({'query': shown})}" if shown else "",
    }


def kept(query: QueryDict, parameters: Sequence[str]) -> str:
    """What a view keeps of a list's address, in one order."""
    pairs = [(name, value) for name in parameters if name not in PLACES for value in query.getlist(name) if value]
    return urlencode(pairs)
