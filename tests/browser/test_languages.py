"""Pages of cards, design, joining, wallets and settings on a phone in Russian and Hindi; other tests look at them in English.

One sign-in, then each page in each language: the longest words on the narrowest screens are what breaks.
"""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from regulars.cards.actions.blanks import BlanksCommand, make_blank_cards
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.platform.database import row
from regulars.storefront.actions.settings import write_consent
from tests.browser.checks import check_axe, check_no_sideways_scroll, check_spoken
from tests.browser.test_people import SIGNED_IN, sign_in
from tests.people import hire

pytestmark = pytest.mark.committed

TERMS = {"en": "I agree to the terms.", "ru": "Я согласен с условиями.", "hi": "मैं शर्तों से सहमत हूँ।"}
BUSINESS, PLACE = "Donaudampfschifffahrtsgesellschaftskapitänskajüte", "Hafen"
NAMES = frozenset(
    {BUSINESS, PLACE, "Coffee card", "Bonus card", "Prepaid card", "Stamps", "Bonus", "Points", "Deposit", "Terms"}
)
SCHEMES = {"ru": "light", "hi": "dark"}


def pages_of(counter: Counter) -> list[str]:
    """The pages of the settings, and those that need a card type, a batch, a consent."""
    actor, now = counter.shop.actor, timezone.now()
    coffee = f"/cards/types/{type_id(counter.stamps)}"
    batch = make_blank_cards(actor, BlanksCommand(card_type=type_id(counter.stamps), count=3), now=now)
    purpose = write_consent(actor, "", TERMS, name="Terms", is_required=True, now=now)
    return [
        *SIGNED_IN,
        f"/settings/joining/{type_id(counter.points)}",
        f"/settings/joining/consents/{purpose}",
        "/settings/tills/limits",
        "/designs",
        f"{coffee}/design",
        f"{coffee}/design?show=google",
        f"{coffee}/design?show=web",
        f"{coffee}/design/phone",
        f"{coffee}/labels",
        f"{coffee}/join-code",
        "/cards/types/new",
        coffee,
        "/cards/blanks",
        f"/cards/blanks/{batch.public_id}",
    ]


@pytest.mark.parametrize("language", ["ru", "hi"])
def test_every_page_of_the_office_holds_on_a_phone_in(
    open_page: Callable[..., Page], live_url: str, language: str
) -> None:
    counter = open_counter(name=BUSINESS, is_sample=True, is_test=True)
    create_location(counter.shop.actor, LocationDraft(name=PLACE, address="Kai 1"), now=timezone.now())
    hire(counter.shop, "cashier")
    addresses = pages_of(counter)
    page = open_page(live_url, width=375, height=740, scheme=SCHEMES[language])
    sign_in(page, counter.shop)
    row("UPDATE logins SET language = %s WHERE id = %s RETURNING 1", [language, counter.shop.login_id], using="owner")
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        check_spoken(page, language, names=NAMES)
        check_axe(page)
        check_no_sideways_scroll(page)
        page.set_viewport_size({"width": 320, "height": 740})
        check_no_sideways_scroll(page)
        page.set_viewport_size({"width": 375, "height": 740})
