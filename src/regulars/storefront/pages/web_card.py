"""The public web card: what the holder sees behind the secret link, whole without a script (CRD-7, CRD-8, WAL-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.gzip import gzip_page

from regulars.cards.queries.cards import BalanceView, CardView, find_card
from regulars.cards.queries.links import find_door
from regulars.cards.rules.rotating import SECONDS, make_code, page_secret, step_at
from regulars.chains.queries import find_chain
from regulars.customers.queries import find_customer
from regulars.customers.queries.referrals import find_referral_code, invitation_link
from regulars.customers.rules import is_kept_on
from regulars.designs.queries.published import find_design
from regulars.kernel.ids import decode, encode
from regulars.ledger.queries.history import HistoryFilter, list_history
from regulars.platform.clock import now_ahead, showing_clock
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.platform.pages.tier_lines import tier_lines
from regulars.platform.pages.web_card import ShownCard, render_foot, render_parts
from regulars.platform.pages.web_face import WebLook, grouped
from regulars.platform.pages.words import Text, entry_words
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.pages.face import balance_text, face_of, look_of
from regulars.wallets.actions.web_push import public_key

EVENTS_MAX = 10
THEMES: Final = (
    ("system", "monitor-smartphone", gettext_lazy("As the phone has it")),
    ("light", "sun", gettext_lazy("Light")),
    ("dark", "moon", gettext_lazy("Dark")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of a balance as its holder sees it: never who of the staff made it, nor what they wrote about it."""

    text: Text
    at: datetime
    amount: int
    decimals: int
    name: str
    where: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBalance:
    """A balance in words for its holder."""

    name: str
    total: str
    pending: str
    activates_at: datetime | None
    held: str
    expiring: str
    last_moment: datetime | None


@gzip_page
@public_page
def show_web_card(request: HttpRequest, token: str) -> HttpResponse:
    """The card behind its secret link; every wrong token, of whatever kind, gets the same answer."""
    found = find_door(token)
    if found is None:
        return failure_page(request, 404)
    chain_id, card_id = found
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        if chain is None:
            return failure_page(request, 404)
        now = now_ahead(chain.clock_ahead)
        card = find_card(chain_id, card_id, now=now)
        if card is None:
            return failure_page(request, 404)
        language = _language_of(request, card, chain)
        published = find_design(chain_id, card.type_id)
        look = look_of(card, published.design if published else None, token)
        with translation.override(language), timezone.override(chain.zone), showing_clock(chain.clock_ahead):
            after = decode("ent", request.GET.get("before", "")[:64])
            response = render_page(
                request,
                "storefront/web_card.html",
                web_card_context(card, chain, look, now=now, after=after)
                | _page_context(card, token, language, now=now)
                | _parts(request, card, chain, token, now=now),
                status=410 if card.status == "deleted" else 200,
            )
    response["Content-Language"] = language
    response["Content-Security-Policy"] = look.policy
    return response


def _page_context(card: CardView, token: str, language: str, *, now: datetime) -> dict[str, Any]:
    """What the page needs around the card: its code, its script's addresses, the choice of languages."""
    is_live = card.status == "active" and not is_expired(card, now)
    rotates = is_live and card.rotates
    secret = page_secret(card.id, card.link_version, key=settings.LINK_KEY) if rotates else b""
    return {
        "token": token,
        "languages": [(code, name, code == language) for code, name in settings.LANGUAGES],
        "themes": [(key, sign, str(name)) for key, sign, name in THEMES],
        "rotates": rotates,
        "push_key": public_key(),
        "code": make_code(card.id, secret, step_at(now)) if rotates else card.number,
        "milliseconds": int(now.timestamp() * 1000),
        "seconds_left": SECONDS - int(now.timestamp()) % SECONDS,
    }


