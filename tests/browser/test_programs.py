"""Programs and tiers in a browser: the sentence that follows what is typed, and every page sound in light and dark."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.cards.queries.cards import CardView
from regulars.customers.queries import CustomerView
from regulars.customers.tests.people import enter
from regulars.kernel.ids import encode
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.rules import BalanceTypeDraft
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.ledger_kit import POINTS, WELCOME, Counter, dispatcher, open_counter
from tests.order_rows import put_order
from tests.people import sign_in_client

OpenPage = Callable[..., Page]
STATUS = BalanceTypeDraft(name="Status", kind="status", external_id="status")
LEVELS = TierGroupDraft(
    "Levels",
    "paid",
    (TierDraft("Silver", "50"), TierDraft("Gold", "200", multiplier=Decimal("1.5"), background="#7a4f2d")),
    period="year",
    grace_days=30,
)
VISITS = TierGroupDraft("Regulars", "visits", (TierDraft("Friend", "3"), TierDraft("Family", "30")))


@pytest.fixture
def counter(live_url: str) -> Counter:
    counter = open_counter(balance_types=(POINTS, WELCOME, STATUS))
    set_tier_groups(
        counter.actor,
        program_id(counter),
        [LEVELS, VISITS],
        currency_decimals=2,
        now=timezone.now(),
        defer=lambda _chain, _program: None,
    )
    return counter


@pytest.fixture
def cora(counter: Counter) -> CustomerView:
    return enter(counter.shop, "Cora Blum", phone="0151 23450001")


@pytest.fixture
def card(counter: Counter, cora: CustomerView) -> CardView:
    """A card whose holder came every week, and is late."""
    card = counter.issue("0151 23450001")
    for weeks in range(2, 8):
        at = timezone.now() - timedelta(weeks=weeks)
        put_order(counter.chain_id, at=at, sold=4_500, total=4_000, customer=cora.id)
    dispatcher().make_round()
    return card


def program_id(counter: Counter) -> str:
    return encode("prg", counter.card_type.program.id)


def signed_in(page: Page, counter: Counter, url: str) -> Page:
    client = sign_in_client(Client(), counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/cards")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def test_tiers_are_typed_and_the_sentence_says_what_they_mean(
    open_page: OpenPage, live_url: str, counter: Counter
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/programs/{program_id(counter)}")
    page.get_by_role("link", name="More tiers").click()
    page.get_by_label("Name").fill("Stars")
    page.get_by_label("What they paid").check()
    page.get_by_label("In the last months").check()
    page.get_by_label("Months", exact=True).fill("6")
    page.get_by_label("Tier", exact=True).first.fill("Bronze")
    page.get_by_label("From", exact=True).first.fill("100")
    expect(page.locator("#sentence")).to_contain_text("Bronze from €100.00")
    expect(page.locator("#sentence")).to_contain_text("in the last 6 months")
    page.get_by_label("Over all time").check()
    expect(page.get_by_label("Months", exact=True)).to_be_hidden()
    expect(page.locator("#sentence")).to_contain_text("over all time")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Stars")).to_be_visible()


def test_loyalty_is_switched_off_and_undone(
    open_page: OpenPage, live_url: str, counter: Counter, cora: CustomerView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/customers/{encode('cus', cora.id)}")
    page.locator(".head summary").click()
    page.get_by_role("button", name="Switch loyalty off").click()
    expect(page.get_by_text("Loyalty is switched off")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Loyalty is switched off")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(
    open_page: OpenPage, live_url: str, counter: Counter, cora: CustomerView, card: CardView, scheme: str
) -> None:
    page = signed_in(open_page(live_url, scheme=scheme), counter, live_url)
    program = f"/programs/{program_id(counter)}"
    for path in (
        program,
        f"{program}/edit",
        f"{program}/activate",
        f"{program}/tiers/new",
        f"{program}/purchases",
        f"/customers/{encode('cus', cora.id)}",
        f"/cards/{encode('crd', card.id)}",
        "/customers?loyalty=off",
        "/c/" + card.link.rpartition("/")[2],
    ):
        answer = page.goto(path)
        assert answer
        assert answer.ok, path
        check_axe(page)
        page.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(page)
        if scheme == "light":
            check_layout(page)
        page.set_viewport_size({"width": 1280, "height": 800})
