"""What a card shows in wallets, gathered from everybody who has something to say on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Final
from uuid import UUID

from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.cards.queries.types import list_valid_points
from regulars.chains.queries import find_chain
from regulars.customers.queries import CustomerView, list_customers_by_ids
from regulars.customers.rules import is_kept_on
from regulars.designs.queries.published import find_design, find_picture
from regulars.designs.rules.definition import Design, written_languages
from regulars.designs.rules.pictures import apple_pictures, has_strip, hero, look_of
from regulars.designs.rules.shown import headline, placed_fields
from regulars.kernel.ids import encode
from regulars.platform.tenancy import ChainSettings
from regulars.rewards.queries.milestones import CardStanding, list_card_standings
from regulars.vouchers.queries.vouchers import list_titles_of_holders
from regulars.wallets.queries.messages import list_last_messages
from regulars.wallets.queries.passes import list_greetings
from regulars.wallets.queries.view_fields import LANGUAGES as OURS
from regulars.wallets.queries.view_fields import FieldsOf, in_all, spoken_in
from regulars.wallets.rules.port import Gather
from regulars.wallets.rules.view import Barcode, BarcodeKind, Colours, Drawn, Spot, WalletCard, nearest

Point = tuple[UUID, str, float, float]
"""A place on the earth: id, name, latitude, longitude."""
VOUCHERS_MAX: Final = 10
_CODES: Final[dict[str, BarcodeKind]] = {"qr": "qr", "pdf417": "pdf417", "aztec": "aztec", "code128": "code128"}


def gather(now: datetime) -> Gather:
    """A function that tells what cards show at a time.

    What cards of a type share it reads once: it is made anew for each party of passes, and whoever publishes meanwhile
    marks them all again.
    """
    shared = _Shared()

    def gather_now(chain_id: UUID, cards: Mapping[UUID, UUID]) -> dict[UUID, WalletCard]:
        own = _read_own(chain_id, set(cards.values()), now=now)
        shown = {pass_id: _show(chain_id, pass_id, card_id, own, shared, now=now) for pass_id, card_id in cards.items()}
        return {pass_id: one for pass_id, one in shown.items() if one is not None}

    return gather_now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What each of some cards has for itself, by card; customers by their own id."""

    cards: Mapping[UUID, CardView]
    holders: Mapping[UUID, CustomerView]
    standings: Mapping[UUID, CardStanding]
    vouchers: Mapping[UUID, Sequence[str]]
    messages: Mapping[UUID, str]
    greetings: Mapping[UUID, date]


def _read_own(chain_id: UUID, card_ids: Collection[UUID], *, now: datetime) -> _Own:
    """However many cards there are, as many queries."""
    cards = list_cards_by_ids(chain_id, card_ids, now=now)
    customers = {card.customer_id for card in cards.values() if card.customer_id is not None}
    holders = list_customers_by_ids(chain_id, customers) if customers else {}
    born = {one.id for one in holders.values() if one.birthday is not None}
    celebrate = [one.id for one in cards.values() if one.customer_id in born]
    held = {one.id: one.customer_id for one in cards.values() if one.status != "deleted"}
    return _Own(
        cards=cards,
        holders=holders,
        standings=list_card_standings(chain_id, list(cards)),
        vouchers=list_titles_of_holders(chain_id, held, now=now, limit=VOUCHERS_MAX),
        messages=list_last_messages(chain_id, list(cards)),
        greetings=list_greetings(celebrate),
    )


class _Shared:
    """What the cards of a type have in common, each read when it is first asked for."""

    def __init__(self) -> None:
        self.chain: Final = cache(find_chain)
        self.design: Final = cache(find_design)
        self.points: Final = cache(list_valid_points)


