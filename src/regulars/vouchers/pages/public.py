"""Whoever holds a card redeems a voucher on the web card, where it was issued so (RWD-2)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.cards.pages.public import find_door
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.clock import now_in
from regulars.platform.pages.answer import toast
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.vouchers.actions.redeem import redeem_as_holder
from regulars.vouchers.pages import words


@require_POST
@public_page
def redeem_own(request: HttpRequest, token: str, voucher: str) -> HttpResponse:
    """Redeem a voucher of the card behind its secret link; every wrong link or voucher gets the same answer."""
    found = find_door(token)
    voucher_id = decode("vch", voucher)
    if found is None or voucher_id is None:
        return failure_page(request, 404)
    chain_id, card_id = found
    try:
        redeem_as_holder(holder_of(chain_id), voucher_id, card_id, now=now_in(chain_id))
    except Refused as refused:
        if refused.refusal.status == 404:
            return failure_page(request, 404)
        toast(request, words.refusal_text(refused.refusal), tone="bad")
    else:
        toast(request, _("Redeemed. Show this page."))
    answer = HttpResponseRedirect(reverse("cards:web_card", args=[token]))
    answer.status_code = 303
    return answer


def holder_of(chain_id: UUID) -> Actor:
    """Who acts for the holder of a card: nobody of the staff, with the one right to what is theirs."""
    return Actor(chain_id=chain_id, rights=frozenset({"rewards:read"}), through="public")
