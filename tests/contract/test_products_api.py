"""Products over HTTP (ORD-12): one by one, many at once, from a CSV file."""

import pytest

from tests.contract.chains import Caller, Reply, add_caller

LATTE = {
    "sku": "latte",
    "name": "Latte",
    "category": "Drinks>Coffee",
    "tags": ["hot"],
    "price": "3.90",
    "price_min": 2,
    "tax_percent": "19",
}


def upload(caller: Caller, content: bytes, *, name: str = "products.csv", extra: str = "", **headers: str) -> Reply:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n' + content
        + b"\r\n" + extra.encode() + b"--b--\r\n"
    )  # fmt: skip
    return caller.send(
        "POST", "/products/import/file", raw=body, content_type="multipart/form-data; boundary=b", **headers
    )


def test_a_product_is_made_read_changed_and_put_away(caller: Caller) -> None:
    made = caller.post("/products", LATTE)
    assert made.status == 201, made.body
    assert made.body == {
        "id": made.body["id"],
        "sku": "latte",
        "name": "Latte",
        "category": "Drinks > Coffee",
        "tags": ["hot"],
        "kind": "goods",
        "price": "3.90",
        "price_min": "2.00",
        "tax_percent": "19",
        "excluded": False,
        "source": "api",
        "archived_at": None,
        "updated_at": made.body["updated_at"],
        "version": 1,
    }
    assert caller.get("/products/ext:latte").body == made.body
    changed = caller.patch("/products/ext:latte", {"price": 4.5, "tax_percent": None, "excluded": True})
    assert (changed.body["price"], changed.body["tax_percent"], changed.body["excluded"]) == ("4.50", None, True)
    assert changed.body["name"] == "Latte"
    gone = caller.delete(f"/products/{made.body['id']}")
    assert gone.body["archived_at"]
    assert caller.get("/products").body["items"] == []
    assert [one["sku"] for one in caller.get("/products?archived=true").body["items"]] == ["latte"]
    back = caller.patch("/products/ext:latte", {"archived": False})
    assert back.body["archived_at"] is None


def test_versions_are_compared(caller: Caller) -> None:
    made = caller.post("/products", LATTE)
    etag = made.headers["ETag"]
    assert caller.patch("/products/ext:latte", {"name": "Latte macchiato"}, HTTP_IF_MATCH=etag).status == 200
    late = caller.patch("/products/ext:latte", {"name": "Late"}, HTTP_IF_MATCH=etag)
    assert (late.status, late.code) == (412, "changed_meanwhile")
    # A change that changes nothing makes no new version.
    now = caller.get("/products/ext:latte")
    same = caller.patch("/products/ext:latte", {"name": "Latte macchiato"})
    assert same.headers["ETag"] == now.headers["ETag"]


def test_an_sku_belongs_to_one_product_even_one_put_away(caller: Caller, stranger: Caller) -> None:
    first = caller.post("/products", LATTE).body
    caller.delete("/products/ext:latte")
    taken = caller.post("/products", LATTE)
    assert (taken.status, taken.code, taken.body["product"]) == (409, "sku_taken", first["id"])
    caller.post("/products", LATTE | {"sku": "tea"})
    assert caller.patch("/products/ext:tea", {"sku": "latte"}).code == "sku_taken"
    assert stranger.post("/products", LATTE).status == 201
    assert stranger.get(f"/products/{first['id']}").status == 404


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"sku": ""}, {"/sku"}),
        ({"sku": "x" * 129}, {"/sku"}),
        ({"name": " "}, {"/name"}),
        ({"price": "-1"}, {"/price"}),
        ({"price": "1.234"}, {"/price"}),
        ({"price": "99999999999999999"}, {"/price"}),
        ({"price_min": "abc"}, {"/price_min"}),
        ({"tax_percent": "101"}, {"/tax_percent"}),
        ({"tax_percent": "-1"}, {"/tax_percent"}),
        ({"tax_percent": "1.23456"}, {"/tax_percent"}),
        ({"kind": "thing"}, {"/kind"}),
        ({"tags": ["x"] * 51}, {"/tags"}),
        ({"tags": ["x" * 61]}, {"/tags/0"}),
        ({"category": "c" * 301}, {"/category"}),
        ({"colour": "red"}, {"/colour"}),
        ({"excluded": "no"}, {"/excluded"}),
    ],
)
def test_what_is_no_product_is_told_field_by_field(caller: Caller, change: dict[str, object], codes: set[str]) -> None:
    reply = caller.post("/products", LATTE | change)
    assert reply.status == 422, reply.body
    assert set(reply.codes_at()) == codes


