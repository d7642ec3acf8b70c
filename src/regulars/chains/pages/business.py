"""Settings of the business."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.chains.actions import change_chain
from regulars.chains.pages.forms import BusinessForm
from regulars.chains.queries import do_prices_include_tax
from regulars.kernel.refusal import Refused
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page


@require_safe
@page()
def show_settings(request: PageRequest) -> HttpResponse:
    """Lead to the first settings that the reader may open; their own account is open to everybody."""
    tabs = settings_tabs(request, "")
    return HttpResponseRedirect(tabs[0].url if tabs else reverse("staff:account"))


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:read")
def edit_business(request: PageRequest) -> HttpResponse:
    """What the business is called, where it is, how it looks."""
    chain = request.chain
    names = ("name", "country", "currency", "time_zone", "language", "accent", "version")
    initial = {name: getattr(chain, name) for name in names}
    if request.method != "POST":
        initial["prices"] = "include" if do_prices_include_tax(chain.id) else "exclude"
    form = BusinessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            draft = form.draft(trade=chain.trade)
            change_chain(request.actor, draft, version=form.cleaned_data["version"], now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"currency_in_use": "currency"})
        else:
            toast(request, _("Saved"))
            return done(request, reverse("chains:business"))
    context = {
        "form": form,
        "tabs": settings_tabs(request, "chains:business"),
        "may_write": request.actor.may("settings:write"),
    }
    return render_page(request, "chains/business.html", context, status=422 if form.errors else 200)
