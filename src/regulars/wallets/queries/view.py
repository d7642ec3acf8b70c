"""What a card shows in wallets, gathered from everybody who has something to say on it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from regulars.cards.queries.cards import CardView, find_card
from regulars.cards.queries.devices import type_rotates
from regulars.cards.queries.types import find_valid_places
from regulars.chains.queries import find_chain, list_points
from regulars.customers.queries import find_customer
from regulars.designs.queries.published import find_design, find_picture
from regulars.designs.rules.definition import Design
from regulars.designs.rules.pictures import apple_pictures, has_strip, hero, look_of
from regulars.designs.rules.shown import placed_fields
from regulars.kernel.ids import encode
from regulars.platform.tenancy import ChainSettings
from regulars.rewards.queries.milestones import CardStanding, find_card_standing
from regulars.vouchers.queries.vouchers import list_vouchers_of_holder
from regulars.wallets.queries.messages import find_last_message
from regulars.wallets.queries.view_fields import LANGUAGES as OURS
from regulars.wallets.queries.view_fields import FieldsOf, in_all, spoken_in
from regulars.wallets.rules.view import Barcode, BarcodeKind, Colours, Spot, WalletCard, nearest

Point = tuple[UUID, str, float, float]
"""A place on the earth: id, name, latitude, longitude."""
VOUCHERS_MAX: Final = 10
_CODES: Final[dict[str, BarcodeKind]] = {"qr": "qr", "pdf417": "pdf417", "aztec": "aztec", "code128": "code128"}


def gather(now: datetime) -> Callable[[UUID, UUID, UUID], WalletCard | None]:
    """A function that tells what a card shows at a time, by chain, card and pass.

    What cards of a type share it reads once: it is made anew for each party of passes, and whoever publishes meanwhile
    marks them all again.
    """
    shared = _Shared()

    def gather_now(chain_id: UUID, card_id: UUID, pass_id: UUID) -> WalletCard | None:
        return _gather_card(chain_id, card_id, pass_id, shared, now=now)

    return gather_now


class _Shared:
    """What the cards of a type have in common, each read when it is first asked for."""

    def __init__(self) -> None:
        self.chain: Final = cache(find_chain)
        self.design: Final = cache(find_design)
        self.rotates: Final = cache(type_rotates)
        self.points: Final = cache(_points_of_type)


def _gather_card(chain_id: UUID, card_id: UUID, pass_id: UUID, shared: _Shared, *, now: datetime) -> WalletCard | None:
    """What a card shows; None for one that is not there. A card that is over shows nothing but that."""
    chain, card = shared.chain(chain_id), find_card(chain_id, card_id, now=now)
    published = shared.design(chain_id, card.type_id) if card is not None else None
    if chain is None or card is None or published is None:
        return None
    is_void = card.status in ("deleted", "blocked") or (card.expires_at is not None and card.expires_at <= now)
    design = _of_tier(published.design, card)
    languages = _languages(design)
    language = _language(card, chain, languages)
    standing = find_card_standing(chain.id, card.id)
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
        vouchers=tuple(_vouchers(card, chain, now)) if card.status != "deleted" else (),
        message=find_last_message(chain.id, card.id),
    )
    kind = _CODES.get(design.barcode)

    def load(name: str) -> bytes | None:
        return find_picture(chain_id, name)

    return WalletCard(
        serial=encode("pas", pass_id),
        language=language,
        languages=languages,
        organisation=spoken_in(design.texts.get("organisation", {}), languages, chain.name),
        description=in_all("program"),
        title=spoken_in(design.texts.get("title", {}), languages, card.type_name),
        colours=Colours(background=design.background, foreground=design.foreground, label=design.label),
        fields=() if card.status == "deleted" else tuple(told.all(fields)),
        spots=_spots(card, shared.points(chain_id, card.type_id)) if not is_void else (),
        barcode=Barcode(kind=kind, message=card.number, text=card.number) if kind else None,
        link=card.link,
        expires_at=card.expires_at,
        is_void=is_void,
        pictures=apple_pictures(look, load, stamps=stamps, goal=shown_goal),
        hero=hero(look, load, stamps=stamps, goal=shown_goal),
        code_version=card.link_version if kind and not is_void and shared.rotates(card.type_id) else None,
    )


def counted_stamps(card: CardView, standing: CardStanding | None) -> tuple[int, int]:
    """The stamps of the running round and how many it takes; (0, 0) for a card that has no goal."""
    if standing is not None:
        return standing.filled, standing.milestones.size
    progress = card.progress
    return (progress.stamps, progress.goal) if progress is not None else (0, 0)


def _points_of_type(chain_id: UUID, card_type_id: UUID) -> Sequence[Point]:
    places = find_valid_places(chain_id, card_type_id)
    return list_points(chain_id, list(places) if places is not None else None)


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


def _vouchers(card: CardView, chain: ChainSettings, now: datetime) -> list[str]:
    found = list_vouchers_of_holder(chain.id, card.id, card.customer_id, now=now, limit=VOUCHERS_MAX)
    return [one.title for one in found if one.state == "active"]


def _languages(design: Design) -> tuple[str, ...]:
    """Ours, and what other languages the owner wrote texts in."""
    texts = [*design.texts.values(), *(one.label for one in design.fields), *(one.text for one in design.fields)]
    texts += [one.label for one in design.links]
    return (*OURS, *sorted({language for one in texts for language in one} - set(OURS)))


def _language(card: CardView, chain: ChainSettings, languages: tuple[str, ...]) -> str:
    holder = find_customer(chain.id, card.customer_id) if card.customer_id else None
    wanted = (holder.language if holder else "") or chain.language
    return next((one for one in (wanted, wanted.split("-")[0]) if one in languages), "en")