def web_card_context(
    card: CardView, chain: ChainSettings, look: WebLook, *, now: datetime, after: UUID | None = None
) -> dict[str, Any]:
    """What the web card shows; of a deleted card nothing but that it is over."""
    context: dict[str, Any] = {"card": card, "chain": chain, "now": now, "is_over": card.status == "deleted"}
    if card.status == "deleted":
        return context
    lines, more = list_history(card.id, HistoryFilter(), after=after, limit=EVENTS_MAX)
    progress = card.progress
    return context | {
        "look": look,
        "is_ready": progress is not None and progress.goal > 0 and progress.stamps >= progress.goal,
        "is_birthday": _is_birthday(card, chain, now),
        "is_earlier": after is not None,
        "more": encode("ent", more) if more else "",
        "face": face_of(card, _name_on_card(card, chain), currency=chain.currency),
        "number_shown": grouped(card.number),
        "tiers": tier_lines(card.tiers, chain.currency),
        "balances": [_balance(balance, chain) for balance in _below_the_face(card)],
        "events": [
            Event(
                text=plain_words(line.kind, line.amount, line.source),
                at=line.at,
                amount=line.amount,
                decimals=line.decimals,
                name=line.balance_name,
                where=line.location_name,
                tone="warm" if line.amount < 0 else "",
            )
            for line in lines
        ],
        **_invitation(card, chain),
        "is_blocked": card.status == "blocked",
        "is_expired": is_expired(card, now),
        "is_faint": card.status == "blocked" or is_expired(card, now),
    }


def _is_birthday(card: CardView, chain: ChainSettings, now: datetime) -> bool:
    """Whether its holder has their birthday today, where the business is (WAL-4); never on a card that is blocked or over."""
    holder = find_customer(chain.id, card.customer_id) if card.customer_id else None
    if holder is None or holder.birthday is None or card.status == "blocked" or is_expired(card, now):
        return False
    return is_kept_on(holder.birthday, now.astimezone(chain.zone).date())


def _name_on_card(card: CardView, chain: ChainSettings) -> str:
    """What the design calls the business in the holder's language, else its own name."""
    published = find_design(chain.id, card.type_id)
    return (
        published.design.text("organisation", translation.get_language() or "en", chain.name)
        if published
        else chain.name
    )


def is_expired(card: CardView, now: datetime) -> bool:
    """Whether its time is over, written down or not."""
    return card.status == "expired" or (card.expires_at is not None and card.expires_at <= now)


def _parts(
    request: HttpRequest, card: CardView, chain: ChainSettings, token: str, *, now: datetime
) -> dict[str, list[str]]:
    """What other features have to show below the card and at the foot of the page; nothing of a deleted one."""
    if card.status == "deleted":
        return {}
    shown = ShownCard(
        chain=chain,
        card_id=card.id,
        customer_id=card.customer_id,
        token=token,
        is_blocked=card.status == "blocked",
        is_expired=is_expired(card, now),
        now=now,
    )
    return {"parts": render_parts(request, shown), "foot": render_foot(request, shown)}


def _invitation(card: CardView, chain: ChainSettings) -> dict[str, str]:
    code = find_referral_code(chain.id, card.customer_id) if card.customer_id else ""
    return {"referral_code": code, "referral_link": invitation_link(chain.id, code)} if code else {}


def plain_words(kind: str, amount: int, source: str = "") -> Text:
    """What happened, as one says it to the holder: how staff did it is no matter of theirs."""
    if kind in ("adjust", "import", "reverse", "transfer"):
        return _("Added") if amount > 0 else _("Taken off")
    return entry_words(kind, source)


def _below_the_face(card: CardView) -> Sequence[BalanceView]:
    # Stamps stand on the card itself; below it they would only be said twice.
    has_grid = card.progress is not None
    return [balance for balance in card.balances if not (has_grid and balance is card.shown)]


def _balance(balance: BalanceView, chain: ChainSettings) -> PublicBalance:
    def text(units: int) -> str:
        return balance_text(balance, units, chain.currency)

    return PublicBalance(
        name=balance.name,
        total=text(balance.total),
        pending=text(balance.pending) if balance.pending else "",
        activates_at=balance.activates_at,
        held=text(balance.held) if balance.held else "",
        expiring=text(balance.expires_amount) if balance.expires_at else "",
        last_moment=balance.last_moment,
    )


def _language_of(request: HttpRequest, card: CardView, chain: ChainSettings) -> str:
    known = dict(settings.LANGUAGES)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in known:
        return chosen
    holder = find_customer(chain.id, card.customer_id) if card.customer_id else None
    if holder and holder.language.split("-")[0] in known:
        return holder.language.split("-")[0]
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return chain.language if chain.language in known else settings.LANGUAGE_CODE
