"""Removing the sample at one press."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.chains.errors import NoSample
from regulars.kernel.refusal import Refused
from regulars.platform.pages.answer import render_page, toast
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions import remove_sample_chain
from regulars.staff.pages.sign_in import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="keys:write")
def remove_sample(request: PageRequest) -> HttpResponse:
    """Say what will go, then let it go. This cannot be undone, so it asks once."""
    if not request.chain.is_sample:
        raise Refused(NoSample())
    if request.method != "POST":
        context = {"name": request.chain.name, "is_only": len(request.visit.chains) == 1}
        return render_page(
            request, "staff/remove_sample.html", context, fragments={"modal": "staff/_remove_sample.html"}
        )
    remove_sample_chain(request.actor, now=request.now)
    toast(request, _("The sample is gone"))
    only = len(request.visit.chains) == 1
    return see_other(reverse("staff:set_up_business") if only else "/")