def _show(
    chain_id: UUID, pass_id: UUID, card_id: UUID, own: _Own, shared: _Shared, *, now: datetime
) -> WalletCard | None:
    """What a card shows; None for one that is not there. A card that is over shows nothing but that."""
    chain, card = shared.chain(chain_id), own.cards.get(card_id)
    published = shared.design(chain_id, card.type_id) if card is not None else None
    if chain is None or card is None or published is None:
        return None
    is_void = card.status in ("deleted", "blocked") or (card.expires_at is not None and card.expires_at <= now)
    design = _of_tier(published.design, card)
    languages = _languages(design)
    holder = own.holders.get(card.customer_id) if card.customer_id else None
    language = _language(holder, chain, languages)
    birthday = holder.birthday if holder is not None else None
    standing = own.standings.get(card.id)
    stamps, goal = counted_stamps(card, standing)
    look, shown_goal = look_of(design), 0 if is_void else goal
    fields = placed_fields(design, has_strip=has_strip(look, shown_goal))
    told = FieldsOf(
        card=card,
        chain=chain,
        design=design,
        languages=languages,
        standing=standing,
        stamps=stamps,
        goal=goal,
        vouchers=tuple(own.vouchers.get(card.id, ())),
        message=own.messages.get(card.id, ""),
        is_birthday=not is_void and birthday is not None and is_kept_on(birthday, now.astimezone(chain.zone).date()),
    )
    kind, head = _CODES.get(design.barcode), headline(design, "apple")

    def load(name: str) -> bytes | None:
        return find_picture(chain_id, name)

    return WalletCard(
        serial=encode("pas", pass_id),
        language=language,
        languages=languages,
        organisation=spoken_in(design.texts.get("organisation", {}), languages, chain.name),
        description=in_all("program"),
        headline=spoken_in(design.texts.get(head, {}), languages, card.type_name if head == "title" else chain.name),
        colours=Colours(background=design.background, foreground=design.foreground, label=design.label),
        fields=() if card.status == "deleted" else tuple(told.all(fields)),
        spots=_spots(card, shared.points(chain_id, card.type_id)) if not is_void else (),
        barcode=Barcode(kind=kind, message=card.number, text=card.number) if kind else None,
        link=card.link,
        expires_at=card.expires_at,
        is_void=is_void,
        pictures=apple_pictures(look, load, stamps=stamps, goal=shown_goal),
        drawn=Drawn(look=look, stamps=stamps, goal=shown_goal),
        hero=hero(look, load, stamps=stamps, goal=shown_goal),
        code_version=card.link_version if kind and not is_void and card.rotates else None,
        greeted_on=own.greetings.get(card.id) if birthday is not None else None,
        turns_at=_turns_at(card, now=now),
    )


def _turns_at(card: CardView, *, now: datetime) -> datetime | None:
    """The next moment that time alone brings: units begin or end, or the card does. Days of the year are not among them."""
    moments = [card.expires_at, *(at for one in card.balances for at in (one.activates_at, one.expires_at))]
    return min((at for at in moments if at is not None and at > now), default=None)


def counted_stamps(card: CardView, standing: CardStanding | None) -> tuple[int, int]:
    """The stamps of the running round and how many it takes; (0, 0) for a card that has no goal."""
    if standing is not None:
        return standing.filled, standing.size
    progress = card.progress
    return (progress.stamps, progress.goal) if progress is not None else (0, 0)


def _spots(card: CardView, points: Sequence[Point]) -> tuple[Spot, ...]:
    """The places where the card is valid, nearest to where it was issued first; as many as a wallet takes."""
    home = next(((at, to) for place, _name, at, to in points if place == card.issued_location_id), None)
    found = [Spot(latitude=at, longitude=to, text=in_all("near", place=name)) for _place, name, at, to in points]
    return nearest(found, home)


def _of_tier(design: Design, card: CardView) -> Design:
    background, foreground = card.colours
    if (background, foreground) == (card.background, card.foreground):
        return design
    return replace(design, background=background, foreground=foreground, label=foreground)


def _languages(design: Design) -> tuple[str, ...]:
    """Ours, and what other languages the owner wrote texts in."""
    return (*OURS, *(language for language in written_languages(design) if language not in OURS))


def _language(holder: CustomerView | None, chain: ChainSettings, languages: tuple[str, ...]) -> str:
    wanted = (holder.language if holder else "") or chain.language
    return next((one for one in (wanted, wanted.split("-")[0]) if one in languages), "en")
