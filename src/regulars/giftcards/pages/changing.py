"""The dialogs that change a gift card: top up, pay, give back, block, cancel."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.giftcards.actions.allowed import may_move_money
from regulars.giftcards.actions.change import (
    GiveBackCommand,
    MoneyCommand,
    Moved,
    block_gift_card,
    cancel_gift_card,
    give_back,
    top_up,
    unblock_gift_card,
    write_off,
)
from regulars.giftcards.pages.forms import CancelForm, MoneyForm, NoteForm
from regulars.giftcards.queries.giftcards import GiftCardView, access_gift_card, find_entry
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.claims import Answered, Claim, store_answer
from regulars.platform.database import edge_unit_of_work, row, unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page

AMOUNT_FIELDS = {
    "gift_card_short": "amount",
    "gift_card_too_large": "amount",
    "above_limit": "amount",
    "nothing_to_give_back": "amount",
}


@page(right="rewards:write")
def top_up_dialog(request: PageRequest, gift_card: str) -> HttpResponse:
    """Put more money on it."""
    return _money(request, gift_card, "top_up", top_up)


@page(right="rewards:write")
def write_off_dialog(request: PageRequest, gift_card: str) -> HttpResponse:
    """Pay with it outside an order."""
    return _money(request, gift_card, "write_off", write_off)


def _money(request: PageRequest, gift_card: str, name: str, act: Callable[..., Moved]) -> HttpResponse:
    view = _read(request, gift_card)
    form = MoneyForm(request.POST or None)

    def work() -> Moved:
        command = MoneyCommand(
            gift_card=gift_card,
            amount=typed_amount(form.cleaned_data["amount"]),
            location_id=request.location.id if request.location else None,
            note=form.cleaned_data["note"],
        )
        claim = form.claim(request.actor, f"gift-card-{name}")
        return act(request.actor, command, now=request.now, claim=claim, present=_present)

    return _dialog(request, view, form, name, work)


@page(right="rewards:write")
def give_back_dialog(request: PageRequest, gift_card: str, entry: str) -> HttpResponse:
    """Give back what a payment took."""
    view = _read(request, gift_card)
    left = "" if request.method == "POST" else _left_of(request, view, entry)
    form = MoneyForm(request.POST or None, initial={"amount": left})

    def work() -> Moved:
        command = GiveBackCommand(
            gift_card=gift_card,
            entry=entry,
            amount=typed_amount(form.cleaned_data["amount"]),
            location_id=request.location.id if request.location else None,
            note=form.cleaned_data["note"],
        )
        return _once(request, form, "gift-card-give-back", lambda: give_back(request.actor, command, now=request.now))

    return _dialog(request, view, form, "give_back", work, entry=entry)


@page(right="rewards:write")
def block_dialog(request: PageRequest, gift_card: str) -> HttpResponse:
    """Let nobody pay with it."""
    view = _read(request, gift_card)
    form = NoteForm(request.POST or None)
    return _dialog(
        request,
        view,
        form,
        "block",
        lambda: block_gift_card(request.actor, gift_card, note=form.cleaned_data["note"], now=request.now),
    )


@require_POST
@page(right="rewards:write")
def unblock(request: PageRequest, gift_card: str) -> HttpResponse:
    """Let it be paid with again."""
    view = _read(request, gift_card)
    unblock_gift_card(request.actor, gift_card, now=request.now)
    toast(request, _("The gift card can be paid with again"))
    return done(request, _url(view))


@page(right="rewards:write")
def cancel_dialog(request: PageRequest, gift_card: str) -> HttpResponse:
    """Cancel it for good."""
    view = _read(request, gift_card)
    form = CancelForm(request.POST or None)
    if request.method != "POST" and not may_move_money(request.actor):
        form.never_pays_out()

    def work() -> Moved:
        typed = form.cleaned_data
        return cancel_gift_card(request.actor, gift_card, kind=typed["rest"], note=typed["note"], now=request.now)

    return _dialog(request, view, form, "cancel", work)


def _dialog(
    request: PageRequest, view: GiftCardView, form: OnceForm, name: str, work: Callable[[], Moved], *, entry: str = ""
) -> HttpResponse:
    """Ask; when the form is sent, do it and go back to the gift card, or say what stands against it."""
    if request.method == "POST" and form.is_valid():
        try:
            moved = work()
        except Answered:
            return done(request, _url(view))
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            show_refusal(form, refused.refusal, fields=AMOUNT_FIELDS)
        else:
            toast(request, _told(request, name, moved))
            return done(request, _url(view))
    arguments = [encode("gcd", view.id), *([entry] if entry else [])]
    partial = f"giftcards/_{name}.html"
    context = {
        "card": view,
        "form": form,
        "currency": request.chain.currency,
        "action": reverse(f"giftcards:{name}", args=arguments),
        "back": _url(view),
        "title": view.type_name,
        "sub": _("%(money)s left") % {"money": figures.money(view.balance, request.chain.currency)},
        "partial": partial,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "giftcards/dialog.html", context, fragments={"modal": partial}, status=status)


def _told(request: PageRequest, name: str, moved: Moved) -> str:
    currency, change = request.chain.currency, moved.change
    amount = figures.money(abs(change.after.balance - change.before.balance), currency)
    left = figures.money(change.after.balance, currency)
    match name:
        case "top_up":
            return _("Topped up by %(amount)s. On it now: %(left)s") % {"amount": amount, "left": left}
        case "write_off":
            return _("Paid with it. Left: %(left)s") % {"left": left}
        case "give_back":
            return _("%(amount)s given back. On it now: %(left)s") % {"amount": amount, "left": left}
        case "block":
            return _("The gift card is blocked")
        case _:
            return _("The gift card is cancelled")


def _once(request: PageRequest, form: OnceForm, route: str, work: Callable[[], Moved]) -> Moved:
    """Do it and keep that this form did, both or neither. Raises Answered where it did before."""
    claim = form.claim(request.actor, route)
    with edge_unit_of_work(request.actor.chain_id):
        if claim is not None:
            _refuse_again(claim)
        moved = work()
        if claim is not None:
            store_answer(request.actor.chain_id, claim.answered(status=303, answer=""))
    return moved


def _refuse_again(claim: Claim) -> None:
    before = row(
        "SELECT 1 FROM idempotency_keys WHERE holder_id = %s AND route = %s AND key = %s",
        [claim.holder_id, claim.route, claim.key],
    )
    if before is not None:
        raise Answered(claim.answered(status=303, answer=""))


def _present(moved: Moved) -> tuple[int, str]:
    return 303, encode("gcd", moved.change.after.id)


def _read(request: PageRequest, gift_card: str) -> GiftCardView:
    if request.method != "POST":
        return access_gift_card(request.actor, gift_card, now=request.now)
    with unit_of_work(request.actor.chain_id):
        return access_gift_card(request.actor, gift_card, now=request.now)


def _left_of(request: PageRequest, view: GiftCardView, entry: str) -> str:
    entry_id = decode("gce", entry)
    line = find_entry(request.actor.chain_id, view.id, entry_id) if entry_id else None
    if line is None:
        raise Refused(NotFound())
    return format_amount(line.left, request.chain.currency_decimals)


def _url(view: GiftCardView) -> str:
    return reverse("giftcards:show", args=[encode("gcd", view.id)])
