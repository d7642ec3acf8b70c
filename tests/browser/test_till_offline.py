"""The till through a lost connection, in a browser: it notes, opens, counts once it is back, and shows what it could not (TIL-5)."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from regulars.cards.actions.lifecycle import delete_card
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.staff.actions import set_pin
from tests.browser.checks import check_axe, check_no_sideways_scroll, type_like_a_scanner
from tests.browser.conftest import STEP_MS
from tests.people import PASSWORD, hire

pytestmark = pytest.mark.committed
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest", "htmx:onLoadError")


@pytest.fixture
def open_till(browser: Browser, live_url: str) -> Iterator[Callable[[RewardShop], Page]]:
    """A till with a browser of its own; all it may complain of is that there is no connection."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(sign in message.text for sign in OFFLINE):
            faults.append(message.text)

    def make(shop: RewardShop) -> Page:
        context = browser.new_context(
            base_url=live_url, viewport={"width": 375, "height": 740}, reduced_motion="reduce"
        )
        context.set_default_timeout(3 * STEP_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/sign-in?next=/till", timeout=4 * STEP_MS)
        page.locator("input[name=email]").fill(shop.counter.shop.email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("/till")
        expect(page.locator("body")).to_have_attribute("data-is-kept", "1", timeout=3 * STEP_MS)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return page

    yield make
    for one in contexts:
        one.close()
    assert faults == []


def scan(page: Page, text: str) -> None:
    page.locator("#till-text").fill(text)
    page.locator(".till-go").first.click()


def test_presses_wait_and_are_counted_when_the_connection_is_back(open_till: Callable[[RewardShop], Page]) -> None:
    shop = open_reward_shop()
    one, two, gone = (shop.counter.issue(f"+491511234567{number}") for number in range(3))
    page = open_till(shop)
    scan(page, one.number)
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    page.context.set_offline(True)
    # A press on a card that is on the screen, then two that nobody can look up.
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.get_by_role("heading", name="Noted on this device")).to_be_visible()
    expect(page.locator("#till-lost")).to_be_visible()
    check_axe(page)
    check_no_sideways_scroll(page)
    for card in (two, gone):
        page.get_by_role("button", name="Next card").click()
        scan(page, card.number)
        expect(page.get_by_role("heading", name="Not looked up")).to_be_visible()
        check_axe(page)
        page.get_by_role("button", name="+1 stamp").click()
        expect(page.get_by_role("heading", name="Noted on this device")).to_be_visible()
    expect(page.locator("[data-waiting-mine] b")).to_have_text("3")
    assert [shop.stamps(card) for card in (one, two, gone)] == [0, 0, 0]
    delete_card(shop.counter.actor, encode("crd", gone.id), write_off=True, now=real_now())
    page.context.set_offline(False)
    expect(page.locator("[data-came-counted] b")).to_have_text("2")
    expect(page.locator("[data-came-conflicts] b")).to_have_text("1")
    expect(page.locator("#till-waiting")).to_be_hidden()
    assert [shop.stamps(card) for card in (one, two)] == [1, 1]
    page.locator("[data-came-conflicts]").click()
    expect(page.get_by_text("The card is deleted by now.")).to_be_visible()
    check_axe(page)
    check_no_sideways_scroll(page)


def test_the_till_opens_without_a_connection_and_finds_back(open_till: Callable[[RewardShop], Page]) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = open_till(shop)
    page.context.set_offline(True)
    page.goto("/till")
    expect(page.locator("#till-lost")).to_be_visible()
    type_like_a_scanner(page, card.number)
    expect(page.get_by_role("heading", name="Not looked up")).to_be_visible()
    page.get_by_text("Purchase", exact=True).click()
    page.get_by_label("What the purchase came to").fill("12,50")
    page.get_by_role("button", name="Note the purchase").click()
    expect(page.get_by_role("heading", name="Noted on this device")).to_be_visible()
    # The browser goes away and comes back: what was noted is still there.
    page.reload()
    expect(page.locator("[data-waiting-mine] b")).to_have_text("1")
    page.context.set_offline(False)
    expect(page.locator("[data-came-counted] b")).to_have_text("1", timeout=4 * STEP_MS)
    assert shop.counter.read("SELECT kind, amount FROM till_presses") == [("purchase", 1250)]
    extractable = page.evaluate(
        """async () => {
          const opened = await new Promise((yes) => { const asked = indexedDB.open("regulars-till"); asked.onsuccess = () => yes(asked.result); });
          const [kept] = await new Promise((yes) => { const asked = opened.transaction("keys").objectStore("keys").getAll(); asked.onsuccess = () => yes(asked.result); });
          return [kept.pair.privateKey.extractable, kept.sequence];
        }"""
    )
    assert extractable == [False, 1]


def test_a_colleague_takes_over_and_each_ones_notes_are_their_own(open_till: Callable[[RewardShop], Page]) -> None:
    shop = open_reward_shop()
    first, second = (shop.counter.issue(f"+491511234567{number}") for number in range(2))
    owner = shop.counter.shop
    cashier = hire(owner, "cashier")
    for one in (owner, cashier):
        set_pin(one.actor, pin="4082", password=PASSWORD, now=real_now())
    page = open_till(shop)

    def note(card: CardView) -> None:
        page.context.set_offline(True)
        scan(page, card.number)
        page.get_by_role("button", name="+1 stamp").click()
        expect(page.get_by_role("heading", name="Noted on this device")).to_be_visible()

    def take_over(name: str) -> None:
        page.goto("/till/who")
        page.get_by_role("radio", name=name).check()
        page.get_by_label("PIN", exact=True).fill("4082")
        page.get_by_role("button", name="Take over").click()
        page.wait_for_url("/till")
        expect(page.locator("body")).to_have_attribute("data-is-kept", "1", timeout=3 * STEP_MS)

    # What the owner notes waits while the cashier is here: they are not theirs to send.
    page.route("**/till/queue/sent", lambda route: route.abort("internetdisconnected"))
    note(first)
    page.context.set_offline(False)
    take_over("Cashier")
    page.unroute("**/till/queue/sent")
    expect(page.locator("[data-waiting-others] b")).to_have_text("1")
    note(second)
    page.reload()
    expect(page.locator("[data-waiting-mine] b")).to_have_text("1")
    page.context.set_offline(False)
    expect(page.locator("[data-came-counted] b")).to_have_text("1", timeout=4 * STEP_MS)
    assert shop.counter.read("SELECT staff_id FROM till_presses") == [(cashier.staff_id,)]
    check_axe(page)
    take_over("Anna Owner")
    expect(page.locator("[data-came-counted] b")).to_have_text("1", timeout=4 * STEP_MS)
    assert shop.counter.read("SELECT staff_id FROM till_presses ORDER BY id") == [
        (cashier.staff_id,),
        (owner.staff_id,),
    ]
    page.goto("/customers")
    expect(page).to_have_url(re.compile("/sign-in"))
