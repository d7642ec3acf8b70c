"""From the code that somebody shows to the membership (RWD-9)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.codes.actions.lookup import find_code_owner
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.memberships.pages.forms import CodeForm
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page

PARTIAL = "memberships/_find.html"


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:read")
def find_by_code(request: PageRequest) -> HttpResponse:
    """Find a membership by its code; a wrong one is answered in the dialog, and counted."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            owner = find_code_owner(request.actor, form.cleaned_data["code"], kinds=("membership",), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"unknown_code": "code", "too_many_attempts": "code"})
        else:
            assert owner.owner_id is not None
            return done(request, reverse("memberships:show", args=[encode("mbr", owner.owner_id)]))
    context = {
        "form": form,
        "partial": PARTIAL,
        "title": _("Find by code"),
        "action": request.get_full_path(),
        "back": reverse("memberships:list"),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render_page(request, "memberships/dialog.html", context, fragments={"modal": PARTIAL}, status=status)
