"""The page behind the code of a receipt or an insert, and the same at the till (TIL-4)."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from regulars.cards.queries.links import find_door
from regulars.cards.queries.scan import find_scanned
from regulars.chains.queries import find_chain
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.attempts import Limit, TooManyAttempts, Try, give_back, source_of, take_attempts
from regulars.platform.client_address import client_address
from regulars.platform.clock import now_ahead, real_now, showing_clock
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import UNPROCESSABLE, render_page
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.platform.sessions import PageRequest, page
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.queries.pages import find_form
from regulars.storefront.queries.senders import find_senders
from regulars.till.actions.claims import claim_at_till
from regulars.till.actions.receipts import claim_receipt, finder_of
from regulars.till.errors import CardTooOften, ReceiptClaimed, ReceiptExpired
from regulars.till.pages import words
from regulars.till.pages.desk import Desk, at_desk, desk_of, refuse_in_kiosk, render_stage
from regulars.till.pages.pressing import press_once, show_made
from regulars.till.queries.found import find_card_at_till
from regulars.till.queries.receipts import (
    JOINABLE_MAX,
    ReceiptView,
    access_receipt,
    find_receipt_door,
    get_receipt,
    list_joinable,
)

TEXT_MAX: Final = 300
# A paper is typed wrongly now and then; a thousand codes are tried by nobody who holds one.
WRONG: Final = Limit(
    kind="receipt_codes",
    free=20,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)
WRONG_CARDS: Final = Limit(
    kind="receipt_cards",
    free=10,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def show_slip(request: HttpRequest, code: str) -> HttpResponse:
    """What the code is worth and the way to one's card; it is counted by a press, never by looking.

    Every wrong code gets the same answer, and who tries many waits.
    """
    tried = Try(WRONG, source_of(client_address(request)))
    try:
        (taken,) = take_attempts([tried], now=real_now())
    except Refused as refused:
        if not isinstance(refused.refusal, TooManyAttempts):
            raise
        return failure_page(request, 429)
    found = find_receipt_door(code)
    if found is None:
        return failure_page(request, 404)
    give_back(taken)
    chain_id, receipt_id = found
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        receipt = get_receipt(chain_id, receipt_id)
    if chain is None or receipt is None:
        return failure_page(request, 404)
    with (
        translation.override(_language(request, chain)),
        timezone.override(chain.zone),
        showing_clock(chain.clock_ahead),
    ):
        if request.method == "POST":
            return _claim(request, chain, receipt)
        return _render(request, chain, receipt)


def _claim(request: HttpRequest, chain: ChainSettings, receipt: ReceiptView) -> HttpResponse:
    """Count it for the card whose link this phone knows, or whose number was typed; of that card nothing is told."""
    now = now_ahead(chain.clock_ahead)
    token, typed = request.POST.get("token", "").strip()[:TEXT_MAX], request.POST.get("card", "").strip()[:TEXT_MAX]
    actor = finder_of(chain.id, client_address(request))
    if receipt.state(now) != "open":
        # Whoever holds a code that is used already is told nothing of cards.
        return _render(request, chain, receipt)
    tried = Try(WRONG_CARDS, f"{chain.id} {source_of(actor.address)}")
    link = ""
    try:
        (taken,) = take_attempts([tried], now=real_now())
        card, link = _card_of(actor, chain, token, typed)
        claimed = claim_receipt(actor, receipt.id, card, line=_("Purchase on a receipt"), now=now)
    except Refused as refused:
        return _not_claimed(request, chain, receipt, refused, is_own=bool(link))
    give_back(taken)
    context = {"done": _worth(receipt, chain), "rewards": claimed.rewards, "link": link}
    return _render(request, chain, receipt, context)


def _card_of(actor: Actor, chain: ChainSettings, token: str, typed: str) -> tuple[str, str]:
    """The card that the finder means, with its link where it is theirs for sure. Refuses: NotFound, CardReplaced."""
    held = token or typed.rstrip("/").rpartition("/")[2]
    door = find_door(held)
    if door is not None and door[0] == chain.id:
        return encode("crd", door[1]), reverse("storefront:web_card", args=[held])
    # Not as at the till, where a code that is shown is used up: a stranger would use up the ones of the card's holder.
    with unit_of_work(chain.id):
        return encode("crd", find_scanned(actor, typed, now=now_ahead(chain.clock_ahead)).id), ""


def _not_claimed(
    request: HttpRequest, chain: ChainSettings, receipt: ReceiptView, refused: Refused, *, is_own: bool
) -> HttpResponse:
    refusal = refused.refusal
    if isinstance(refusal, ReceiptClaimed | ReceiptExpired):
        with unit_of_work(chain.id):
            again = get_receipt(chain.id, receipt.id)
        return _render(request, chain, again or receipt)
    if isinstance(refusal, TooManyAttempts):
        problem = words.refusal_text(refusal)
    elif isinstance(refusal, CardTooOften) and is_own:
        problem = _("Your card has had all it can get in a day. This code stays as it is: add it tomorrow.")
    else:
        # Whatever stands against a card is between its holder and the business: whoever typed a number hears the same.
        problem = _("There is no card here that this can be added to. Check the number, or ask at the till.")
    return _render(request, chain, receipt, {"problem": problem})


def _render(
    request: HttpRequest, chain: ChainSettings, receipt: ReceiptView, context: dict[str, Any] | None = None
) -> HttpResponse:
    given = context or {}
    full = {
        "chain": chain,
        "worth": _worth(receipt, chain),
        "state": "done" if given.get("done") else receipt.state(now_ahead(chain.clock_ahead)),
        "receipt": receipt,
        "own_key": encode("chn", chain.id),
        "joins": [] if given.get("done") else _joins(chain, receipt),
        **given,
    }
    return render_page(request, "till/slip.html", full, status=UNPROCESSABLE if given.get("problem") else 200)


def _joins(chain: ChainSettings, receipt: ReceiptView) -> list[tuple[str, str]]:
    """Where somebody without a card gets one: the names of the types and the addresses of their pages."""
    senders = find_senders()
    with unit_of_work(chain.id):
        found = [
            (name, reverse("join:join", args=[slug]))
            for type_id, name, slug in list_joinable(receipt, chain.id)
            if find_form(chain.id, type_id, senders).is_open
        ]
    return found[:JOINABLE_MAX]


def _worth(receipt: ReceiptView, chain: ChainSettings) -> str:
    if receipt.stamps is not None:
        return ngettext("+%(count)s stamp", "+%(count)s stamps", receipt.stamps) % {
            "count": figures.number(receipt.stamps)
        }
    assert receipt.amount is not None
    return _("Purchase of %(amount)s") % {"amount": figures.money(receipt.amount, chain.currency)}


def _language(request: HttpRequest, chain: ChainSettings) -> str:
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return chain.language if chain.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def show_receipt(request: PageRequest, desk: Desk, identifier: str, problem: str = "") -> HttpResponse:
    """A code that was scanned at the till: what it is worth, and the field for the card."""
    with unit_of_work(request.actor.chain_id):
        receipt = access_receipt(request.actor, identifier)
    state = receipt.state(request.now)
    if state != "open":
        refusal = ReceiptClaimed() if state == "claimed" else ReceiptExpired()
        text = words.refusal_text(refusal)
        if receipt.claimed_at is not None:
            text = _("Used already: %(at)s") % {"at": figures.moment(receipt.claimed_at)}
        tone, icon = ("accent", "check-check") if state == "claimed" else ("warm", "hourglass")
        return render_stage(
            request, desk, "trouble", {"trouble": words.Trouble(_("Nothing was added"), text, icon, tone)}
        )
    context = {"receipt": receipt, "worth": _worth(receipt, request.chain), "receipt_problem": problem}
    return render_stage(request, desk, "receipt", context, status=UNPROCESSABLE if problem else 200)


@require_POST
@page(right="balances:write")
def press_receipt(request: PageRequest) -> HttpResponse:
    """Count a scanned code for the card that is scanned after it, once however often the form arrives."""
    refuse_in_kiosk(request)
    desk, identifier = desk_of(request), request.POST.get("receipt", "")
    receipt_id: UUID | None = decode("rcp", identifier)
    if receipt_id is None:
        raise Refused(NotFound())
    text = request.POST.get("text", "").strip()[:TEXT_MAX]
    place_id = desk.place.id if desk.place else None
    found = find_card_at_till(
        request.actor, text, country=request.chain.country, location_id=place_id, searches=True, now=request.now
    )
    if found.card is None or found.problem:
        said = (
            words.TROUBLES[found.problem].title if found.problem else _("Several people are meant by what was typed.")
        )
        return show_receipt(request, desk, identifier, str(said))
    card = encode("crd", found.card.id)
    at, line = at_desk(request, desk), _("Purchase on a receipt")
    try:
        made = press_once(
            request,
            {"receipt": identifier, "card": card},
            lambda claim: claim_at_till(request.actor, receipt_id, card, at, line=line, now=request.now, claim=claim),
        )
    except Refused as refused:
        if refused.refusal.status == 403:
            raise
        return show_receipt(request, desk, identifier, words.refusal_text(refused.refusal))
    return show_made(request, desk, made)
