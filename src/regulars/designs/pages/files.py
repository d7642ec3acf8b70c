"""Pictures of designs, and a design as a file: out and in."""

import json

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.designs.actions.drafts import export_design, import_design
from regulars.designs.queries.published import find_picture
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.pages.answer import done, toast
from regulars.platform.pages.security import INERT
from regulars.platform.sessions import PageRequest, page

FILE_BYTES_MAX = 20_000_000
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": INERT,
}


@require_safe
@page(right="cards:read")
def show_picture(request: PageRequest, name: str) -> HttpResponse:
    """A picture by its hash; what stands behind a hash never changes."""
    content = find_picture(request.actor.chain_id, name)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/png", headers=HEADERS)


@require_safe
@page(right="cards:read")
def export(request: PageRequest, card_type: str) -> HttpResponse:
    """The design with its pictures as a file."""
    text = json.dumps(export_design(request.actor, card_type), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="design.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_POST
@page(right="cards:write")
def take_in(request: PageRequest, card_type: str) -> HttpResponse:
    """Make a file the draft; what is wrong with it is said key by key."""
    back = reverse("designs:design", args=[card_type])
    file = request.FILES.get("file")
    try:
        if file is None or file.size is None or file.size > FILE_BYTES_MAX:
            raise ValueError
        value = json.loads(file.read().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        toast(request, _("This is no design: choose the JSON file that was exported here."), tone="bad")
        return done(request, back)
    try:
        import_design(request.actor, card_type, value, now=request.now)
    except Refused as refused:
        if not isinstance(refused.refusal, Invalid):
            raise
        said = "; ".join(f"{one.pointer or '/'}: {_(one.detail)}" for one in refused.refusal.errors[:5])
        toast(request, _("This design cannot be taken: %(problems)s") % {"problems": said}, tone="bad")
        return done(request, back)
    toast(request, _("The design is here as a draft"))
    return done(request, back)
