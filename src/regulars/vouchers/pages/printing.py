"""Vouchers on paper: one, or a whole sheet, each with its code as text, QR and barcode (RWD-3)."""

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.pages import listing
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest, page
from regulars.vouchers.pages import words
from regulars.vouchers.pages.browse import told_benefit
from regulars.vouchers.queries.vouchers import VoucherFilter, access_voucher, list_vouchers
from regulars.vouchers.rules.vouchers import AT_ONCE_MAX

LISTING: Final = "vouchers-print"


@require_safe
@page(right="rewards:write")
def print_vouchers(request: PageRequest) -> HttpResponse:
    """A sheet with the vouchers that were issued together, or with one; only those that can still be redeemed.

    Of thousands, 500 stand on a sheet, and the next ones behind it.
    """
    batch = decode("vbt", request.GET.get("batch", ""))
    next_url = ""
    if batch is not None:
        after = read_id_cursor(LISTING, request.GET.get("after"))
        found, last = list_vouchers(
            request.actor, VoucherFilter(batch_id=batch), now=request.now, after=after, limit=AT_ONCE_MAX
        )
        back = f"{reverse('vouchers:list')}?batch={request.GET['batch']}"
        next_url = listing.address_with(request, after=write_cursor(LISTING, [str(last)])) if last else ""
    else:
        found = [access_voucher(request.actor, request.GET.get("voucher", ""), now=request.now)]
        back = reverse("vouchers:show", args=[request.GET["voucher"]])
    shown = [one for one in reversed(found) if one.state in ("issued", "active")]
    context = {
        "slips": [
            {
                "voucher": one,
                "letters": code_key(one.code),
                "benefit": told_benefit(request, one) if one.benefit else "",
                "last_day": words.last_day(one),
                "places": [name for _place, name in one.places or ()],
            }
            for one in shown
        ],
        "left_out": len(found) - len(shown),
        "sub": words.count_text(len(shown)),
        "back": back,
        "next_url": next_url,
        "chain": request.chain,
    }
    return render_page(request, "vouchers/print.html", context)
