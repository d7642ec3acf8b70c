"""The pictures of vouchers, for staff and for whoever holds the card; putting one there and taking it away."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.queries.cards import find_card
from regulars.cards.queries.links import find_door
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, toast
from regulars.platform.pages.pictures import picture_page
from regulars.platform.pages.security import public_page
from regulars.platform.sessions import PageRequest, page
from regulars.vouchers.actions.pictures import read_picture, remove_voucher_picture, set_voucher_picture
from regulars.vouchers.pages import words
from regulars.vouchers.queries.pictures import find_picture
from regulars.vouchers.queries.vouchers import access_voucher, get_vouchers
from regulars.vouchers.rules.pictures import BYTES_MAX


@require_safe
@page(right="rewards:read")
def show_picture(request: PageRequest, voucher: str) -> HttpResponse:
    """A picture as staff see it."""
    view = access_voucher(request.actor, voucher, now=request.now)
    return _picture(request.actor.chain_id, view.picture_id)


@require_safe
@public_page
def show_own_picture(request: HttpRequest, token: str, voucher: str) -> HttpResponse:
    """A picture beside the web card: of the card's own vouchers and of its holder's."""
    found, voucher_id = find_door(token), decode("vch", voucher)
    if found is None or voucher_id is None:
        raise Http404
    chain_id, card_id = found
    now = now_in(chain_id)
    with unit_of_work(chain_id):
        card = find_card(chain_id, card_id, now=now)
        views = get_vouchers(chain_id, [voucher_id], now=now)
        is_theirs = card is not None and any(
            one.card_id == card_id or (one.customer_id is not None and one.customer_id == card.customer_id)
            for one in views
        )
        return _picture(chain_id, views[0].picture_id if is_theirs else None)


@require_POST
@page(right="rewards:write")
def change_picture(request: PageRequest, voucher: str) -> HttpResponse:
    """Put a picture there, or take away the one that is there."""
    chosen = request.FILES.get("picture")
    try:
        if request.POST.get("remove"):
            remove_voucher_picture(request.actor, voucher, now=request.now)
        elif chosen is not None:
            picture = read_picture(bytes(chosen.read(BYTES_MAX + 1)))
            set_voucher_picture(request.actor, voucher, picture, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, words.refusal_text(refused.refusal), tone="bad")
    else:
        toast(request, _("Saved"))
    return done(request, reverse("vouchers:show", args=[voucher]))


def picture_url(voucher_id: UUID, picture_id: UUID | None, token: str = "") -> str:
    """Where the picture of a voucher is; "" where it has none. With a token, for whoever holds that card."""
    if picture_id is None:
        return ""
    public = encode("vch", voucher_id)
    if token:
        return f"{reverse('vouchers:own_picture', args=[token, public])}?v={picture_id.hex}"
    return f"{reverse('vouchers:picture', args=[public])}?v={picture_id.hex}"


def _picture(chain_id: UUID, picture_id: UUID | None) -> HttpResponse:
    found = find_picture(chain_id, picture_id)
    if found is None:
        raise Http404
    return picture_page(found.media_type, found.content)
