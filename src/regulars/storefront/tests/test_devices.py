"""On the page of a shop a desk is shown the way to the phone, and a phone what it can keep the card in (WAL-3)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from regulars.storefront.tests.join_kit import JoinShop, open_join_shop
from tests.google_kit import ANDROID, DESK, IPHONE

pytestmark = pytest.mark.django_db
QR = "QR code of this page"


@pytest.fixture
def shop(settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings, mail=False) as made:
        made.set_up()
        yield made


@pytest.mark.parametrize(
    ("agent", "has_code", "names_apple"),
    [(IPHONE, False, True), (ANDROID, False, False), (DESK, True, False), ("", True, False)],
)
def test_a_desk_gets_a_code_for_the_phone_and_a_phone_none(
    shop: JoinShop, agent: str, has_code: bool, names_apple: bool
) -> None:
    page = Client().get(shop.page(), headers={"User-Agent": agent}).content.decode()
    assert (QR in page) == has_code
    assert ("Apple Wallet" in page) == names_apple
