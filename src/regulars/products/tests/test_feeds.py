"""Feeds from a real server, read by the real job: what is new, changed, gone, wrong, and that a failure changes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import decode
from regulars.platform.database import rows, unit_of_work
from regulars.products.actions.feeds import begin_due_feeds
from regulars.products.jobs import defer_feed, read_feed
from tests.contract.chains import Caller, add_caller, open_chain
from tests.people import hire, open_shop, sign_in_client
from tests.stand_in import StandIn, stand_in

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def caller() -> Caller:
    return open_chain()


@pytest.fixture
def server(settings: Any) -> Iterator[StandIn]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with stand_in() as running:
        yield running


def google(*products: str) -> str:
    items = "\n".join(
        f"<item><id>{sku}</id><title>{name}</title><price>{price}</price></item>"
        for sku, name, price in (product.split("|") for product in products)
    )
    return f"<rss><channel>\n{items}\n</channel></rss>"


def add(caller: Caller, url: str, kind: str = "google_xml", **options: object) -> str:
    made = caller.post("/product-feeds", {"name": "Shop", "url": url, "kind": kind, **options})
    assert made.status == 201, made.body
    return str(made.body["id"])


def run(caller: Caller, feed: str) -> dict[str, Any]:
    begun = caller.post(f"/product-feeds/{feed}/run")
    assert begun.status == 202, begun.body
    assert begun.body["state"] == "waiting"
    read_feed(str(caller.chain_id), str(decode("pfr", begun.body["id"])))
    found: dict[str, Any] = caller.get(f"/product-feeds/{feed}").body["last_run"]
    return found


def skus(caller: Caller, query: str = "") -> list[str]:
    return sorted(one["sku"] for one in caller.get(f"/products?{query}").body["items"])


def test_a_feed_makes_changes_and_puts_away(caller: Caller, server: StandIn) -> None:
    caller.post("/products", {"sku": "own", "name": "Own"})
    caller.post("/products", {"sku": "tea", "name": "Old tea", "tags": ["kept"], "price_min": "1"})
    url = server.put("/feed.xml", google("latte|Latte|3.90 EUR", "tea|Tea|2.50", "cake|Cake|2"))
    feed = add(caller, url, archives_gone=True)
    first = run(caller, feed)
    assert first["state"] == "done", first
    assert first["counts"] == {"created": 2, "changed": 1, "unchanged": 0, "archived": 0, "failed": 0}
    assert first["progress"] == {"read": 3, "done": 3}
    tea = caller.get("/products/ext:tea").body
    assert (tea["name"], tea["tags"], tea["price"], tea["price_min"], tea["source"]) == (
        "Tea", ["kept"], "2.50", "1.00", "feed",
    )  # fmt: skip
    assert run(caller, feed)["counts"] == {"created": 0, "changed": 0, "unchanged": 3, "archived": 0, "failed": 0}
    server.put("/feed.xml", google("latte|Latte|4.10", "tea|Tea|2.50"))
    assert run(caller, feed)["counts"] == {"created": 0, "changed": 1, "unchanged": 1, "archived": 1, "failed": 0}
    assert skus(caller) == ["latte", "own", "tea"]
    server.put("/feed.xml", google("latte|Latte|4.10", "tea|Tea|2.50", "cake|Cake|2"))
    assert run(caller, feed)["counts"]["changed"] == 1
    assert skus(caller) == ["cake", "latte", "own", "tea"]
    assert len(caller.get(f"/product-feeds/{feed}/runs").body["items"]) == 4


def test_what_somebody_put_away_no_feed_brings_back(caller: Caller, server: StandIn) -> None:
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90", "tea|Tea|2.50")), archives_gone=True)
    run(caller, feed)
    caller.delete("/products/ext:latte")
    assert run(caller, feed)["counts"]["unchanged"] == 2
    assert skus(caller) == ["tea"]


def test_without_the_choice_nothing_is_put_away(caller: Caller, server: StandIn) -> None:
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90", "tea|Tea|2.50")))
    run(caller, feed)
    server.put("/feed.xml", google("tea|Tea|2.50"))
    assert run(caller, feed)["counts"]["archived"] == 0
    assert skus(caller) == ["latte", "tea"]


def test_wrong_products_are_left_out_with_their_lines_and_not_put_away(caller: Caller, server: StandIn) -> None:
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90", "tea|Tea|2.50")), archives_gone=True)
    run(caller, feed)
    server.put(
        "/feed.xml", google("latte|Latte|3.999", "tea|Tea|2.60", "usd|Dollar|1 USD", "tea|Tea again|1", "x||1", "|y|1")
    )
    told = run(caller, feed)
    assert told["state"] == "done"
    assert told["counts"] == {"created": 0, "changed": 1, "unchanged": 0, "archived": 0, "failed": 5}
    assert [(error["line"], error["sku"], error["field"], error["code"]) for error in told["errors"]] == [
        (2, "latte", "price", "too_many_decimals"),
        (4, "usd", "price", "other_currency"),
        (5, "tea", "sku", "duplicate"),
        (7, "", "sku", "required"),
        (6, "x", "name", "required"),
    ]
    assert caller.get("/products/ext:latte").body["price"] == "3.90"
    assert caller.get("/products/ext:tea").body["price"] == "2.60"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<rss><channel></channel></rss>", "no_products"),
        (google("latte|Latte|4.00") + "<", "invalid_xml"),
        (google("latte|Latte|4.00", "tea|Tea|2.50").replace("</channel>", ""), "invalid_xml"),
        ("<html><body>Please sign in</body></html>", "no_products"),
        ('<!DOCTYPE r [<!ENTITY a "b">]>' + google("latte|&a;|4.00"), "entities"),
    ],
)
def test_a_feed_that_fails_leaves_products_as_they_are(caller: Caller, server: StandIn, body: str, code: str) -> None:
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90", "tea|Tea|2.50")), archives_gone=True)
    run(caller, feed)
    before = caller.get("/products").body
    server.put("/feed.xml", body)
    told = run(caller, feed)
    assert (told["state"], told["problem"]["code"]) == ("failed", code)
    assert "{" not in told["problem"]["detail"]
    assert caller.get("/products").body == before


def test_a_server_that_fails_is_told(caller: Caller, server: StandIn, settings: Any) -> None:
    feed = add(caller, server.put("/feed.xml", "gone", status=503))
    told = run(caller, feed)
    assert told["problem"] == {"code": "status", "detail": "127.0.0.1 answers with 503."}
    server.put("/feed.xml", "", status=301, Location="https://elsewhere.example/")
    assert run(caller, feed)["problem"]["code"] == "moved"
    settings.OUTBOUND_ALLOW = []
    asked = len(server.asked)
    assert run(caller, feed)["problem"]["code"] == "address_refused"
    assert len(server.asked) == asked


def test_a_csv_feed_with_chosen_columns(caller: Caller, server: StandIn) -> None:
    url = server.put("/feed.csv", "Nr;Artikel;Preis;Rabattfähig\n1;Käse;3,50;x\n2;Brot;;\n".encode("cp1252"))
    feed = add(caller, url, kind="csv")
    assert run(caller, feed)["problem"]["code"] == "no_sku_column"
    missing = caller.patch(f"/product-feeds/{feed}", {"mapping": {"sku": "Nr", "tags": "Gibt es nicht"}})
    assert missing.status == 200
    assert run(caller, feed)["problem"]["detail"] == "The file has no column “Gibt es nicht”."
    caller.patch(f"/product-feeds/{feed}", {"mapping": {"sku": "Nr"}})
    assert run(caller, feed)["counts"]["created"] == 2
    assert [one["name"] for one in caller.get("/products?order=name").body["items"]] == ["Brot", "Käse"]
    server.put("/feed.csv", b"\x00\x01\x02" * 5_000)
    assert run(caller, feed)["problem"]["code"] == "unreadable_file"


def test_a_yml_feed(caller: Caller, server: StandIn) -> None:
    chain = open_chain("Кофейня", country="RU", currency="RUB")
    text = (
        '<?xml version="1.0" encoding="windows-1251"?><!DOCTYPE yml_catalog SYSTEM "shops.dtd"><yml_catalog><shop>'
        '<categories><category id="1">Напитки</category><category id="2" parentId="1">Кофе</category></categories>'
        '<offers><offer id="01"><name>Латте</name><price>390</price><currencyId>RUR</currencyId><categoryId>2</categoryId>'
        "<vat>VAT_20</vat></offer></offers></shop></yml_catalog>"
    )
    feed = add(chain, server.put("/yml.xml", text.encode("cp1251")), kind="yml")
    assert run(chain, feed)["counts"]["created"] == 1
    latte = chain.get("/products/ext:01").body
    assert (latte["name"], latte["category"], latte["price"], latte["tax_percent"]) == (
        "Латте", "Напитки > Кофе", "390.00", "20",
    )  # fmt: skip


def test_feeds_are_begun_when_they_are_due(caller: Caller, server: StandIn) -> None:
    url = server.put("/feed.xml", google("latte|Latte|3.90"))
    feed, paused = add(caller, url, schedule="hourly"), add(caller, url, schedule="hourly", is_paused=True)
    zone = timezone.get_fixed_timezone(0)
    now = timezone.now()

    def begin(hours: float) -> int:
        return begin_due_feeds(caller.chain_id, zone=zone, defer=defer_feed, now=now + timedelta(hours=hours))  # type: ignore[arg-type]

    assert begin(0.5) == 0
    assert begin(1.1) == 1
    # Still waiting: it is not begun twice.
    assert begin(2.2) == 0
    busy = caller.post(f"/product-feeds/{feed}/run")
    assert (busy.status, busy.code) == (409, "feed_running")
    assert caller.delete(f"/product-feeds/{feed}").code == "feed_running"
    with unit_of_work(caller.chain_id):
        jobs = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'products.read_feed'")
    assert len(jobs) == 1
    run_id = caller.get(f"/product-feeds/{feed}").body["last_run"]["id"]
    read_feed(str(caller.chain_id), str(decode("pfr", run_id)))
    read_feed(str(caller.chain_id), str(decode("pfr", run_id)))
    assert len(server.asked) == 1
    assert caller.get(f"/product-feeds/{paused}").body["last_run"] is None
    assert begin(3.3) == 1


def test_a_reading_whose_job_was_lost_holds_nothing_up_for_ever(caller: Caller, server: StandIn) -> None:
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90")))
    assert caller.post(f"/product-feeds/{feed}/run").status == 202
    with unit_of_work(caller.chain_id):
        rows("UPDATE product_feed_runs SET created_at = created_at - interval '7 hours'")
    assert run(caller, feed)["state"] == "done"
    runs = caller.get(f"/product-feeds/{feed}/runs").body["items"]
    assert [one["state"] for one in runs] == ["done", "failed"]
    assert runs[1]["problem"]["code"] == "interrupted"


def test_a_feed_is_changed_and_removed_and_its_products_stay(caller: Caller, server: StandIn) -> None:
    stranger = open_chain("Salon")
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|3.90")))
    run(caller, feed)
    found = caller.get(f"/product-feeds/{feed}")
    assert stranger.get(f"/product-feeds/{feed}").status == 404
    assert stranger.post(f"/product-feeds/{feed}/run").status == 404
    changed = caller.patch(f"/product-feeds/{feed}", {"schedule": "hourly"}, HTTP_IF_MATCH=found.headers["ETag"])
    assert changed.body["schedule"] == "hourly"
    late = caller.patch(f"/product-feeds/{feed}", {"name": "x"}, HTTP_IF_MATCH=found.headers["ETag"])
    assert late.code == "changed_meanwhile"
    wrong = caller.patch(f"/product-feeds/{feed}", {"url": "file:///etc/passwd", "mapping": {"colour": "x"}})
    assert set(wrong.codes_at()) == {"/url", "/mapping"}
    assert caller.delete(f"/product-feeds/{feed}").status == 204
    assert caller.get(f"/product-feeds/{feed}").status == 404
    assert skus(caller) == ["latte"]
    for _ in range(10):
        add(caller, "https://shop.example.com/feed.xml")
    many = caller.post("/product-feeds", {"name": "x", "url": "https://shop.example.com/", "kind": "yml"})
    assert many.code == "too_many_feeds"


def test_a_feed_that_fails_is_told_once_to_whoever_can_mend_it(server: StandIn) -> None:
    shop = open_shop()
    hire(shop, "analyst")
    caller = add_caller(shop.chain_id)
    client = sign_in_client(Client(), shop)
    feed = add(caller, server.put("/feed.xml", google("latte|Latte|4.00")))
    run(caller, feed)
    assert "could not be read" not in client.get("/settings/products").content.decode()
    server.put("/feed.xml", "gone", status=503)
    for _ in range(2):
        run(caller, feed)
        page = client.get("/settings/products").content.decode()
        assert "The feed “Shop” could not be read." in page
        assert "127.0.0.1 answers with 503." in page
        assert f"/settings/products/feeds/{feed}/edit" in page
        notes = client.get("/notifications").content.decode()
        assert "Correct its address, or read it again." in notes
    with unit_of_work(shop.chain_id):
        # The owner and whoever the key belongs to may mend it, the analyst may not; the second failure told nothing new.
        told = rows("SELECT s.role, n.at FROM notifications n JOIN staff s ON s.id = n.staff_id ORDER BY 1")
        runs = rows("SELECT min(finished_at) FROM product_feed_runs WHERE state = 'failed'")
    assert {role for role, _ in told} == {"owner"}
    assert {at for _, at in told} == {runs[0][0]}
    server.put("/feed.xml", google("latte|Latte|4.50"))
    run(caller, feed)
    assert "could not be read" not in client.get("/settings/products").content.decode()
