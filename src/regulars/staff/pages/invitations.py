"""The page behind an invitation's link."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import real_now
from regulars.platform.outbound_mail import can_send_mail
from regulars.platform.pages.answer import render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.security import public_page
from regulars.platform.problems import sentence
from regulars.platform.sessions import Visit, choose_place
from regulars.staff.actions import accept_invitation
from regulars.staff.actions.invitations import Accepted, FoundInvitation, find_invitation
from regulars.staff.pages.forms import JoinForm
from regulars.staff.pages.sign_in import device_of, enter, find_visit, see_other
from regulars.staff.pages.words import ROLE_NAMES


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def show_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites whom as what, and take the place. Looking at the page changes nothing."""
    visit = find_visit(request)
    try:
        offer = find_invitation(token, now=real_now())
    except Refused as refused:
        context = {"text": sentence(refused.refusal), "can_send_mail": False}
        return render_page(request, "staff/link_expired.html", context, status=refused.refusal.status)
    is_known = offer.login_id is not None
    form = JoinForm(None if is_known else request.POST or None)
    problem, status = "", 200
    if request.method == "POST" and (is_known or form.is_valid()):
        try:
            joined = _accept(request, token, form, visit)
        except Refused as refused:
            status = refused.refusal.status
            if isinstance(refused.refusal, Invalid):
                show_refusal(form, refused.refusal)
            else:
                problem = sentence(refused.refusal)
        else:
            return _go_in(request, joined, offer)
    context = {
        "offer": offer,
        "role": ROLE_NAMES.get(offer.role, offer.role),
        "form": form,
        "problem": problem,
        "is_known": is_known,
        "is_me": visit is not None and visit.login.id == offer.login_id,
        "is_another": visit is not None and visit.login.id != offer.login_id,
        "visit": visit,
        "can_send_mail": can_send_mail(),
    }
    return render_page(request, "staff/invitation.html", context, status=422 if form.errors else status)


def _accept(request: HttpRequest, token: str, form: JoinForm, visit: Visit | None) -> Accepted:
    given = form.cleaned_data if form.is_bound else {}
    return accept_invitation(
        token,
        name=given.get("name", ""),
        password=given.get("password", ""),
        language=get_language() or "en",
        signed_in_as=visit.login.id if visit else None,
        address=client_address(request),
        device=device_of(request),
        now=real_now(),
    )


def _go_in(request: HttpRequest, joined: Accepted, offer: FoundInvitation) -> HttpResponse:
    response = enter(request, joined.session, "/") if joined.session else see_other("/")
    choose_place(request, chain_id=joined.chain_id, location_id=None)
    toast(request, _("Welcome to %(name)s") % {"name": offer.chain_name})
    return response
