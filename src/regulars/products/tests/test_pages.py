"""Pages of products: list, form, file, feeds; who may see and change them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from regulars.products.actions.products import create_product
from regulars.products.jobs import read_feed
from regulars.products.queries import find_by_skus
from regulars.products.queries.feeds import list_feeds
from tests.people import Shop, hire, open_shop, sign_in_client
from tests.stand_in import StandIn, stand_in

pytestmark = pytest.mark.django_db

LATTE = {
    "name": "Latte",
    "sku": "latte",
    "category": "Drinks > Coffee",
    "tags": "hot, new",
    "kind": "goods",
    "price": "3,90",
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(shop: Shop) -> Client:
    return sign_in_client(Client(), shop)


@pytest.fixture
def server(settings: Any) -> Iterator[StandIn]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with stand_in() as running:
        yield running


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def product(shop: Shop, sku: str) -> Any:
    with unit_of_work(shop.chain_id):
        return find_by_skus(shop.chain_id, [sku]).get(sku)


def test_a_product_by_hand(shop: Shop, client: Client) -> None:
    assert "Products are optional" in text_of(client, "/settings/products")
    wrong = client.post("/settings/products/new", LATTE | {"price": "much", "sku": ""})
    assert wrong.status_code == 422
    assert client.post("/settings/products/new", LATTE).status_code == 303
    latte = product(shop, "latte")
    assert (latte.price, latte.tags, latte.source, latte.excluded) == (390, ("hot", "new"), "page", False)
    assert "€3.90" in text_of(client, "/settings/products")
    taken = client.post("/settings/products/new", LATTE)
    assert taken.status_code == 422
    assert "already" in taken.content.decode()
    url = client.get("/settings/products").content.decode().split('href="/settings/products/prd_')[1].split('"')[0]
    path = f"/settings/products/prd_{url}"
    form = LATTE | {"price": "", "price_min": "2", "tax_percent": "19 %", "excluded": "on", "version": "1"}
    assert client.post(path, form).status_code == 303
    assert client.post(path, form | {"name": "Late"}).status_code == 422
    latte = product(shop, "latte")
    assert (latte.price, latte.price_min, latte.tax_percent, latte.excluded, latte.name) == (
        None,
        200,
        19,
        True,
        "Latte",
    )
    assert client.post(f"{path}/archive").status_code == 303
    assert "Latte" not in text_of(client, "/settings/products?q=").split("</form>")[-1]
    assert "Take back" in text_of(client, "/settings/products?away=1")
    assert client.post(f"{path}/restore").status_code == 303
    assert product(shop, "latte").archived_at is None


def test_the_list_is_searched_filtered_and_paged(shop: Shop, client: Client) -> None:
    for number in range(60):
        given = {"sku": f"s{number}", "name": f"Product {number:02d}", "category": "Odd" if number % 2 else ""}
        create_product(shop.actor, given, source="api", decimals=2, now=timezone.now())
    first = text_of(client, "/settings/products")
    assert "Product 00" in first
    assert "Product 59" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "Product 59" in text_of(client, f"/settings/products?after={after}")
    assert text_of(client, "/settings/products?after=nonsense")
    found = text_of(client, "/settings/products?q=product 3&category=Odd")
    assert "Product 31" in found
    assert "Product 30" not in found
    assert "No product matches" in text_of(client, "/settings/products?q=zzz")


def test_a_file_is_imported_and_its_wrong_lines_are_told(shop: Shop, client: Client) -> None:
    assert "Which columns" in text_of(client, "/settings/products/import")
    file = SimpleUploadedFile("p.csv", "Артикул;Название;Цена\n1;Латте;3,90\n2;;1\n3;Чай;abc\n".encode("cp1251"))
    told = client.post("/settings/products/import", {"file": file})
    body = told.content.decode()
    assert told.status_code == 200
    assert product(shop, "1").price == 390
    assert "no amount of money" in body
    for content in (b"", b"a,b\n1,2\n", b"\x00\x01\x02" * 5_000):
        bad = client.post("/settings/products/import", {"file": SimpleUploadedFile("p.csv", content)})
        assert bad.status_code == 422
    assert client.post("/settings/products/import", {}).status_code == 422


def test_a_feed_is_added_read_changed_and_removed(shop: Shop, client: Client, server: StandIn) -> None:
    assert "No feed yet" in text_of(client, "/settings/products/feeds")
    url = server.put("/feed.xml", "<rss><item><id>a</id><title>A</title></item><item><id>b</id></item></rss>")
    form = {"name": "Shop", "url": url, "kind": "google_xml", "schedule": "hourly"}
    assert client.post("/settings/products/feeds/new", form | {"url": "x"}).status_code == 422
    added = client.post("/settings/products/feeds/new", form)
    assert added.status_code == 303
    page = added["Location"]
    assert "data-poll" in text_of(client, page)
    read_waiting(shop)
    shown = text_of(client, page)
    assert "data-poll" not in shown
    assert "Give a name." in shown
    assert "data-poll" not in text_of(client, f"{page}/result")
    assert (
        client.post(f"{page}/edit", form | {"from_tags": "label", "version": "1", "is_paused": "on"}).status_code == 303
    )
    assert "label" in text_of(client, page)
    assert "paused" in text_of(client, "/settings/products/feeds")
    server.put("/feed.xml", "<rss>")
    assert client.post(f"{page}/run").status_code == 303
    assert client.post(f"{page}/run").status_code == 303
    assert "is being read already" in text_of(client, page)
    assert client.post(f"{page}/remove").status_code == 303
    read_waiting(shop)
    assert "The products are as they were" in text_of(client, page)
    assert client.post(f"{page}/remove").status_code == 303
    assert "No feed yet" in text_of(client, "/settings/products/feeds")
    assert product(shop, "a").name == "A"


def read_waiting(shop: Shop) -> None:
    with unit_of_work(shop.chain_id):
        runs = [one.last_run.id for one in list_feeds(shop.actor) if one.last_run]
    for run in runs:
        read_feed(str(shop.chain_id), str(run))


def test_who_may_see_and_who_may_change(shop: Shop, client: Client) -> None:
    create_product(shop.actor, {"sku": "latte", "name": "Latte"}, source="api", decimals=2, now=timezone.now())
    path = (
        "/settings/products/"
        + text_of(client, "/settings/products").split('href="/settings/products/')[-1].split('"')[0]
    )
    assert decode("prd", path.rpartition("/")[2])
    analyst = sign_in_client(Client(), hire(shop, "analyst"))
    assert "Latte" in text_of(analyst, "/settings/products")
    assert "<form" not in text_of(analyst, path).split('class="narrow"')[0].split("<h1>")[1]
    assert analyst.post(path, LATTE).status_code == 403
    assert analyst.get("/settings/products/new").status_code == 403
    assert analyst.get("/settings/products/import").status_code == 403
    cashier = sign_in_client(Client(), hire(shop, "cashier"))
    assert cashier.get("/settings/products").status_code == 403
    stranger = sign_in_client(Client(), open_shop(name="Salon"))
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/archive").status_code == 404
