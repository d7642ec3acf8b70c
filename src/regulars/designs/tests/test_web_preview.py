"""What the designer shows as the web card is the web card: the same drawing, whatever is on it (TYP-4)."""

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.models import Card
from regulars.cards.queries.cards import CardView
from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.types import CardTypeDraft
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.designs.models import DesignVersion
from regulars.designs.rules.definition import SLOTS
from regulars.designs.rules.shown import WEB_SIZES
from regulars.designs.tests.test_pages import form, png
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft

pytestmark = pytest.mark.django_db

PICTURES: tuple[tuple[str, ...], ...] = (
    (),
    ("logo",),
    ("hero",),
    ("strip",),
    ("stamp_on",),
    ("stamp_on", "stamp_off"),
    SLOTS,
)


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def designed(client: Client, card_type: CardTypeView, slots: tuple[str, ...] = (), **more: Any) -> None:
    """Publish a design with a picture in each of these slots."""
    pictures = {f"picture_{slot}": png((600 + place, 300)) for place, slot in enumerate(slots)}
    client.post(f"/cards/types/{type_id(card_type)}/design", form(act="publish", **pictures, **more))


def issued(counter: Counter, card_type: CardTypeView, amount: int) -> CardView:
    card = counter.card(card_type, customer=counter.person("Anna", "+4915111111111"))
    assert card.shown
    missing = amount - card.shown.total // 10**card.shown.decimals
    if missing:
        counter.adjust(card, str(missing))
    return counter.now(card)


def real(counter: Counter, card: CardView) -> str:
    html = Client().get("/c/" + card.link.rpartition("/")[2]).content.decode()
    hashes = DesignVersion.objects.get(chain_id=counter.shop.chain_id).content["pictures"]
    for slot, name in hashes.items():
        html = re.sub(rf'/c/[^"/]+/[^"]*\b{slot}\?v={name[:16]}', slot, html)
    colours = re.search(r"--c:(#\w{6});--f:(#\w{6});--gift:(#\w{6})", html)
    assert colours
    assert colours[2] == colours[3]
    return drawn(html, f'data-card-background="{colours[1]}" data-card-foreground="{colours[2]}"')


def preview(counter: Counter, client: Client, card_type: CardTypeView, **asked: Any) -> str:
    html = client.get(f"/cards/types/{type_id(card_type)}/design", {"show": "web", **asked}).content.decode()
    hashes = DesignVersion.objects.get(chain_id=counter.shop.chain_id).content["pictures"]
    for slot, name in hashes.items():
        html = html.replace(f'src="/designs/pictures/{name}"', f'src="{slot}"')
    html = html[html.index('<div id="preview"') :]
    colours = re.search(r'data-card-background="#\w{6}" data-card-foreground="#\w{6}"', html)
    assert colours
    return drawn(html, colours[0])


def drawn(html: str, colours: str) -> str:
    """The card from what is said above it to its code, without what differs from one card to the next."""
    said = [one for one in ("is no longer valid", "This card was valid until", "show it at the till") if one in html]
    above = ["over" if "valid" in one else "full" for one in said]
    card = html[html.index('<div class="card more web-face') :]
    card = card[: card.index("</div>", card.index('<bdi class="num"'))]
    card = re.sub(r">\s+<", "><", card)
    card = re.sub(r'(<div id="code"[^>]*>)<svg.*?</svg>', r"\1", card)
    card = re.sub(r'(<bdi class="num" dir="ltr">)[\d ]+', r"\1", card)
    card = re.sub(r' value="\d+" aria-hidden', " aria-hidden", card)
    return f"{above} {colours} {card.replace(f' {colours}', '')}"


@pytest.mark.parametrize("slots", PICTURES, ids="+".join)
def test_the_preview_shows_the_pictures_of_the_real_card(counter: Counter, slots: tuple[str, ...]) -> None:
    client = counter.client()
    designed(client, counter.stamps, slots)
    shown = preview(counter, client, counter.stamps, stamps="3")
    assert shown == real(counter, issued(counter, counter.stamps, 3))
    is_whole = {"stamp_on", "stamp_off"} <= set(slots)
    for slot in slots:
        expected = slot in WEB_SIZES and (is_whole or not slot.startswith("stamp"))
        assert (f'src="{slot}"' in shown) == expected, slot


