"""Who looks at a page: the signed-in login, its place in a chain, the chosen location (ORG-1, ORG-7).

`@page(right="cards:read")` opens all of that in one round trip and puts it on the request. A page that is only read
runs, template and all, in one transaction in which only the rows of its chain exist. A page that changes something
runs in none: the action that it calls opens its own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import has_forbidden
from regulars.platform.actor import Actor, rights_of
from regulars.platform.client_address import client_address
from regulars.platform.clock import NOT_AHEAD, now_ahead, showing_clock
from regulars.platform.database import LOCK_TIMEOUT, row
from regulars.platform.pages.preferences import Preferences
from regulars.platform.stand_in import RIGHTS, Presence, StandIn, read_stand_in, stand_in_of
from regulars.platform.tenancy import ChainChoice, ChainSettings, LocationSettings

P = ParamSpec("P")

SESSION_KEY: Final = "login_session"
CHAIN_KEY: Final = "chain"
LOCATION_KEY: Final = "location"
LOCKED_KEY: Final = "locked_to"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_DOOR: Final = """
SELECT login_id, email, login_name, language, theme, shortcuts, may_open_chains, staff_id, role, rights_added,
    rights_removed, location_ids, set_up_hidden, chain_id, chain_name, country, currency, time_zone, chain_language,
    accent, trade, is_sample, chain_version, location_count, chains::text, locations::text, density, unread,
    is_test, clock_ahead
