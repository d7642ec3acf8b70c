"""A forgotten password: asking for a link, and using it."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from regulars.kernel.ids import decode
from regulars.kernel.refusal import Invalid, Refused
from regulars.kernel.text import email_key
from regulars.platform.attempts import Limit, Try, source_of, take_attempts
from regulars.platform.client_address import client_address
from regulars.platform.clock import real_now
from regulars.platform.outbound_mail import can_send_mail
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.security import public_page
from regulars.platform.problems import sentence
from regulars.staff.actions.passwords import can_reset, reset_password
from regulars.staff.errors import LinkExpired
from regulars.staff.jobs import send_reset_link
from regulars.staff.pages.forms import ForgotForm, NewPasswordForm
from regulars.staff.pages.sign_in import device_of, enter
from regulars.staff.queries import find_login_id

ASKED: Final = Limit(
    kind="reset_asked",
    free=3,
    first_wait=timedelta(minutes=1),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=6),
)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Send a link, and say the same whoever asked for whatever e-mail; without a mail server, say who can help."""
    form = ForgotForm(request.POST or None)
    context = {"form": form, "can_send_mail": can_send_mail(), "sent": False}
    status = 422 if form.errors else 200
    if request.method == "POST" and can_send_mail() and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            who = Try(ASKED, f"{email_key(email)} {source_of(client_address(request))}")
            take_attempts([who], now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal)
            status = refused.refusal.status
        else:
            # A stranger's address costs the same job, which then finds nobody.
            send_reset_link.defer(login_id=str(find_login_id(email) or uuid4()))
            context["sent"] = True
    context["has_errors"] = bool(form.errors)
    return render_page(request, "staff/forgot_password.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def reset_password_page(request: HttpRequest, person: str, token: str) -> HttpResponse:
    """Ask whoever holds the link for a new password, and sign them in with it. Looking at the page changes nothing."""
    login_id = decode("lgn", person)
    form = NewPasswordForm(request.POST or None)
    if login_id is None or not can_reset(login_id, token):
        return expired(request)
    if request.method == "POST" and form.is_valid():
        try:
            signed_in = reset_password(
                login_id=login_id,
                token=token,
                new=form.cleaned_data["password"],
                address=client_address(request),
                device=device_of(request),
                now=real_now(),
            )
        except Refused as refused:
            if not isinstance(refused.refusal, Invalid):
                return expired(request, sentence(refused.refusal), status=refused.refusal.status)
            show_refusal(form, refused.refusal)
        else:
            return enter(request, signed_in, "/")
    return render_page(request, "staff/reset_password.html", {"form": form}, status=422 if form.errors else 200)


def expired(request: HttpRequest, text: str = "", *, status: int = 410) -> HttpResponse:
    """Say that a link does not work any more, and how to get another."""
    context = {"text": text or sentence(LinkExpired()), "can_send_mail": can_send_mail()}
    return render_page(request, "staff/link_expired.html", context, status=status)
