"""The frame around a signed-in page: who one is, where one is, where else one may be."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.platform.clock import now_ahead
from regulars.platform.pages.shell import Link, Shell
from regulars.platform.sessions import Visit
from regulars.staff.pages.words import ROLE_NAMES


def find_shell(request: HttpRequest) -> Shell | None:
    """The facts of the frame; None on pages that strangers see. Needs no query: `@page` has read everything."""
    visit: Visit | None = getattr(request, "visit", None)
    if visit is None or visit.actor is None or visit.chain is None:
        return None
    chain, location = visit.chain, visit.location
    return Shell(
        chain_name=chain.name,
        location_name=location.name if location else "",
        chains=[
            Link(
                label=one.name,
                url=reverse("staff:choose_chain", args=[encode("chn", one.id)]),
                current=one.id == chain.id,
            )
            for one in visit.chains
        ],
        locations=_location_links(visit),
        person_name=visit.login.name,
        email=visit.login.email,
        role=str(ROLE_NAMES.get(visit.role, visit.role)),
        accent="" if chain.accent == "green" else chain.accent,
        scopes=visit.actor.rights,
        sign_out_url=reverse("staff:sign_out"),
        account_url=reverse("staff:account"),
        notifications_url=reverse("staff:notifications"),
        unread=visit.unread,
        demo_start_url=_start_url(visit),
        demo_remove_url=reverse("staff:remove_sample") if chain.is_sample and visit.role == "owner" else "",
        test_now=now_ahead(chain.clock_ahead) if chain.is_test else None,
        clock_url=reverse("chains:clock") if visit.actor.may("settings:read") else "",
    )


def _location_links(visit: Visit) -> list[Link]:
    """All locations first, then one by one; nothing where there is only one."""
    assert visit.chain is not None
    if len(visit.locations) < 2:
        return []
    chain = encode("chn", visit.chain.id)
    everywhere = Link(
        label=str(_("All locations")), url=reverse("staff:choose_chain", args=[chain]), current=visit.location is None
    )
    return [
        everywhere,
        *(
            Link(
                label=one.name,
                url=reverse("staff:choose_location", args=[chain, encode("loc", one.id)]),
                current=visit.location is not None and one.id == visit.location.id,
            )
            for one in visit.locations
        ),
    ]


def _start_url(visit: Visit) -> str:
    """Where "Start your own" leads: to whoever may open a business, on the sample."""
    is_offered = visit.chain is not None and visit.chain.is_sample and visit.login.may_open_chains
    return reverse("staff:set_up_business") if is_offered else ""
