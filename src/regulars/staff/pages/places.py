"""Where one works: the switcher, the login without a place, the set-up list."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.pages.answer import done, render_page
from regulars.platform.pages.preferences import safe_next
from regulars.platform.sessions import PageRequest, choose_place, page
from regulars.staff.actions import hide_set_up_list


@require_POST
@page()
def choose(request: PageRequest, chain: str, location: str = "") -> HttpResponse:
    """Work in another chain or location from now on; from another chain one goes on at its first page."""
    chain_id, location_id = decode("chn", chain), decode("loc", location)
    if chain_id not in {one.id for one in request.visit.chains} or chain_id is None:
        raise Refused(NotFound())
    is_here = chain_id == request.actor.chain_id
    if location and (not is_here or location_id not in {one.id for one in request.visit.locations}):
        raise Refused(NotFound())
    choose_place(request, chain_id=chain_id, location_id=location_id)
    return done(request, safe_next(request) if is_here else "/")


@require_safe
@page(needs_chain=False)
def show_no_business(request: PageRequest) -> HttpResponse:
    """For a login that has no place in any chain: how to get one."""
    if request.visit.chain is not None:
        return done(request, "/")
    return render_page(request, "staff/no_business.html", {"may_open": request.login.may_open_chains})


@require_POST
@page()
def keep_set_up_list(request: PageRequest) -> HttpResponse:
    """Hide the set-up list, or bring it back."""
    hide_set_up_list(request.actor, hidden=request.POST.get("hidden") == "1")
    return done(request, safe_next(request))
