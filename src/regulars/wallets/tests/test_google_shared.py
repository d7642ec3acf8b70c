"""What all cards of a type share reaches Google by itself when it is called something else: once, and without a sound (WAL-1)."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from regulars.cards.actions.types import change_card_type
from regulars.chains.actions import change_chain
from regulars.chains.rules import ChainDraft
from regulars.kernel.ids import encode
from tests.google_kit import GoogleShop, google_is_there, open_google_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        yield open_google_shop(told)


def test_a_new_name_is_told_though_no_card_shows_anything_else(shop: GoogleShop) -> None:
    for number in range(3):
        shop.take(shop.counter.issue(f"+491511234567{number}"))
    shop.send()
    rung = shop.counter.read("SELECT notices FROM wallet_passes ORDER BY id")
    before = len(shop.told.asked)
    change_chain(shop.counter.actor, ChainDraft(name="Café Mond"), version=None, now=timezone.now())
    change_card_type(
        shop.counter.actor, encode("ctp", shop.counter.card_type.id), {"name": "Gold club"}, now=timezone.now()
    )
    while shop.send():
        pass
    (held,) = shop.told.classes.values()
    assert (held["issuerName"], held["programName"]) == ("Café Mond", "Gold club")
    written = [path.split("/")[3] for _, path in shop.told.asked[before:]]
    assert written.count("loyaltyClass") == 1
    assert len(written) <= 3
    assert shop.counter.read("SELECT notices FROM wallet_passes ORDER BY id") == rung
