"""Whoever holds a card redeems a voucher on the web card, where it was issued so (RWD-2)."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.cards.queries.links import find_door
from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.clock import now_in
from regulars.platform.pages.answer import toast
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.platform.pages.web_card import ShownCard
from regulars.platform.pages.words import Text
from regulars.vouchers.actions.redeem import redeem_as_holder
from regulars.vouchers.pages import words
from regulars.vouchers.pages.pictures import picture_url
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import list_vouchers_of_holder

VOUCHERS_MAX: Final = 30


def show_own_vouchers(request: HttpRequest, card: ShownCard) -> str:
    """The vouchers of a card and of its holder, for the web card: what can be redeemed first, then what was of late."""
    found = list_vouchers_of_holder(card.chain.id, card.card_id, card.customer_id, now=card.now, limit=VOUCHERS_MAX)
    if not found:
        return ""
    shown = [
        {
            "voucher": one,
            "state": _waits(one, card) or words.STATES[one.state],
            "letters": code_key(one.code),
            "benefit": words.benefit_text(
                one.benefit, currency=card.chain.currency, decimals=card.chain.currency_decimals, names={}
            )
            # The name of a promotion is for staff.
            if one.benefit and "promotion" not in one.benefit
            else "",
            "last_day": words.last_day(one),
            "picture": picture_url(one.id, one.picture_id, card.token),
            "is_live": one.state == "active" and _waits(one, card) is None,
            # Through a card that is over, what is the customer's own is shown at the till, and no longer redeemed by a press.
            "may_press": one.customer_may_redeem and not card.is_expired,
            "begins": one.starts_at if one.state == "issued" else None,
            "id": encode("vch", one.id),
        }
        for one in found
    ]
    context = {"vouchers": shown, "token": card.token}
    return render_to_string("vouchers/_own.html", context, request)


def _waits(voucher: VoucherView, card: ShownCard) -> tuple[Text, str, str] | None:
    """What keeps a voucher from being redeemed, where that is the card; such a voucher shows no code.

    A card that was lost and blocked tells nothing: its link is in the hands of whoever found it. A card whose time is over
    takes its own vouchers along; those of the customer are good without it.
    """
    if voucher.state not in ("active", "issued"):
        return None
    if card.is_blocked:
        return words.ON_HOLD
    return words.CARD_OVER if card.is_expired and voucher.card_id is not None else None


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
    answer = HttpResponseRedirect(reverse("storefront:web_card", args=[token]))
    answer.status_code = 303
    return answer


def holder_of(chain_id: UUID) -> Actor:
    """Who acts for the holder of a card: nobody of the staff, with the one right to what is theirs."""
    return Actor(chain_id=chain_id, rights=frozenset({"rewards:read"}), through="public")
