"""What the frame around a page shows: navigation, the place one is in, the person, the preferences.

The project names two things in its settings, so that this package need not know any feature:
`REGULARS_NAVIGATION`, dotted path of a sequence of NavItem, and `REGULARS_SHELL`, dotted path of a function
`(request) -> Shell | None`. A view or middleware may also set `request.shell` itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.module_loading import import_string

from .preferences import Preferences, read_preferences

DOCK_ITEMS_MAX = 4
UNREAD_MAX = 99
Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One entry of the navigation; `needs` is a scope the reader must hold, `prefix` marks the pages below it."""

    key: str
    label: Text
    url_name: str
    icon: str
    group: Text = ""
    needs: str = ""
    in_dock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A choice in the switcher: a chain or a location; choosing posts to `url`, for it changes where one works."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Facts of the frame around a signed-in page."""

    chain_name: str
    location_name: str = ""
    chains: Sequence[Link] = ()
    locations: Sequence[Link] = ()
    person_name: str = ""
    email: str = ""
    role: str = ""
    accent: str = ""
    scopes: frozenset[str] | None = None  # None: everything
    sign_out_url: str = ""
    account_url: str = ""
    notifications_url: str = ""
    unread: int = 0
    demo_start_url: str = ""  # set on the sample chain: where "Start your own" leads
    demo_remove_url: str = ""
    languages: Sequence[str] = ()
    test_now: datetime | None = None  # what the clock of a test chain shows
    clock_url: str = ""

    @property
    def unread_text(self) -> str:
        """How many notifications are unread, as far as anybody counts."""
        return f"{UNREAD_MAX}+" if self.unread > UNREAD_MAX else str(self.unread)

    @property
    def has_switcher(self) -> bool:
        """True when there is something to switch between."""
        return len(self.chains) > 1 or len(self.locations) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """A navigation entry as the template shows it."""

    label: Text
    url: str
    icon: str
    group: Text
    current: bool
    in_dock: bool


def shell_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, `nav_items`, `nav_groups`, `dock_items`, `preferences`.

    Everything is computed only when a template asks, so an error page never touches the database through it.
    """
    items = SimpleLazyObject(lambda: shown_items(request))
    return {
        "shell": SimpleLazyObject(lambda: find_shell(request)),
        "nav_items": items,
        "nav_groups": SimpleLazyObject(lambda: grouped(cast("list[ShownItem]", items))),
        "dock_items": SimpleLazyObject(
            lambda: [item for item in cast("list[ShownItem]", items) if item.in_dock][:DOCK_ITEMS_MAX]
        ),
        "preferences": SimpleLazyObject(lambda: preferences_of(request)),
    }


def find_shell(request: HttpRequest) -> Shell | None:
    """The frame's facts for this request, asked for once; None for a visitor who is not signed in."""
    if not hasattr(request, "shell"):
        path = getattr(settings, "REGULARS_SHELL", "")
        make = cast("Callable[[HttpRequest], Shell | None]", import_string(path)) if path else None
        request.shell = make(request) if make else None  # type: ignore[attr-defined]
    return cast("Shell | None", request.shell)  # type: ignore[attr-defined]


def preferences_of(request: HttpRequest) -> Preferences:
    """The reader's own choices: theme, density, shortcuts; a login's own go before those of the device."""
    return getattr(request, "preferences", None) or read_preferences(request)


def shown_items(request: HttpRequest) -> list[ShownItem]:
    """The navigation entries this reader may open, in the registered order."""
    path = getattr(settings, "REGULARS_NAVIGATION", "")
    registered: Sequence[NavItem] = import_string(path) if path else ()
    shell = find_shell(request)
    here = best_match(request, registered)
    return [
        ShownItem(
            label=item.label, url=url, icon=item.icon, group=item.group, current=item.key == here, in_dock=item.in_dock
        )
        for item in registered
        if may_see(item, shell) and (url := address(item))
    ]


def may_see(item: NavItem, shell: Shell | None) -> bool:
    """True when the entry needs no scope or the reader holds it."""
    return not item.needs or shell is None or shell.scopes is None or item.needs in shell.scopes


def address(item: NavItem) -> str:
    """The entry's address, or "" while its feature has no page."""
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return ""


def best_match(request: HttpRequest, registered: Sequence[NavItem]) -> str:
    """The key of the entry whose address is the longest beginning of this page's path."""
    found = [(len(url), item.key) for item in registered if (url := address(item)) and lies_under(request.path, url)]
    return max(found)[1] if found else ""


def lies_under(path: str, url: str) -> bool:
    """True when `path` is `url` or a page below it; the front page has nothing below it."""
    trunk = url.rstrip("/")
    return path == url or (trunk != "" and (path == trunk or path.startswith(trunk + "/")))


def grouped(items: Sequence[ShownItem]) -> list[tuple[str, list[ShownItem]]]:
    """Entries under their group heading, groups in the order in which they first appear."""
    groups: dict[str, list[ShownItem]] = {}
    for item in items:
        groups.setdefault(str(item.group), []).append(item)
    return list(groups.items())
