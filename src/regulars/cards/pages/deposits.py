"""The dialogs that take money for a deposit and hand it back (RWD-5, CRD-3)."""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from regulars.cards.actions.balances import DepositCommand, Posted, pay_out_deposit, top_up_deposit
from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url
from regulars.cards.pages.browse import undo_address
from regulars.cards.pages.forms import DepositForm
from regulars.cards.queries.cards import BalanceView, CardView, access_card
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.claims import Answered
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page

REFUSALS: Final = {
    "insufficient_balance": "amount",
    "balance_too_large": "amount",
    "zero_amount": "amount",
    "above_limit": "amount",
}


@page(right="balances:write")
def top_up(request: PageRequest, card: str) -> HttpResponse:
    """Take money for a deposit."""
    return _dialog(request, card, "top_up", top_up_deposit)


@page(right="balances:write")
def pay_out(request: PageRequest, card: str) -> HttpResponse:
    """Hand money of a deposit back; all that is there is proposed."""
    return _dialog(request, card, "pay_out", pay_out_deposit)


def _dialog(request: PageRequest, card: str, name: str, act: Callable[..., Posted]) -> HttpResponse:
    now = request.now
    if request.method != "POST":
        view = access_card(request.actor, card, now=now)
        form = DepositForm(balances=_choices(request, view), initial=_initial(view, name))
        return _render(request, view, form, name)
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=now)
    form = DepositForm(request.POST, balances=_choices(request, view))
    if form.is_valid():
        command = DepositCommand(
            card=card,
            balance_type=form.cleaned_data["balance"],
            amount=typed_amount(form.cleaned_data["amount"]),
            reason=form.cleaned_data["reason"],
            location_id=request.location.id if request.location else None,
        )
        claim = form.claim(request.actor, name)
        try:
            posted = act(request.actor, command, now=now, claim=claim, present=_present)
        except Answered:
            return done(request, card_url(request, view), target="panel", changed="list-changed")
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            show_refusal(form, refused.refusal, fields=REFUSALS)
        else:
            _tell(request, view, posted)
            return done(request, card_url(request, view), target="panel", changed="list-changed")
    return _render(request, view, form, name, status=422)


def _deposits(card: CardView) -> list[BalanceView]:
    """The deposits of a card. Refuses: NotFound."""
    found = [one for one in card.balances if one.kind == "deposit"]
    if not found:
        raise Refused(NotFound())
    return found


def _choices(request: PageRequest, card: CardView) -> list[tuple[str, str]]:
    return [
        (
            encode("bal", one.balance_type_id),
            f"{one.name}: {words.balance_text(one, one.total, request.chain.currency)}",
        )
        for one in _deposits(card)
    ]


def _initial(card: CardView, name: str) -> dict[str, str]:
    one = _deposits(card)[0]
    return {"amount": format_amount(one.available, one.decimals)} if name == "pay_out" and one.available else {}


def _present(posted: Posted) -> tuple[int, str]:
    return 303, encode("txn", posted.transaction_id)


def _tell(request: PageRequest, view: CardView, posted: Posted) -> None:
    balance = next(one for one in view.balances if one.external_id == posted.balance_type)
    after = words.balance_text(balance, posted.balance_after, request.chain.currency)
    undo = undo_address(request, "reverse", words.card_id(view), encode("txn", posted.transaction_id))
    toast(request, _("%(name)s: now %(after)s") % {"name": balance.name, "after": after}, undo_url=undo)


def _render(request: PageRequest, view: CardView, form: DepositForm, name: str, *, status: int = 200) -> HttpResponse:
    context = {
        "card": view,
        "form": form,
        "is_top_up": name == "top_up",
        "action": card_url(request, view, name),
        "back": card_url(request, view),
        "sub": words.holder_of(view) or view.number,
        "has_one": len(_deposits(view)) == 1,
        "currency": request.chain.currency,
        "partial": "cards/_deposit.html",
    }
    fragments = {"modal": "cards/_deposit.html"}
    return render_page(request, "cards/dialog.html", context, fragments=fragments, status=status)