FROM door_page(%s, %s, %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLogin:
    """The person who is signed in, with their own choices."""

    id: UUID
    email: str
    name: str
    language: str
    theme: str
    shortcuts: bool
    density: str
    may_open_chains: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything a page knows about its reader; chain and actor are None for a login without a place anywhere."""

    session_id: UUID
    login: PageLogin
    actor: Actor | None
    role: str
    set_up_hidden: bool
    chain: ChainSettings | None
    location: LocationSettings | None
    chains: tuple[ChainChoice, ...]
    locations: tuple[LocationSettings, ...]
    unread: int = 0
    stand_in: Presence = ""
    """Whether it is somebody else's session, in which the reader stands in by their PIN."""


class PageRequest(HttpRequest):
    """A request inside `@page`: what the decorator has put there."""

    visit: Visit
    login: PageLogin
    actor: Actor
    chain: ChainSettings
    location: LocationSettings | None
    htmx: HtmxDetails
    preferences: Preferences
    now: datetime


PageView = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def page(*, right: str = "", needs_chain: bool = True) -> Callable[[PageView[P]], Callable[..., HttpResponseBase]]:
    """Let only signed-in staff see a page, and only those who hold `right`.

    Without `needs_chain` a login that has no place in any chain may see it too; then `request.actor` is missing.
    Strangers are led to the sign-in and back. A refusal that the page does not handle is shown by `page_edge`.
    """

    def decorate(view: PageView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if any(isinstance(value, str) and has_forbidden(value) for value in kwargs.values()):
                raise Refused(NotFound())
            locked = locked_address(request)
            if locked and not _lies_below(request.path, locked):
                return _redirect(request, locked)

            def show() -> HttpResponseBase:
                return _in_their_zone(cast("PageRequest", request), lambda shown: view(shown, *args, **kwargs))

            if request.method not in READING:
                with transaction.atomic(durable=True):
                    visit = open_visit(request)
                return _enter(request, visit, right, needs_chain) or show()
            with transaction.atomic(durable=True):
                visit = open_visit(request)
                return _enter(request, visit, right, needs_chain) or show()

        return guarded

    return decorate


def _enter(request: HttpRequest, visit: Visit | None, right: str, needs_chain: bool) -> HttpResponseBase | None:
    """Put the visit on the request; an answer where there is none or it lacks what the page needs."""
    if visit is None:
        return to_sign_in(request)
    stand_in = stand_in_of(request)
    if stand_in is not None and visit.stand_in == "gone" and not _lies_below(request.path, stand_in.door):
        return _redirect(request, stand_in.door)
    request.visit = visit  # type: ignore[attr-defined]
    request.login = visit.login  # type: ignore[attr-defined]
    request.preferences = preferences_of(visit.login)  # type: ignore[attr-defined]
    request.now = now_ahead(_ahead_of(visit))  # type: ignore[attr-defined]
    # Until the next request starts with its own: error pages after this one speak the reader's language as well.
    translation.activate(visit.login.language)
    if visit.actor is None:
        return _redirect(request, reverse("staff:no_chain")) if needs_chain else None
    request.actor = visit.actor  # type: ignore[attr-defined]
    request.chain = visit.chain  # type: ignore[attr-defined]
    request.location = visit.location  # type: ignore[attr-defined]
    if right:
        visit.actor.require(right)
    return None


def _in_their_zone(request: PageRequest, view: Callable[[PageRequest], HttpResponseBase]) -> HttpResponseBase:
    """Show the page with the clock of its location, else of its chain."""
    place = request.visit.location or request.visit.chain
    zone = ZoneInfo(place.time_zone) if place else None
    with timezone.override(zone), showing_clock(_ahead_of(request.visit)):
        return view(request)


def _ahead_of(visit: Visit) -> timedelta:
    return visit.chain.clock_ahead if visit.chain else NOT_AHEAD


def open_visit(request: HttpRequest) -> Visit | None:
    """Read who is looking and open their chain for the running transaction; None for a stranger.

    Who stands in by a PIN is a stranger wherever the PIN does not reach, and so is whoever signed in at the device.
    """
    session_id = _uuid_in(request, SESSION_KEY)
    stand_in = stand_in_of(request)
    if session_id is None or (stand_in is not None and not stand_in.opens(request.path)):
        return None
    found = row(_DOOR, [session_id, _uuid_in(request, CHAIN_KEY), LOCK_TIMEOUT])
    if found is None:
        return None
    visit = _read(request, session_id, found)
    return visit if stand_in is None or visit.actor is None else _stand_in(request, visit, visit.actor, stand_in)


def _stand_in(request: HttpRequest, visit: Visit, owner: Actor, stand_in: StandIn) -> Visit:
    """The visit of who stands in at the device of `owner`: of the person themselves, and of nobody where they may not."""
    found = read_stand_in(stand_in, owner.chain_id)
    alone = replace(visit, set_up_hidden=True, chains=(), unread=0)
    if found is None:
        nobody = replace(owner, rights=frozenset(), staff_id=None, login_id=None)
        return replace(alone, actor=nobody, role="", stand_in="gone")
    login_id, email, name, language, theme, shortcuts, density, role, added, removed, location_ids = found
    login = PageLogin(
        id=login_id,
        email=email,
        name=name or email,
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        theme=theme,
        shortcuts=shortcuts,
        density=density,
        may_open_chains=False,
    )
    actor = replace(
        owner,
        rights=rights_of(role, added, removed) & RIGHTS,
        staff_id=stand_in.staff_id,
        login_id=login_id,
        location_ids=None if location_ids is None else frozenset(location_ids),
        language=login.language,
    )
    # The device stands where its own sign-in may be: a place of both is left.
    locations = tuple(one for one in visit.locations if location_ids is None or one.id in location_ids)
    return replace(
        alone,
        login=login,
        actor=actor,
        role=role,
        location=_chosen_location(request, actor, locations),
        locations=locations,
        stand_in="here",
    )


def _read(request: HttpRequest, session_id: UUID, found: tuple[Any, ...]) -> Visit:
    login = PageLogin(
        id=found[0],
        email=found[1],
        name=found[2] or found[1],
        language=found[3] if found[3] in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        theme=found[4],
        shortcuts=found[5],
        density=found[26],
        may_open_chains=found[6],
    )
    staff_id, role, added, removed, location_ids, hidden, chain_id = found[7:14]
    if chain_id is None:
        return Visit(
            session_id=session_id,
            login=login,
            actor=None,
            role="",
            set_up_hidden=False,
            chain=None,
            location=None,
            chains=(),
            locations=(),
        )
    actor = Actor(
        chain_id=chain_id,
        rights=rights_of(role, added, removed),
        through="page",
        staff_id=staff_id,
        login_id=login.id,
        location_ids=None if location_ids is None else frozenset(location_ids),
        address=client_address(request),
        request_id=getattr(request, "request_id", ""),
        language=login.language,
    )
    locations = tuple(
        LocationSettings(id=UUID(one["id"]), name=one["name"], time_zone=one["time_zone"]) for one in _json(found[25])
    )
    return Visit(
        session_id=session_id,
        login=login,
        actor=actor,
        role=role,
        set_up_hidden=hidden,
        chain=_chain_of(found),
        location=_chosen_location(request, actor, locations),
        chains=tuple(
            ChainChoice(id=UUID(one["id"]), name=one["name"], is_sample=one["is_sample"]) for one in _json(found[24])
        ),
        locations=locations,
        unread=found[27],
    )


def _chain_of(found: tuple[Any, ...]) -> ChainSettings:
    chain_id, name, country, currency, time_zone, language, accent, trade, is_sample, version, locations = found[13:24]
    return ChainSettings(
        id=chain_id,
        name=name,
        country=country,
        currency=currency,
        time_zone=time_zone,
        language=language,
        accent=accent,
        trade=trade,
        is_sample=is_sample,
        version=version,
        location_count=locations,
        is_test=found[28],
        clock_ahead=found[29],
    )


def _chosen_location(
    request: HttpRequest, actor: Actor, locations: tuple[LocationSettings, ...]
) -> LocationSettings | None:
    """The location chosen in the switcher, if it is still one of the reader's; who has only one is always there."""
    if actor.location_ids is not None and len(locations) == 1:
        return locations[0]
    wanted = _uuid_in(request, LOCATION_KEY)
    return next((one for one in locations if one.id == wanted), None)


def preferences_of(login: PageLogin) -> Preferences:
    """The login's own choices, whatever this device had before."""
    return Preferences(theme=login.theme, density=login.density, shortcuts="on" if login.shortcuts else "off")


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead a stranger to the sign-in and, where that is possible, back to this page."""
    back = request.get_full_path() if request.method in READING else ""
    url = reverse("staff:sign_in")
    response = _redirect(request, f"{url}?{urlencode({'next': back})}" if back not in ("", "/") else url)
    add_never_cache_headers(response)
    return response


def _redirect(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = 303 if request.method not in READING else 302
    return response


def start_session(request: HttpRequest, session_id: UUID) -> None:
    """Sign the browser in: a new key for its session, so that one planted before is worth nothing."""
    request.session.flush()
    request.session[SESSION_KEY] = str(session_id)


def end_session(request: HttpRequest) -> None:
    """Sign the browser out and forget everything it had chosen."""
    request.session.flush()


def lock_session(request: HttpRequest, address: str) -> None:
    """Let this browser see the pages at and below an address and no other, until it is unlocked or signs in anew."""
    request.session[LOCKED_KEY] = address


def unlock_session(request: HttpRequest) -> None:
    """Let this browser see every page again."""
    request.session.pop(LOCKED_KEY, None)


def locked_address(request: HttpRequest) -> str:
    """The address that this browser is locked to; "" where it is not."""
    return str(request.session.get(LOCKED_KEY) or "")


def _lies_below(path: str, address: str) -> bool:
    return path == address or path.startswith(address + "/")


def choose_place(request: HttpRequest, *, chain_id: UUID, location_id: UUID | None) -> None:
    """Remember which chain and location the reader works in from now on; whether they may is asked with each page."""
    request.session[CHAIN_KEY] = str(chain_id)
    request.session[LOCATION_KEY] = str(location_id or "")


def public_chain_id(chain: ChainSettings | ChainChoice) -> str:
    """The chain's id as people and programs see it."""
    return encode("chn", chain.id)


def _uuid_in(request: HttpRequest, key: str) -> UUID | None:
    try:
        return UUID(str(request.session.get(key) or ""))
    except ValueError:
        return None


def _json(text: str | None) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(text)) if text else []
