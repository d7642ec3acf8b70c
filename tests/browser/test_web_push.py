"""A change of a card becomes a notification of the browser that asked for it (WAL-1): from our push service to the real worker."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Worker, expect

from regulars.cards.queries.cards import CardView
from regulars.cards.tests.counter import Counter, open_counter
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.actions.web_push import message_of
from regulars.wallets.actions.web_wallet import WebWallet
from regulars.wallets.queries.view import gather
from tests.browser.conftest import STEP_MS
from tests.browser.test_web_card import path_of, wait_for_worker
from tests.ledger_kit import dispatcher
from tests.push_kit import Browser as Keys
from tests.push_kit import Service, push_service

pytestmark = pytest.mark.committed

# Notes in the worker what was shown. Where the browser was asked for its notifications again and again while one was on its way,
# that one was not among them once, ever: most likely since it compares what it keeps with what it displayed a moment before.
NOTE = """() => {
  const { showNotification } = ServiceWorkerRegistration.prototype;
  self.shown = [];
  ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
    await showNotification.call(this, title, options);
    self.shown.push(options.body);
  };
}"""
# Waits until a notification that says a text was shown; how all look then. The page may begin anew meanwhile, the worker does not.
SHOWN = """async (text) => {
  for (let tries = 0; tries < 200 && !self.shown.includes(text); tries++) await new Promise((go) => setTimeout(go, 50));
  if (!self.shown.includes(text)) return [];
  const all = await self.registration.getNotifications();
  return all.map((one) => ({ title: one.title, body: one.body, tag: one.tag, icon: new URL(one.icon).pathname }));
}"""
# A browser lets a worker open windows after a real press alone, which nothing but a hand can give: what it would do is kept.
PRESSED = """async () => {
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  const did = [], waits = [];
  const { focus } = WindowClient.prototype;
  event.waitUntil = (one) => waits.push(one);
  WindowClient.prototype.focus = function () { did.push(["focus", new URL(this.url).pathname]); };
  self.clients.openWindow = (path) => { did.push(["open", path]); };
  self.dispatchEvent(event);
  await Promise.all(waits);
  delete self.clients.openWindow;
  WindowClient.prototype.focus = focus;
  return did;
}"""


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
    """A phone whose owner allowed notifications."""
    context = browser.new_context(base_url=live_url, viewport={"width": 375, "height": 740}, reduced_motion="reduce")
    context.grant_permissions(["notifications"], origin=live_url)
    context.set_default_timeout(STEP_MS)
    yield context
    context.close()


@pytest.fixture
def service() -> Iterator[Service]:
    with push_service() as told:
        yield told


class Delivery:
    """What a browser's maker does: hands what came for a subscription to the worker of its page."""

    def __init__(self, page: Page, card: CardView, live_url: str) -> None:
        self._page, self._origin, self._scope = page, live_url, f"{live_url}{path_of(card)}"
        self._registration = ""
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._keep)
        self._session.send("ServiceWorker.enable")
        for _ in range(STEP_MS // 50):
            if self._registration:
                break
            page.wait_for_timeout(50)
        assert self._registration, "the browser knows no worker of this card"

    def hand_over(self, message: bytes) -> None:
        """Deliver what came, opened."""
        told = {"origin": self._origin, "registrationId": self._registration, "data": message.decode()}
        self._session.send("ServiceWorker.deliverPushMessage", told)

    def _keep(self, told: dict[str, Any]) -> None:
        for one in told["registrations"]:
            if one["scopeURL"].rstrip("/") == self._scope and not one["isDeleted"]:
                self._registration = one["registrationId"]


def tell(counter: Counter, *, after: timedelta) -> None:
    """What the sender does of everything that is due after a while."""
    dispatcher().make_round()
    later = timezone.now() + after
    refresh_due(counter.shop.chain_id, gather(later), WebWallet(), now=lambda: later)


def subscribe(card: CardView, keys: Keys, service: Service) -> None:
    subscription = {"subscription": keys.subscribe(f"{service.url}/anna")}
    assert Client().post(f"{path_of(card)}/push", subscription).status_code == 204


def open_card(page: Page, card: CardView) -> None:
    """The first page of a process takes its time on a busy machine."""
    page.goto(path_of(card), timeout=4 * STEP_MS)
    wait_for_worker(page)


def worker_of(phone: BrowserContext, card: CardView) -> Worker:
    """The worker of a card, as the browser runs it, noting from now on what it shows."""
    worker = next(one for one in phone.service_workers if urlsplit(one.url).path == f"{path_of(card)}/worker.js")
    worker.evaluate(NOTE)
    return worker


def test_a_new_stamp_is_a_notification_in_the_place_of_the_last_and_a_fresh_page(
    phone: BrowserContext, live_url: str, counter: Counter, anna: CardView, service: Service
) -> None:
    keys, page = Keys(), phone.new_page()
    open_card(page, anna)
    subscribe(anna, keys, service)
    delivery, worker, icon = Delivery(page, anna, live_url), worker_of(phone, anna), f"{path_of(anna)}/icon-192.png"
    for round_, stamps in enumerate(("6", "7"), 1):
        counter.adjust(anna, "1")
        tell(counter, after=timedelta(minutes=round_))
        assert len(service.got) == round_
        told = keys.read(service.got[-1][2])
        delivery.hand_over(told)
        body = json.loads(told)["body"]
        assert stamps in body
        shown = worker.evaluate(SHOWN, body)
        assert shown == [{"title": "Kaffeehaus Nord", "body": body, "tag": "card", "icon": icon}]
        expect(page.get_by_role("img", name=f"{stamps} of 8 stamps")).to_be_visible()
    assert Client().get(icon).status_code == 200


def test_a_message_of_another_kind_stands_beside_what_the_card_shows(
    phone: BrowserContext, live_url: str, anna: CardView
) -> None:
    page = phone.new_page()
    open_card(page, anna)
    delivery, worker = Delivery(page, anna, live_url), worker_of(phone, anna)
    for body, tag in (("first ☕", "card"), ("beside it", "msg-1"), ("in its place ☕", "card")):
        delivery.hand_over(message_of("Kaffeehaus Nord", body, tag=tag))
        shown = worker.evaluate(SHOWN, body)
        assert shown, body
    assert {one["tag"]: one["body"] for one in shown} == {"card": "in its place ☕", "msg-1": "beside it"}


def test_a_push_that_says_nothing_is_shown_all_the_same(phone: BrowserContext, live_url: str, anna: CardView) -> None:
    """A browser that gets a push and shows nothing may take the permission away."""
    page = phone.new_page()
    open_card(page, anna)
    delivery, worker = Delivery(page, anna, live_url), worker_of(phone, anna)
    delivery.hand_over(b"{")
    assert [one["tag"] for one in worker.evaluate(SHOWN, "")] == ["card"]


def test_a_press_closes_the_notification_and_leads_to_its_card(
    phone: BrowserContext, live_url: str, counter: Counter, anna: CardView
) -> None:
    other = counter.card(counter.points, customer=counter.person("Tom", "+4915122222222"))
    page = phone.new_page()
    open_card(page, anna)
    delivery, worker = Delivery(page, anna, live_url), worker_of(phone, anna)

    def press(body: str) -> list[list[str]]:
        assert worker.evaluate(SHOWN, body)
        did: list[list[str]] = worker.evaluate(PRESSED)
        assert worker.evaluate("async () => (await self.registration.getNotifications()).length") == 0
        return did

    with page.expect_navigation():
        delivery.hand_over(message_of("Kaffeehaus Nord", "one", tag="card"))
    wait_for_worker(page)
    assert press("one") == [["focus", path_of(anna)]], "the card that is open comes to the front"
    page.goto(path_of(other))
    delivery.hand_over(message_of("Kaffeehaus Nord", "two", tag="card"))
    assert press("two") == [["open", path_of(anna)]], "the window of another card is left alone"
