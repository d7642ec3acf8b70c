"""Settings of Google Wallet: the service account, step by step (WAL-2)."""

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from regulars.platform.clock import real_now
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.wallets.actions.google_account import AccountRefused, remove_account, upload_account
from regulars.wallets.pages.forms import GoogleForm
from regulars.wallets.pages.settings import show_with


@require_POST
@page(right="settings:write")
def upload(request: PageRequest) -> HttpResponse:
    """Take the service account, if Google takes it."""
    form = GoogleForm(request.POST, request.FILES)
    if form.is_valid() and _upload(request, form):
        toast(request, _("Cards can be put into Google Wallet now"))
        return done(request, reverse("wallets:settings"))
    return show_with(request, google_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def remove(request: PageRequest) -> HttpResponse:
    """Take the service account away, after asking."""
    if request.method == "POST":
        remove_account(request.actor, now=real_now())
        toast(request, _("The service account is removed"))
        return done(request, reverse("wallets:settings"))
    context = {"tabs": settings_tabs(request, "wallets:settings")}
    return render_page(
        request, "wallets/ask_remove_google.html", context, fragments={"modal": "wallets/_ask_remove_google.html"}
    )


def _upload(request: PageRequest, form: GoogleForm) -> bool:
    content, issuer = bytes(form.cleaned_data["account"].read()), form.cleaned_data["issuer"].strip()
    try:
        upload_account(request.actor, content, issuer, now=real_now())
    except AccountRefused as refused:
        for problem in refused.problems:
            field = "issuer" if problem.code in _OF_ISSUER else "account"
            form.add_error(field, _(problem.message).format(**problem.facts))
        return False
    return True


_OF_ISSUER: Final = {"not_an_issuer", "issuer_unknown", "not_allowed"}
