"""Signing in and out."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from regulars.kernel.refusal import Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import real_now
from regulars.platform.outbound_mail import can_send_mail
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.preferences import safe_next
from regulars.platform.sessions import (
    PageRequest,
    Visit,
    end_session,
    open_visit,
    page,
    start_session,
)
from regulars.staff.actions import SignedIn, sign_in, sign_out
from regulars.staff.pages.forms import SignInForm
from regulars.staff.queries import has_logins


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password, and lead on to where the person wanted to go."""
    if request.method != "POST":
        if find_visit(request):
            return HttpResponseRedirect("/")
        if not has_logins():
            return HttpResponseRedirect(reverse("staff:set_up"))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                signed_in = sign_in(
                    email=form.cleaned_data["email"],
                    password=form.cleaned_data["password"],
                    address=client_address(request),
                    device=device_of(request),
                    now=real_now(),
                )
            except Refused as refused:
                show_refusal(form, refused.refusal)
                status = refused.refusal.status
            else:
                return enter(request, signed_in, safe_next(request))
    context = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "can_send_mail": can_send_mail(),
        "has_errors": bool(form.errors),
    }
    return render_page(request, "staff/sign_in.html", context, status=status)


@require_POST
@page(needs_chain=False)
def sign_out_here(request: PageRequest) -> HttpResponse:
    """End the session of this browser."""
    visit = request.visit
    sign_out(login_id=visit.login.id, session_id=visit.session_id, actor=visit.actor, now=real_now())
    end_session(request)
    rotate_token(request)
    return see_other(reverse("staff:sign_in"))


def enter(request: HttpRequest, signed_in: SignedIn, url: str) -> HttpResponse:
    """Start the browser's session and go on."""
    start_session(request, signed_in.session_id)
    rotate_token(request)
    return see_other(url)


def see_other(url: str) -> HttpResponse:
    """Go on to another page after a form."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def find_visit(request: HttpRequest) -> Visit | None:
    """Who is signed in, on a page that strangers may see as well."""
    with transaction.atomic():
        return open_visit(request)


def device_of(request: HttpRequest) -> str:
    """What the browser says it is."""
    return str(request.META.get("HTTP_USER_AGENT", ""))
