"""Orders of the past and invitations in a browser: from the file to the list and back; every page is sound."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.browser.test_imports import work
from tests.browser.test_orders import signed_in
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, OrderShop, open_order_shop

SHOTS = os.environ.get("REGULARS_SHOTS", "")
ANNA, BORIS = "+4915123457001", "+4915123457002"
LOOKS = [("light", "en", 1440), ("dark", "ru", 375), ("light", "hi", 375)]
FILE = f"""Order number,Date,Phone,Name,Total,Product,Quantity,Price,Status
1001,2025-03-01 10:15,{ANNA},Anna Weber,44.50,Haircut,1,32.00,paid
1001,,,,,Shampoo,1,12.50,
1002,2025-03-30 02:30,{BORIS},Boris Klein,18.00,Beard trim,1,18.00,paid
1003,2025-04-02 16:00,{BORIS},Boris Klein,18.00,Beard trim,1,18.00,refunded
1004,2025-04-03 16:00,12,Nobody,18.00,Beard trim,1,18.00,paid
1005,2025-04-04 16:00,{ANNA},Anna Weber,24.00,Blow-dry,1,24.00,pending
"""


def see(page: Page, name: str, scheme: str, width: int) -> None:
    """Check a page as it stands, and keep a picture where REGULARS_SHOTS says so."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    check_axe(page)
    check_no_sideways_scroll(page)
    if scheme == "light":
        check_layout(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()


@pytest.mark.parametrize(("scheme", "language", "width"), LOOKS)
def test_a_history_from_its_file_to_the_list_and_back(
    open_page: Callable[..., Page], live_url: str, scheme: str, language: str, width: int
) -> None:
    shop: OrderShop = open_order_shop(language=language)
    page = signed_in(open_page(live_url, scheme=scheme, width=width, height=900), shop)
    tag = f"history-{width}-{scheme}-{language}"
    page.goto("/imports/new")
    page.locator("input[name=kind][value=orders]").check()
    see(page, f"{tag}-1-upload", scheme, width)
    page.locator("input[name=kind][value=orders]").check()
    page.locator("input[type=file]").set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.locator("form.start .bar button").click()
    page.wait_for_url("**/work")
    work(shop.counter)
    page.wait_for_url("**/match")
    see(page, f"{tag}-2-match", scheme, width)
    page.locator(".bar.sticky button").click()
    page.wait_for_url("**/work")
    work(shop.counter)
    page.wait_for_url("**/check")
    see(page, f"{tag}-3-check", scheme, width)
    page.goto(page.url.split("?")[0] + "?status=create")
    see(page, f"{tag}-4-new", scheme, width)
    page.locator("button[form=apply-form]").click()
    page.wait_for_url("**/work")
    work(shop.counter)
    page.wait_for_url("**/result")
    dispatcher().make_round()
    see(page, f"{tag}-5-result", scheme, width)
    result = page.url
    page.goto(f"/orders?import={result.split('/')[-2]}")
    assert page.locator("tbody tr").count() == 2
    see(page, f"{tag}-6-orders", scheme, width)
    page.locator("tbody a[data-row]").last.click()
    page.wait_for_url("**open=ord_*")
    page.goto("/orders/" + page.url.rpartition("open=")[2])
    see(page, f"{tag}-7-order", scheme, width)
    page.goto(result.replace("/result", "/undo"))
    see(page, f"{tag}-8-undo", scheme, width)
    page.locator("button.danger, .danger button, button[class*=danger]").first.click()
    page.wait_for_url("**/work")
    work(shop.counter)
    page.wait_for_url("**/result")
    see(page, f"{tag}-9-undone", scheme, width)


@pytest.mark.parametrize(("scheme", "language", "width"), LOOKS)
def test_a_customer_invites_another(
    open_page: Callable[..., Page], live_url: str, scheme: str, language: str, width: int
) -> None:
    shop: OrderShop = open_order_shop(language=language)
    shop.run({"trigger": {"event": "invited_order", "balance_type": "ext:bonus", "amount": "5.00", "is_every": True}})
    shop.counter.issue(ANNA)
    anna, boris = (
        shop.caller.post("/customers", {"phone": phone, "name": name}).body["id"]
        for phone, name in ((ANNA, "Anna Weber"), (BORIS, "Борис Смирнов"))
    )
    page = signed_in(open_page(live_url, scheme=scheme, width=width, height=900), shop)
    tag = f"invite-{width}-{scheme}-{language}"
    page.goto(f"/customers/{anna}")
    page.locator("#invitations-of form button").first.click()
    page.locator("#invitations-of .code").first.wait_for()
    code = page.locator("#invitations-of .code").first.inner_text()
    page.goto(f"/customers/{boris}")
    page.locator("#referred_by").fill("NOBODY22")
    page.locator("#referred_by").press("Enter")
    page.locator("#referred_by_error").wait_for()
    see(page, f"{tag}-1-refused", "dark", width)
    page.locator("#referred_by").fill(code)
    page.locator("#referred_by").press("Enter")
    page.wait_for_url(f"**/customers/{boris}")
    orders: list[Any] = [shop.record({"phone": BORIS, "lines": [LATTE]}).body["id"] for _ in range(2)]
    dispatcher().make_round()
    shop.caller.post(f"/orders/{orders[1]}/cancel")
    dispatcher().make_round()
    for name, path in (
        ("2-inviter", f"/customers/{anna}"),
        ("3-invited", f"/customers/{boris}"),
        ("4-alone", f"/orders/of/{anna}/invitations"),
        ("5-presets", "/promotions/new"),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        page.wait_for_load_state("networkidle")
        see(page, f"{tag}-{name}", scheme, width)
    page.goto(f"/customers/{anna}")
    link = page.locator("#invitations-of a[dir=ltr]").get_attribute("href") or ""
    page.goto("/i/" + link.rpartition("/i/")[2])
    assert code in page.inner_text("main")
    see(page, f"{tag}-6-invitation", scheme, width)