@pytest.mark.parametrize("slots", [(), SLOTS], ids=["plain", "pictures"])
def test_the_preview_is_the_real_card_at_every_number_of_stamps(counter: Counter, slots: tuple[str, ...]) -> None:
    client = counter.client()
    designed(client, counter.stamps, slots, rotating="1")
    card = issued(counter, counter.stamps, 0)
    assert preview(counter, client, counter.stamps, state="new") == real(counter, card)
    for stamps in range(9):
        if stamps:
            counter.adjust(card, "1")
        assert preview(counter, client, counter.stamps, stamps=stamps) == real(counter, card), stamps
    assert preview(counter, client, counter.stamps, state="ready") == real(counter, card)
    Card.objects.filter(id=card.id).update(expires_at=timezone.now() - timedelta(days=1))
    assert preview(counter, client, counter.stamps, state="expired", stamps=8) == real(counter, card)


def test_the_preview_is_the_real_card_where_a_number_stands_for_the_stamps(counter: Counter) -> None:
    large = create_card_type_with_program(
        counter.shop.actor,
        ProgramDraft(name="Large", balance_types=(BalanceTypeDraft(name="Stamps", kind="stamps"),)),
        CardTypeDraft(name="Large", goal=40),
        currency_decimals=2,
        now=timezone.now(),
    )
    client = counter.client()
    designed(client, large, SLOTS)
    assert preview(counter, client, large, stamps=17) == real(counter, issued(counter, large, 17))


@pytest.mark.parametrize(("kind", "slots"), list(product(("points", "deposit"), ((), SLOTS))))
def test_the_preview_is_the_real_card_where_it_counts_no_stamps(
    counter: Counter, kind: str, slots: tuple[str, ...]
) -> None:
    card_type: CardTypeView = getattr(counter, kind)
    client = counter.client()
    designed(client, card_type, slots)
    assert preview(counter, client, card_type) == real(counter, issued(counter, card_type, 120))


@pytest.mark.parametrize("language", ["en", "ru", "hi"])
def test_the_preview_speaks_as_the_card_would(counter: Counter, language: str) -> None:
    client = counter.client()
    designed(client, counter.stamps, SLOTS)
    url = f"/cards/types/{type_id(counter.stamps)}/design"
    shown = client.get(url, {"show": "web", "speak": language, "state": "ready"}).content.decode()
    said = {"en": "show it at the till", "ru": "покажите её на кассе", "hi": 'lang="hi"'}
    assert said[language] in shown[shown.index('<div id="preview"') :]


def test_links_and_terms_stand_below_the_web_card_and_lead_nowhere_yet(counter: Counter) -> None:
    client = counter.client()
    designed(client, counter.stamps, url_0="https://example.com/menu", link_0_en="Menu", legal_en="One card each.")
    shown = client.get(f"/cards/types/{type_id(counter.stamps)}/design", {"show": "web"}).content.decode()
    shown = shown[shown.index('<div id="preview"') : shown.index("</aside>")]
    assert '<span class="link"><bdi>Menu</bdi></span>' in shown
    assert "One card each." in shown
    assert "On the back" not in shown


def test_what_each_place_decides_by_itself_is_true(counter: Counter) -> None:
    """Google Wallet has the strip where there is no wide picture, and the web card has both."""
    client = counter.client()
    url = f"/cards/types/{type_id(counter.stamps)}/design"
    designed(client, counter.stamps, ("strip",))

    def shown(place: str) -> str:
        html = client.get(url, {"show": place}).content.decode()
        return html[html.index('<div id="preview"') : html.index("</aside>")]

    strip = DesignVersion.objects.get(chain_id=counter.shop.chain_id).content["pictures"]["strip"]
    assert all(strip in shown(place) for place in ("apple", "google", "web"))
    assert "The wide picture" in shown("apple")
    assert "only where there is no wide picture" in shown("google")
    assert "picture" not in shown("web")[shown("web").index("What this place decides") :]
