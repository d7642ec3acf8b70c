"""Settings of wallets: the certificate, step by step, and how phones are reached (WAL-2, WAL-5)."""

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.wallets.actions.certificates import (
    CertificateRefused,
    make_pass_request,
    remove_certificate,
    upload_certificate,
)
from regulars.wallets.pages.forms import CertificateForm, GoogleForm
from regulars.wallets.queries.certificates import find_certificate_view, has_waiting_request
from regulars.wallets.queries.delays import list_troubles, measure_delays
from regulars.wallets.queries.google import find_google_view


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:read")
def show_settings(request: PageRequest) -> HttpResponse:
    """Where the business stands with Apple Wallet; a certificate is uploaded here."""
    form = CertificateForm(request.POST, request.FILES) if request.method == "POST" else CertificateForm()
    if request.method == "POST":
        request.actor.require("settings:write")
        if form.is_valid() and _upload(request, form):
            toast(request, _("Cards can be put into Apple Wallet now"))
            return done(request, reverse("wallets:settings"))
    return show_with(request, form=form)


def show_with(
    request: PageRequest, *, form: CertificateForm | None = None, google_form: CleanTextForm | None = None
) -> HttpResponse:
    """The page with a form that was filled in, the others empty."""
    chain_id, now = request.chain.id, real_now()
    certificate, google = find_certificate_view(chain_id), find_google_view(chain_id)
    is_there = certificate is not None or google is not None
    context = {
        "form": form or CertificateForm(),
        "google_form": google_form or GoogleForm(),
        "tabs": settings_tabs(request, "wallets:settings"),
        "certificate": certificate,
        "has_ended": certificate is not None and certificate.has_ended(now),
        "ends_soon": certificate is not None and certificate.ends_soon(now),
        "is_waiting": has_waiting_request(chain_id),
        "google": google,
        "google_problems": [_(one.message).format(**one.facts) for one in (google.problems if google else ())],
        "google_is_open": bool(google_form and google_form.errors),
        "may_write": request.actor.may("settings:write"),
        "delays": measure_delays(chain_id, now=now) if is_there else None,
        "troubles": [
            {"one": one, "url": reverse("cards:detail", args=[encode("crd", one.card_id)])}
            for one in (list_troubles(chain_id) if is_there else [])
        ],
        "now": now,
    }
    is_wrong = any(one is not None and one.errors for one in (form, google_form))
    return render_page(request, "wallets/settings.html", context, status=422 if is_wrong else 200)


@require_POST
@page(right="settings:write")
def download_request(request: PageRequest) -> HttpResponse:
    """The request that is uploaded at Apple."""
    response = HttpResponse(
        make_pass_request(request.actor, request.chain.name, now=real_now()), content_type="application/pkcs10"
    )
    response["Content-Disposition"] = 'attachment; filename="regulars.certSigningRequest"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def remove(request: PageRequest) -> HttpResponse:
    """Take the certificate away, after asking."""
    if request.method == "POST":
        remove_certificate(request.actor, now=real_now())
        toast(request, _("The certificate is removed"))
        return done(request, reverse("wallets:settings"))
    context = {"tabs": settings_tabs(request, "wallets:settings")}
    return render_page(request, "wallets/ask_remove.html", context, fragments={"modal": "wallets/_ask_remove.html"})


def _upload(request: PageRequest, form: CertificateForm) -> bool:
    try:
        upload_certificate(request.actor, form.uploaded(), now=real_now())
    except CertificateRefused as refused:
        for problem in refused.problems:
            field = "password" if problem.code.startswith("password") else _FIELDS.get(problem.code, "certificate")
            form.add_error(field, _(problem.message).format(**problem.facts))
        return False
    return True


_FIELDS: Final = {
    "not_a_key": "key",
    "key_missing": "key",
    "key_of_another": "key",
    "key_not_usable": "key",
    "intermediate_missing": "intermediate",
    "intermediate_of_another": "intermediate",
    "intermediate_ended": "intermediate",
}
