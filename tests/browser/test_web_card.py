"""The web card in a browser: without a script, without a connection, with codes that change, in three languages (WAL-1, TIL-6)."""

from collections.abc import Callable, Iterator
from io import BytesIO
from uuid import UUID

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from regulars.cards.actions.lifecycle import renew_link
from regulars.cards.models import CardType
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import read_code, step_at
from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.platform.database import unit_of_work
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll, type_like_a_scanner
from tests.browser.conftest import STEP_MS
from tests.people import PASSWORD

pytestmark = pytest.mark.committed
OpenPage = Callable[..., Page]


@pytest.fixture
def counter(live_url: str) -> Counter:
    return open_counter()


@pytest.fixture
def anna(counter: Counter) -> CardView:
    card = counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111"))
    counter.adjust(card, "5")
    return card


@pytest.fixture
def phone(browser: Browser, live_url: str) -> Iterator[BrowserContext]:
    """A phone whose browser may say that it has no connection."""
    context = browser.new_context(base_url=live_url, viewport={"width": 375, "height": 740}, reduced_motion="reduce")
    context.set_default_timeout(STEP_MS)
    yield context
    context.close()


def path_of(card: CardView) -> str:
    return "/c/" + card.link.rpartition("/")[2]


def rotating(counter: Counter, card_type_id: UUID) -> None:
    with unit_of_work(counter.shop.chain_id):
        assert CardType.objects.filter(id=card_type_id).update(rotates=True) == 1


def code_on(page: Page) -> str:
    """What a scanner reads off the screen."""
    picture = Image.open(BytesIO(page.locator(".qr").first.screenshot()))
    found = zxingcpp.read_barcodes(picture.resize((picture.width * 2, picture.height * 2)))
    assert found
    return str(found[0].text)


def wait_for_worker(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def test_everything_is_there_without_a_script(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = open_page(live_url, width=375, javascript=False)
    page.goto(path_of(anna))
    expect(page.get_by_role("img", name="5 of 8 stamps")).to_be_visible()
    assert page.locator(".web-face").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(42, 29, 20)"
    assert code_on(page) == anna.number
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_without_a_connection_it_shows_how_it_stood_and_never_another_card(
    phone: BrowserContext, counter: Counter, anna: CardView
) -> None:
    other = counter.card(counter.points, customer=counter.person("Tom", "+4915122222222"))
    page = phone.new_page()
    for card in (other, anna):
        page.goto(path_of(card))
        wait_for_worker(page)
    phone.set_offline(True)
    page.goto(path_of(anna))
    expect(page.get_by_text("No connection. This is how it stood on")).to_be_visible()
    expect(page.get_by_role("img", name="5 of 8 stamps")).to_be_visible()
    assert "Tom" not in page.content()
    assert code_on(page) == anna.number
    # Opened as people do, from another link: what the first page still does cannot call the new one back.
    page = phone.new_page()
    page.goto(path_of(other))
    expect(page.locator(".web-face")).to_contain_text("Tom")
    assert "Anna" not in page.content()
    phone.set_offline(False)
    counter.adjust(anna, "1")
    page = phone.new_page()
    page.goto(path_of(anna))
    expect(page.get_by_role("img", name="6 of 8 stamps")).to_be_visible()
    expect(page.get_by_text("No connection. This is how it stood on")).to_be_hidden()
    renew_link(counter.shop.actor, card_id(anna), now=anna.issued_at)
    page.goto(path_of(anna))
    phone.set_offline(True)
    with pytest.raises(Exception, match="ERR_"):
        page.goto(path_of(anna))


def test_a_code_that_changes_is_drawn_on_the_phone_and_taken_by_a_till_once(
    phone: BrowserContext, open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    rotating(counter, anna.type_id)
    phone.add_init_script("const right = Date.now; Date.now = () => right() + 3_600_000;")
    page = phone.new_page()
    page.goto(path_of(anna))
    page.wait_for_selector("#code[data-step]")
    code = code_on(page)
    read = read_code(code)
    assert read is not None
    assert read.maker != anna.id, "the phone draws with a secret of its own"
    till = open_page(live_url, width=375)
    till.goto("/sign-in?next=/till", timeout=4 * STEP_MS)
    till.locator("input[name=email]").fill(counter.shop.email)
    till.locator("input[name=password]").fill(PASSWORD)
    till.locator("input[name=password]").press("Enter")
    till.wait_for_url("/till")
    type_like_a_scanner(till, code)
    expect(till.get_by_role("button", name="+1 stamp")).to_be_visible()
    till.goto("/till")
    type_like_a_scanner(till, code)
    expect(till.get_by_text("This code was shown before")).to_be_visible()
    # Without a connection, and with a clock that is an hour wrong, codes are still of this half minute.
    wait_for_worker(page)
    page.reload()
    page.wait_for_selector("#code[data-step]")
    phone.set_offline(True)
    page.goto(path_of(anna))
    page.wait_for_selector("#code[data-step]")
    again = read_code(code_on(page))
    assert again is not None
    assert again.maker == read.maker
    assert abs(again.step - step_at(timezone.now())) <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_sound(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView, scheme: str
) -> None:
    rotating(counter, counter.points.id)
    points = counter.card(counter.points, customer=counter.person("Tom", "+4915122222222"))
    for language in ("en", "ru", "hi"):
        page = open_page(live_url, width=375, scheme=scheme, language=language)
        for card in (anna, points):
            page.goto(path_of(card))
            check_axe(page)
            page.set_viewport_size({"width": 320, "height": 800})
            check_no_sideways_scroll(page)
            check_layout(page)
            page.set_viewport_size({"width": 375, "height": 740})
