"""From a template to a reward in a customer's hand, as docs/tutorial/first-card.md tells it: every press is one that the page names.

The owner designs a card and prints its poster; a phone reads the poster and joins; the card lies in Apple Wallet, Google Wallet
and on the web; the cashier stamps it until it is full, and redeems what it brought. With REGULARS_SHOTS naming a folder, the
pictures of the tutorial are made there.
"""

import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from django.test import override_settings
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from regulars.platform.database import rows, unit_of_work
from regulars.storefront.jobs import deliver_request
from regulars.wallets.actions.apple_push import ApplePusher
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.actions.certificates import upload_certificate
from regulars.wallets.actions.google_account import upload_account
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.queries.view import gather
from tests.apns_stand_in import Apns, apns
from tests.apple_kit import read_pass
from tests.browser.checks import check_axe, check_no_sideways_scroll
from tests.browser.conftest import STEP_MS
from tests.google_kit import ANDROID, IPHONE, google_is_there
from tests.google_stand_in import ISSUER, Google, account_file, read_jwt
from tests.ledger_kit import dispatcher
from tests.mail_server import StandIn
from tests.people import PASSWORD, Person, Shop, hire, open_shop
from tests.phone_kit import Phone
from tests.test_docs import ROOT
from tests.wallet_kit import files_of, our_apple

pytestmark = pytest.mark.committed
OpenPage = Callable[..., Page]
SHOTS = os.environ.get("REGULARS_SHOTS", "")
TUTORIAL = ROOT / "docs" / "tutorial" / "first-card.md"
SPOKEN = " ".join(TUTORIAL.read_text(encoding="utf-8").split())
GOAL = 8


def said(label: str) -> str:
    """A label that the tutorial names."""
    assert f"*{label}*" in SPOKEN, f"the tutorial does not tell of {label!r}"
    return label


def shot(page: Page, name: str) -> None:
    """A picture of the tutorial, of few colours: they lie in the repository."""
    if SHOTS:
        # Colours of cards are put on by a script. Hiding the caret would be a style of Playwright's, which the pages do not let in.
        page.wait_for_load_state("load")
        image = Image.open(io.BytesIO(page.screenshot(caret="initial"))).convert("RGB")
        image.quantize(128, dither=Image.Dither.NONE).save(Path(SHOTS) / f"card-{name}.png", optimize=True)


@dataclass
class World:
    """A shop that has just opened, and everybody whom its installation speaks to."""

    shop: Shop
    cashier: Person
    mail: StandIn
    apple: Apns
    google: Google
    providers: list[Any] = field(default_factory=lambda: [AppleWallet(ApplePusher()), GoogleWallet()])

    def deliver(self) -> None:
        """What the worker does with who asked to join."""
        with unit_of_work(self.shop.chain_id):
            found = rows("SELECT id FROM join_requests WHERE chain_id = %s AND sent_at IS NULL", [self.shop.chain_id])
        for (request_id,) in found:
            deliver_request(chain_id=str(self.shop.chain_id), request_id=str(request_id))

    def tell_wallets(self) -> None:
        """What the dispatcher and the senders do a moment later."""
        dispatcher().make_round()
        now = timezone.now()
        with unit_of_work(self.shop.chain_id):
            rows("UPDATE wallet_refreshes SET due_at = %s RETURNING 1", [now])
        for provider in self.providers:
            refresh_due(self.shop.chain_id, gather(now), provider, now=timezone.now)


@pytest.fixture
def world(live_url: str, tmp_path: Path) -> Iterator[World]:
    """An installation that was set up: mail, Apple's certificate and Google's account."""
    with (
        StandIn() as mail,
        apns(our_apple(), tmp_path / "apns") as apple,
        google_is_there() as told,
        override_settings(
            EMAIL_URL=mail.url, OUTBOUND_ALLOW=["127.0.0.0/8"], APNS_URL=apple.url, APNS_TRUST=apple.trust
        ),
    ):
        threading.Thread(target=mail.serve_forever, args=[0.01], daemon=True).start()
        shop = open_shop(name="Kaffeehaus Nord")
        upload_certificate(shop.actor, files_of(our_apple()), now=timezone.now())
        upload_account(shop.actor, account_file(), ISSUER, now=timezone.now())
        made = World(shop, hire(shop, "cashier"), mail, apple, told)
        yield made
        for provider in made.providers:
            provider.close()
        mail.shutdown()


