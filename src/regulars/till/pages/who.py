"""Who is at the till: a colleague takes over by name and PIN, and what is pressed from then on is theirs (UX 4)."""

from collections import Counter
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.platform.stand_in import StandIn, begin_stand_in
from regulars.staff.actions import prove_pin
from regulars.staff.errors import WrongPin
from regulars.staff.queries import StaffView, list_pin_holders
from regulars.till.pages.desk import Desk, desk_of, refuse_in_kiosk, render_stage


@require_safe
@page()
def show_who(request: PageRequest) -> HttpResponse:
    """Who is here, and who of those with a PIN may take over."""
    desk = _desk(request)
    return _render(request, desk, list_pin_holders(request.actor.chain_id, _here(request, desk)))


@require_POST
@page()
def take_over(request: PageRequest) -> HttpResponse:
    """Let a colleague stand in; the pages of the office are closed from then on, until somebody signs in."""
    desk = _desk(request)
    chosen = request.POST.get("staff", "").strip()[:64]
    try:
        proven = prove_pin(
            request.actor,
            session_id=request.visit.session_id,
            staff=chosen,
            pin=request.POST.get("pin", "").strip(),
            here=_here(request, desk),
            now=real_now(),
        )
    except Refused as refused:
        if not isinstance(refused.refusal, WrongPin | TooManyAttempts):
            raise
        with unit_of_work(request.actor.chain_id):
            people = list_pin_holders(request.actor.chain_id, _here(request, desk))
        return _render(request, desk, people, chosen=chosen, problem=sentence(refused.refusal))
    places = (reverse("till:show"), reverse("join:waiting_list"))
    stand_in = StandIn(staff_id=proven.staff_id, pin_id=proven.pin_id, places=places, door=reverse("till:who"))
    begin_stand_in(request, stand_in)
    return done(request, reverse("till:show"))


def _desk(request: PageRequest) -> Desk:
    """The till, where one may ask who is at it: whoever was here and is out sees nothing else. Refuses: Forbidden, NotInKiosk."""
    if request.visit.stand_in != "gone":
        request.actor.require("cards:read")
        refuse_in_kiosk(request)
    return desk_of(request)


def _here(request: PageRequest, desk: Desk) -> frozenset[UUID]:
    return frozenset([desk.place.id] if desk.place else [one.id for one in request.visit.locations])


def _render(
    request: PageRequest, desk: Desk, people: list[StaffView], *, chosen: str = "", problem: str = ""
) -> HttpResponse:
    names = Counter(one.name for one in people)
    context = {
        "people": [
            {
                "id": encode("stf", one.id),
                "name": one.name,
                "more": one.email if names[one.name] > 1 else "",
                "is_here": one.id == request.actor.staff_id,
            }
            for one in people
        ],
        "chosen": encode("stf", people[0].id) if len(people) == 1 else chosen,
        "who_problem": problem,
        "is_gone": request.visit.stand_in == "gone",
        "has_mine": any(one.id == request.actor.staff_id for one in people),
        "sign_in_url": f"{reverse('staff:sign_in')}?next={reverse('till:show')}",
    }
    return render_stage(request, desk, "who", context, status=UNPROCESSABLE if problem else 200)