def test_null_empties_what_may_be_empty_and_nothing_else(caller: Caller) -> None:
    caller.post("/products", LATTE)
    reply = caller.patch("/products/ext:latte", {"name": None, "sku": None})
    assert reply.codes_at() == {"/name": "required", "/sku": "required"}
    emptied = caller.patch("/products/ext:latte", {"price": None, "category": None, "tags": None, "price_min": None})
    assert (emptied.body["price"], emptied.body["category"], emptied.body["tags"]) == (None, "", [])


def test_lists_are_searched_filtered_and_paged(caller: Caller) -> None:
    items = [
        {"sku": f"c{number}", "name": f"Café {number}", "category": "Drinks > Coffee", "tags": ["hot"]}
        for number in range(5)
    ]
    items += [{"sku": "T_1", "name": "Tea", "category": "Drinks"}, {"sku": "cut", "name": "Haircut", "kind": "service"}]
    items += [{"sku": "d", "name": "Drink holder", "category": "Drinksware"}]
    assert caller.post("/products/import", {"items": items}).body["created"] == 8

    def skus(query: str) -> list[str]:
        return [one["sku"] for one in caller.get(f"/products?order=name&{query}").body["items"]]

    assert skus("search=cafe 3") == ["c3"]
    assert skus("search=t_") == ["T_1"]
    assert skus("search=%25") == []
    assert skus("category=Drinks") == ["c0", "c1", "c2", "c3", "c4", "T_1"]
    assert skus("tag=hot&search=4") == ["c4"]
    assert skus("kind=service") == ["cut"]
    assert skus("sku=d") == ["d"]
    for order in ("name", "newest"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = caller.get(f"/products?limit=3&order={order}&cursor={cursor}").body
            seen += [one["sku"] for one in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert sorted(seen) == sorted(str(one["sku"]) for one in items)
        assert caller.get(f"/products?order={order}&cursor=nonsense").code == "invalid_cursor"


def test_many_are_made_and_changed_each_by_itself(caller: Caller) -> None:
    caller.post("/products", LATTE)
    caller.post("/products", LATTE | {"sku": "tea", "name": "Tea"})
    caller.delete("/products/ext:tea")
    reply = caller.post(
        "/products/import",
        {
            "items": [
                {"sku": "latte", "price": "4.10"},
                {"sku": "mocha", "name": "Mocha", "price": 4},
                {"sku": "nameless"},
                {"sku": "mocha", "name": "Mocha again"},
                {"name": "No SKU"},
                {"sku": "cake", "name": "Cake", "price": "2.999", "kind": "food"},
                {"sku": "tea", "name": "Tea"},
                {"sku": "latte2", "name": "Latte", "price": {"amount": 3}},
            ]
        },
    )
    assert reply.status == 200, reply.body
    results = reply.body["results"]
    assert [one["status"] for one in results] == [
        "changed", "created", "error", "error", "error", "error", "changed", "error",
    ]  # fmt: skip
    assert {error["pointer"] for one in results for error in one["errors"]} == {
        "/items/2/name",
        "/items/3/sku",
        "/items/4/sku",
        "/items/5/kind",
        "/items/5/price",
        "/items/7/price",
    }
    assert {name: reply.body[name] for name in ("created", "changed", "unchanged", "failed")} == {
        "created": 1, "changed": 2, "unchanged": 0, "failed": 5,
    }  # fmt: skip
    latte = caller.get("/products/ext:latte").body
    assert (latte["price"], latte["tags"], latte["version"]) == ("4.10", ["hot"], 2)
    assert caller.get("/products/ext:tea").body["archived_at"] is None
    again = caller.post("/products/import", {"items": [{"sku": "latte", "price": "4.10"}]})
    assert again.body["unchanged"] == 1


def test_ten_thousand_at_once_and_no_more(caller: Caller) -> None:
    items = [{"sku": f"s{number}", "name": f"Product {number}", "price": "1.50"} for number in range(10_000)]
    assert caller.post("/products/import", {"items": items}).body["created"] == 10_000
    assert caller.post("/products/import", {"items": items}).body["unchanged"] == 10_000
    assert caller.post("/products/import", {"items": [*items, items[0]]}).status == 422


def test_a_csv_file_in_any_delimiter_and_encoding(caller: Caller) -> None:
    text = (
        "Прайс-лист;;;;;\r\nАртикул;Название;Категория;Цена;НДС;Метки;Без скидок\r\n"
        "01;Латте большой;Напитки > Кофе;1 390,50 р.;20%;горячее, кофе;\r\n"
        "02;Подарочная карта;Карты;;;;да\r\n03;Чай;;1.234,5;;;нет\r\n;Без артикула;;5;;;\r\n"
    )
    reply = upload(caller, text.encode("cp1251"))
    assert reply.status == 200, reply.body
    body = reply.body
    assert (body["created"], body["failed"]) == (3, 1)
    assert body["results"][3]["errors"][0]["pointer"] == "/6/sku"
    latte = caller.get("/products/ext:01").body
    assert (latte["name"], latte["category"], latte["price"], latte["tax_percent"], latte["source"]) == (
        "Латте большой", "Напитки > Кофе", "1390.50", "20", "csv",
    )  # fmt: skip
    assert latte["tags"] == ["горячее", "кофе"]
    assert caller.get("/products/ext:02").body["excluded"] is True
    assert caller.get("/products/ext:03").body["price"] == "1234.50"


def test_a_file_with_a_key_is_read_once(caller: Caller) -> None:
    first, again = (upload(caller, b"sku,name\n1,One\n", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.body["created"] == again.body["created"] == 1
    assert again.headers["Idempotent-Replay"] == "true"
    assert upload(caller, b"sku,name\n1,Two\n", HTTP_IDEMPOTENCY_KEY="k").code == "idempotency_key_reused"
    assert caller.get("/products/ext:1").body["name"] == "One"
    assert upload(
        caller, b"sku,name\n1,One\n", extra='--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
    ).codes_at() == {"/x": "unknown_field"}


def test_files_that_are_none_are_refused(caller: Caller) -> None:
    for content, status in ((b"", 422), (b"name,price\nLatte,3\n", 422), (b"\x00\x01\x02" * 5_000, 422)):
        reply = upload(caller, content)
        assert reply.status == status, reply.body
    assert caller.send("POST", "/products/import/file", raw=b"{}").status == 415


def test_rights_are_asked(caller: Caller) -> None:
    reader = add_caller(caller.chain_id, scopes=frozenset({"promotions:read"}))
    caller.post("/products", LATTE)
    assert reader.get("/products/ext:latte").status == 200
    for reply in (
        reader.post("/products", LATTE),
        reader.patch("/products/ext:latte", {"name": "x"}),
        reader.delete("/products/ext:latte"),
        reader.post("/products/import", {"items": []}),
        reader.post("/product-feeds", {"name": "x", "url": "https://example.com", "kind": "csv"}),
    ):
        assert (reply.status, reply.body["needs"]) == (403, "promotions:write")