def test_a_card_goes_from_the_designer_into_a_hand_and_back_over_the_counter(
    open_page: OpenPage, live_url: str, world: World, tmp_path: Path
) -> None:
    owner = signed_in(open_page(live_url, width=1440, height=900), world.shop)
    design_it(owner)
    say_what_it_brings(owner)
    address = print_its_poster(owner, tmp_path)
    phone = open_page(live_url, width=375, height=812, agent=IPHONE)
    join(phone, world, address)
    card = phone.url
    shows(phone, 0)
    apple, serial = put_into_apple_wallet(phone, world, tmp_path)
    google = put_into_google_wallet(open_page(live_url, width=375, height=812, agent=ANDROID), world, card)
    number = apple.passes[serial]["barcodes"][0]["message"]
    assert world.google.objects[google]["barcode"]["value"] == number

    till = signed_in(open_page(live_url, width=375, height=740), world.cashier, "/till")
    world.tell_wallets()
    told = len(world.apple.pushed)
    stamp(till, number)
    everybody_knows(world, phone, apple, serial, google, stamps=1)
    assert len(world.apple.pushed) == told + 1
    fill_it(till, number)
    everybody_knows(world, phone, apple, serial, google, stamps=GOAL)
    expect(phone.get_by_text(said("Waits at the till"))).to_be_visible()
    shot(phone, "reward")
    check_axe(phone)
    redeem(till, number)
    phone.reload()
    expect(phone.get_by_text("Waits at the till")).to_have_count(0)
    expect(phone.locator(".held-rewards")).to_contain_text("A free coffee")
    expect(phone.get_by_text(said("Handed over"))).to_be_visible()
    stamp(till, number, again=True)
    everybody_knows(world, phone, apple, serial, google, stamps=1)


