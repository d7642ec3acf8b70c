"""What a card shows in wallets, gathered from everybody who has something to say on it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from regulars.cards.queries.cards import BalanceView, CardView, find_card
from regulars.chains.queries import find_chain
from regulars.customers.queries import find_customer
from regulars.kernel.ids import encode
from regulars.platform.tenancy import ChainSettings
from regulars.rewards.queries.milestones import find_card_standing
from regulars.vouchers.queries.vouchers import list_vouchers_of_holder
from regulars.wallets.rules.pictures import STAMPS_MAX, pictures_of
from regulars.wallets.rules.view import Barcode, Colours, Moment, Number, Place, ShownField, Texts, WalletCard

VOUCHERS_MAX: Final = 10
LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
_LABELS: Final = {
    "holder": _("Holder"),
    "next": _("Next reward"),
    "expires": _("Points end"),
    "until": _("Valid until"),
    "number": _("Card number"),
    "vouchers": _("Vouchers"),
    "link": _("Your card on the web"),
    "program": _("Loyalty card"),
    "changed": _("Now you have %@"),
}


def gather(now: datetime) -> Callable[[UUID, UUID, UUID], WalletCard | None]:
    """A function that tells what a card shows at a time, by chain, card and pass."""

    def gather_now(chain_id: UUID, card_id: UUID, pass_id: UUID) -> WalletCard | None:
        return gather_wallet_card(chain_id, card_id, pass_id, now=now)

    return gather_now


def gather_wallet_card(chain_id: UUID, card_id: UUID, pass_id: UUID, *, now: datetime) -> WalletCard | None:
    """What a card shows; None for one that is not there. A card that is over shows nothing but that."""
    chain, card = find_chain(chain_id), find_card(chain_id, card_id, now=now)
    if chain is None or card is None:
        return None
    is_void = card.status in ("deleted", "blocked") or (card.expires_at is not None and card.expires_at <= now)
    progress = card.progress
    language = _language(card, chain)
    background, foreground = card.colours
    return WalletCard(
        serial=encode("pas", pass_id),
        language=language,
        languages=LANGUAGES,
        organisation={language: chain.name},
        description=sentence_in_all("program"),
        title={language: card.type_name},
        colours=Colours(background=background, foreground=foreground, label=foreground),
        fields=() if card.status == "deleted" else tuple(_fields(card, chain, language, now=now)),
        barcode=Barcode(kind="qr", message=card.number, text=card.number),
        link=card.link,
        expires_at=card.expires_at,
        is_void=is_void,
        pictures=pictures_of(
            background,
            foreground,
            stamps=progress.stamps if progress else 0,
            goal=progress.goal if progress and not is_void else 0,
        ),
    )


def _fields(card: CardView, chain: ChainSettings, language: str, *, now: datetime) -> Iterator[ShownField]:
    has_strip = card.progress is not None and card.progress.goal <= STAMPS_MAX
    shown = card.shown
    if shown is not None:
        yield _balance_field(shown, chain, language, place="header" if has_strip else "primary", card=card)
    if card.customer_name:
        yield _text("holder", "secondary", {language: card.customer_name})
    standing = find_card_standing(chain.id, card.id)
    reward = standing.next_reward if standing is not None else None
    if reward is not None:
        yield _text("next", "secondary", {language: reward.title})
    for tier in card.tiers:
        if tier.tier is not None:
            key, name = f"tier-{tier.group.id.hex[-8:]}", {language: tier.tier.name}
            yield ShownField(key=key, place="auxiliary", label={language: tier.group.name}, value=name)
    if shown is not None and shown.last_moment is not None:
        yield ShownField(
            key="expires", place="auxiliary", label=sentence_in_all("expires"), value=Moment(shown.last_moment)
        )
    if card.expires_at is not None:
        yield ShownField(key="until", place="auxiliary", label=sentence_in_all("until"), value=Moment(card.expires_at))
    for balance in card.balances:
        if balance is not shown:
            yield _balance_field(balance, chain, language, place="back", card=card)
    vouchers = list_vouchers_of_holder(chain.id, card.id, card.customer_id, now=now, limit=VOUCHERS_MAX)
    live = [one.title for one in vouchers if one.state == "active"]
    if live:
        yield _text("vouchers", "back", {language: "\n".join(live)})
    yield _text("number", "back", {language: card.number})
    yield _text("link", "back", {language: card.link})


def _balance_field(
    balance: BalanceView, chain: ChainSettings, language: str, *, place: Place, card: CardView
) -> ShownField:
    value: Number | Texts = Number(
        Decimal(balance.available).scaleb(-balance.decimals), chain.currency if balance.kind == "deposit" else ""
    )
    if balance.kind == "stamps" and card.progress is not None:
        value = {language: f"{card.progress.stamps}/{card.progress.goal}"}
    return ShownField(
        key=f"balance-{balance.balance_type_id.hex[-8:]}",
        place=place,
        label={language: balance.name},
        value=value,
        announce=sentence_in_all("changed"),
    )


def _text(key: str, place: Place, value: Texts) -> ShownField:
    return ShownField(key=key, place=place, label=sentence_in_all(key), value=value)


def sentence_in_all(key: str) -> Texts:
    """A sentence of ours in every language that we speak."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = gettext(_LABELS[key])
    return found


def _language(card: CardView, chain: ChainSettings) -> str:
    holder = find_customer(chain.id, card.customer_id) if card.customer_id else None
    wanted = (holder.language.split("-")[0] if holder else "") or chain.language
    return wanted if wanted in LANGUAGES else "en"
