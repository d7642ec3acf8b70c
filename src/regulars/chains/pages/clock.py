"""The clock of a test business, and the buttons that move it ahead (ORG-6)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from regulars.chains.actions import Forward, move_clock
from regulars.chains.jobs import defer_catch_up
from regulars.chains.pages.forms import ClockForm
from regulars.chains.queries import ChainClock, get_clock
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.figures import moment
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page

STEPS = (
    ("P1D", gettext_lazy("One day on")),
    ("P1W", gettext_lazy("One week on")),
    ("P1M", gettext_lazy("One month on")),
)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:read")
def show_clock(request: PageRequest) -> HttpResponse:
    """What the clock of a test business shows, and moving it ahead; a real business has no such page."""
    if not request.chain.is_test:
        raise Refused(NotFound())
    typed = request.method == "POST" and "advance" not in request.POST
    form = ClockForm(request.POST if typed else None)
    if request.method == "POST" and (not typed or form.is_valid()):
        forward = Forward(to=form.cleaned_data["to"]) if typed else Forward(advance=request.POST["advance"])
        try:
            moved = move_clock(request.actor, forward, real=real_now(), defer=defer_catch_up)
        except Refused as refused:
            if not typed:
                raise
            show_refusal(form, refused.refusal, fields={"clock_backwards": "to"})
        else:
            toast(request, _("It is now %(moment)s") % {"moment": moment(moved.now)})
            return done(request, reverse("chains:clock"))
    clock = _read(request)
    context = {
        "form": form,
        "clock": clock,
        "is_behind": clock.caught_up_to is None or clock.caught_up_to.date() < clock.now.date(),
        "move_steps": STEPS,
        "tabs": settings_tabs(request, "chains:clock"),
        "may_write": request.actor.may("settings:write"),
    }
    return render_page(request, "chains/clock.html", context, status=422 if form.errors else 200)


def _read(request: PageRequest) -> ChainClock:
    if request.method != "POST":
        return get_clock(request.actor.chain_id, real=real_now())
    with unit_of_work(request.actor.chain_id):
        return get_clock(request.actor.chain_id, real=real_now())