def signed_in(page: Page, who: Person, address: str = "/") -> Page:
    page.goto(f"/sign-in?next={address}", timeout=4 * STEP_MS)
    page.locator("input[name=email]").fill(who.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(address)
    return page


def design_it(page: Page) -> None:
    main = page.get_by_role("navigation", name="Main", exact=True)
    main.get_by_role("link", name=said("Card types"), exact=True).click()
    page.get_by_role("link", name=said("Templates")).first.click()
    shot(page, "gallery")
    page.get_by_role("button", name="Use Café").click()
    page.get_by_label(said("Background"), exact=True).fill("#123d36")
    expect(page.get_by_text(said("Easy to read"))).to_be_visible()
    expect(page.get_by_text(said("Draft saved"))).to_be_visible()
    shot(page, "design")
    page.get_by_role("button", name=said("Publish")).click()
    expect(page.get_by_text("Published as version 2: 0 cards show it")).to_be_visible()


def say_what_it_brings(page: Page) -> None:
    page.get_by_role("link", name=said("Milestones")).click()
    page.get_by_role("link", name=said("New reward")).click()
    page.get_by_label(said("Title")).first.fill("A free coffee")
    page.get_by_role("button", name=said("Make reward")).click()
    expect(page.get_by_role("heading", name="Milestones: Café")).to_be_visible()
    expect(page.locator("[name=stamps_0]")).to_have_value(str(GOAL))
    expect(page.locator("[name=reward_0] option:checked")).to_have_text("A free coffee")
    page.get_by_role("button", name=said("Save")).click()
    expect(page.get_by_text("The milestones of “Café” are set")).to_be_visible()


def print_its_poster(page: Page, tmp_path: Path) -> str:
    """What the poster's code says, read from the file that goes to the printer."""
    page.get_by_role("link", name="Card types").first.click()
    page.locator("summary", has_text=said("More")).first.click()
    page.get_by_role("link", name=said("Labels and poster")).first.click()
    address = page.locator(".join-address").inner_text()
    with page.expect_download() as coming:
        page.get_by_role("link", name="PNG " + said("Poster (A4)")).click()
    coming.value.save_as(tmp_path / "poster.png")
    poster = Image.open(tmp_path / "poster.png").convert("RGB")
    (read,) = zxingcpp.read_barcodes(poster)
    assert read.text == address
    if SHOTS:
        poster.resize((420, 594), Image.Resampling.LANCZOS).quantize(64).save(Path(SHOTS) / "card-poster.png")
    return str(read.text)


def join(page: Page, world: World, address: str) -> None:
    page.goto(urlsplit(address).path)
    page.get_by_label("Name").fill("Anna Weber")
    page.get_by_label("E-mail").fill("anna@example.com")
    check_no_sideways_scroll(page)
    shot(page, "join")
    page.get_by_role("button", name=said("Get my card")).click()
    expect(page.get_by_role("heading", name=said("We sent you your card"))).to_be_visible()
    world.deliver()
    (mail,) = world.mail.taken
    assert mail["To"] == "anna@example.com"
    (code,) = set(re.findall(r"\b\d{6}\b", str(mail.get_content())))
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(code)
    page.get_by_role("button", name=said("Show my card")).click()
    page.wait_for_url("**/c/*")


def shows(page: Page, stamps: int) -> None:
    expect(page.get_by_role("img", name=f"{stamps} of {GOAL} stamps")).to_be_visible()


def put_into_apple_wallet(page: Page, world: World, tmp_path: Path) -> tuple[Phone, str]:
    """The pass as the phone downloads it: signed, of this card, in the colour that was chosen; the phone asks to be told."""
    shot(page, "web")
    with page.expect_download() as coming:
        page.get_by_role("link", name=said("Add to Apple Wallet")).click()
    coming.value.save_as(tmp_path / "card.pkpass")
    read = read_pass((tmp_path / "card.pkpass").read_bytes(), our_apple().root, tmp_path / "read")
    assert read.document["backgroundColor"] == "rgb(18, 61, 54)"
    phone = Phone("d" * 32)
    serial = phone.take(urlsplit(page.url).path + "/apple")
    assert phone.passes[serial] == read.document
    return phone, serial


def put_into_google_wallet(page: Page, world: World, card: str) -> str:
    page.goto(card)
    link = page.get_by_role("link", name=said("Add to Google Wallet")).get_attribute("href")
    assert link
    answer = page.request.get(link, max_redirects=0)
    assert answer.status == 302, answer.text()
    address = answer.headers["location"]
    assert address.startswith("https://pay.google.com/gp/v/save/")
    claims = read_jwt(address.rpartition("/")[2], world.google.key.public_key())
    (offered,) = claims["payload"]["loyaltyObjects"]
    world.google.users.add(offered["id"])
    answer = page.request.post("/google/callback", data=world.google.call("save", offered["id"]))
    assert answer.ok
    return str(offered["id"])


def find(page: Page, number: str) -> None:
    page.goto("/till")
    page.locator("#till-text").fill(number)
    page.locator("#till-text").press("Enter")
    expect(page.get_by_role("button", name=said("+1 stamp"))).to_be_visible()


def stamp(page: Page, number: str, *, again: bool = False) -> None:
    find(page, number)
    shot(page, "till")
    page.get_by_role("button", name="+1 stamp").click()
    if again:
        page.get_by_role("button", name=said("Yes, stamp again")).click()
    expect(page.get_by_text(f"1 of {GOAL}").first).to_be_visible()


def fill_it(page: Page, number: str) -> None:
    find(page, number)
    page.get_by_text(said("Several stamps")).click()
    page.get_by_role("button", name="+5 stamps").click()
    page.get_by_role("button", name="Yes, stamp again").click()
    expect(page.get_by_text(f"6 of {GOAL}").first).to_be_visible()
    find(page, number)
    page.get_by_text("Several stamps").click()
    page.get_by_role("button", name="+2 stamps").click()
    page.get_by_role("button", name="Yes, stamp again").click()
    expect(page.locator(".till-earned")).to_contain_text("A free coffee")
    check_axe(page)


def everybody_knows(world: World, phone: Page, apple: Phone, serial: str, google: str, *, stamps: int) -> None:
    """The web card, the pass on the phone and the object at Google say the same."""
    world.tell_wallets()
    assert apple.update() == [serial]
    assert apple.push_token in world.apple.pushed
    said_by_apple = [
        one["value"] for group in apple.passes[serial]["storeCard"].values() for one in group if isinstance(one, dict)
    ]
    assert any(str(value).startswith(f"{stamps}") for value in said_by_apple), said_by_apple
    held = world.google.objects[google]
    assert held["loyaltyPoints"]["balance"] in ({"string": f"{stamps}/{GOAL}"}, {"int": stamps}), held
    phone.reload()
    shows(phone, stamps)


def redeem(page: Page, number: str) -> None:
    find(page, number)
    expect(page.get_by_role("heading", name=said("Ready for this person"))).to_be_visible()
    shot(page, "ready")
    page.locator(".till-sure summary", has_text="A free coffee").click()
    page.get_by_role("button", name="Hand over A free coffee").click()
    expect(page.locator("[data-state=done]")).to_be_visible()
    find(page, number)
    expect(page.get_by_role("heading", name="Ready for this person")).to_have_count(0)
