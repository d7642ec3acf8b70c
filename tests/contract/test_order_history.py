"""Orders of the past from a spreadsheet, over HTTP (IMP-9): counted once, earning nothing, gone again with an undo."""

import json
from typing import Any

import pytest
from django.utils import timezone

from regulars.imports.actions.steps import run_step
from regulars.kernel.ids import decode
from regulars.orders.actions.statistics import STATISTICS_KINDS, fold_statistics
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.platform.database import rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, BORIS, CLARA, Shop, open_shop

HEAD = "Order number;Date;Phone;Total"


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


def history(*lines: str, head: str = HEAD) -> str:
    return "\n".join([head, *lines]) + "\n"


def check(shop: Shop, *lines: str, head: str = HEAD, **fields: Any) -> dict[str, Any]:
    return shop.check(history(*lines, head=head), **({"kind": "orders", "card_type": None, "mode": None} | fields))


def bring(shop: Shop, *lines: str, head: str = HEAD, **fields: Any) -> dict[str, Any]:
    one = shop.apply(check(shop, *lines, head=head, **fields))
    fold(shop)
    return one


def fold(shop: Shop) -> None:
    """What the dispatcher does with the events so far."""
    with unit_of_work(shop.caller.chain_id):
        found = rows(
            "SELECT id, kind, at, card_ids, transaction_ids, payload::text FROM events WHERE chain_id = %s ORDER BY id",
            [shop.caller.chain_id],
        )
        events = [
            NumberedEvent(seq=at, id=values[0], kind=values[1], at=values[2], card_ids=tuple(values[3]),
                          transaction_ids=tuple(values[4]), payload=json.loads(values[5]))
            for at, values in enumerate(found)
            if values[1] in STATISTICS_KINDS
        ]  # fmt: skip
        if events:
            fold_statistics(shop.caller.chain_id, events)


def codes(shop: Shop, one: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(row["status"], row["code"], row["column"]) for row in shop.rows(one)]


def customer(shop: Shop, phone: str) -> dict[str, Any]:
    items = shop.caller.get(f"/customers?phone=%2B{phone[1:]}").body["items"]
    assert len(items) == 1, items
    return dict(shop.caller.get(f"/customers/{items[0]['id']}").body)


def orders(shop: Shop, query: str = "") -> list[dict[str, Any]]:
    return list(shop.caller.get(f"/orders?{query}").body["items"])


def test_a_history_counts_for_its_customers_and_moves_no_balance(shop: Shop) -> None:
    one = bring(
        shop, f"1001;2024-03-01 10:15;{ANNA};20.00", f"1002;2024-03-08 10:15;{ANNA};40.00", f"1003;2024-03-09;{BORIS};5"
    )

    assert one["result"] | {"left": 0} == {"created": 3, "changed": 0, "unchanged": 0, "left": 0, "failed": 0}
    anna = customer(shop, ANNA)["statistics"]
    assert (anna["paid"], anna["visits"], anna["average"]) == ("60.00", 2, "30.00")
    assert (anna["first_visit"][:10], anna["last_visit"][:10]) == ("2024-03-01", "2024-03-08")
    found = orders(shop)
    assert [each["external_id"] for each in found] == ["1003", "1002", "1001"], "newest first, by when they were"
    assert {each["imported_by"] for each in found} == {one["id"]}
    with unit_of_work(shop.caller.chain_id):
        assert rows("SELECT count(*) FROM entries WHERE chain_id = %s", [shop.caller.chain_id]) == [(0,)]


def test_a_history_that_comes_twice_counts_once(shop: Shop) -> None:
    lines = (f"1001;2024-03-01 10:15;{ANNA};20.00", f"1002;2024-03-08 10:15;{ANNA};40.00")
    bring(shop, *lines)

    again = bring(shop, *lines, f"1003;2024-03-09;{ANNA};1")

    assert (again["counts"]["create"], again["counts"]["unchanged"]) == (1, 2)
    assert (again["result"]["created"], again["result"]["unchanged"]) == (1, 2)
    assert customer(shop, ANNA)["statistics"]["visits"] == 3


def test_orders_without_numbers_count_once_too(shop: Shop) -> None:
    lines = (f"2024-03-01 10:15;{ANNA};2.00", f"2024-03-01 10:15;{ANNA};2.00", f"2024-03-02 10:15;{ANNA};2.00")
    head = "Date;Phone;Total"
    bring(shop, *lines, head=head)

    again = bring(shop, *lines, head=head)

    assert again["result"]["created"] == 0
    assert customer(shop, ANNA)["statistics"]["visits"] == 3, "two equal rows are two orders"


def test_rows_of_one_number_are_one_order_with_lines(shop: Shop) -> None:
    head = "Order number;Date;Email;Total;Product;Quantity;Price;SKU"
    bring(
        shop,
        "#77;2024-03-01 10:15;anna@example.com;30.00;Cut;1;25.00;CUT",
        "#77;;;;Shampoo;2;4.00;SH-1",
        head=head,
    )

    (order,) = orders(shop)
    assert (order["external_id"], order["total"]) == ("77", "30.00")
    assert [(each["name"], each["quantity"], each["price"]) for each in order["lines"]] == [
        ("Cut", "1", "25.00"),
        ("Shampoo", "2", "4.00"),
    ]
    assert sum(float(each["total"]) for each in order["lines"]) == 30.0, (
        "what is less than the lines was taken off them"
    )


def test_what_cannot_be_right_is_refused_with_row_and_column(shop: Shop) -> None:
    head = "Order number;Date;Phone;Total;Currency;Status"
    ahead = (timezone.now()).year + 1
    one = check(
        shop,
        f"1;2024-03-01;{ANNA};x;EUR;paid",
        f"2;2024-03-01;{ANNA};-5;EUR;paid",
        f"3;2024-03-01;{ANNA};5;XXQ;paid",
        f"4;2024-03-01;{ANNA};5;USD;paid",
        f"5;{ahead}-03-01;{ANNA};5;EUR;paid",
        f"6;2024-03-31 02:30;{ANNA};5;EUR;paid",
        f"7;2024-03-01;{ANNA};5;EUR;wobbly",
        f"8;yesterday;{ANNA};5;EUR;paid",
        f";2024-03-01;{ANNA};5;EUR;paid",
        f"10;;{ANNA};5;EUR;paid",
        f"11;2024-03-01;{ANNA};;EUR;paid",
        f"12;2024-03-01;{ANNA};5;EUR;open",
        "13;2024-03-01;12;5;EUR;paid",
        f"14;2024-03-01;{ANNA};5.005;EUR;paid",
        head=head,
        decimal=".",
    )

    assert codes(shop, one) == [
        ("error", "not_a_number", "Total"),
        ("error", "money_below_zero", "Total"),
        ("error", "unknown_currency", "Currency"),
        ("error", "other_currency", "Currency"),
        ("error", "time_ahead", "Date"),
        ("error", "time_in_gap", "Date"),
        ("error", "unknown_state", "Status"),
        ("error", "invalid_moment", "Date"),
        ("error", "order_number_missing", "Order number"),
        ("error", "moment_missing", "Date"),
        ("error", "total_missing", "Total"),
        ("unchanged", "order_not_paid", "Status"),
        ("error", "invalid_phone", "Phone"),
        ("error", "money_too_exact", "Total"),
    ]
    assert "02:30" in next(row["detail"] for row in shop.rows(one) if row["code"] == "time_in_gap")


def test_rows_that_contradict_each_other_keep_their_order_out(shop: Shop) -> None:
    one = check(
        shop,
        f"1;2024-03-01;{ANNA};5;A;1",
        f"1;2024-03-01;{ANNA};6;B;1",
        f"2;2024-03-01;{ANNA};6;C;1",
        "2;;;;D;x",
        head="Order number;Date;Phone;Total;Product;Price",
    )

    assert codes(shop, one) == [
        ("error", "order_incomplete", None),
        ("error", "order_rows_differ", "Total"),
        ("error", "order_incomplete", None),
        ("error", "not_a_number", "Price"),
    ]


def test_unknown_customers_are_made_or_left_out_as_chosen(shop: Shop) -> None:
    lines = (f"1;2024-03-01;{ANNA};5;Anna", f"2;2024-03-01;{ANNA};5;Anna", "3;2024-03-01;;5;")
    head = "Order number;Date;Phone;Total;Name"

    skipped = bring(shop, *lines, head=head, missing="skip")
    assert (skipped["result"]["created"], skipped["result"]["unchanged"]) == (1, 2), "nobody's order is kept"
    made = bring(shop, *lines, head=head)

    assert made["result"]["created"] == 2
    assert customer(shop, ANNA)["name"] == "Anna"
    assert customer(shop, ANNA)["statistics"]["visits"] == 2


def test_buyers_are_found_by_card_phone_email_and_id(shop: Shop) -> None:
    shop.bring(f"phone;number;name;email;external_id\n{ANNA};C-1;Anna;anna@example.com;x-1\n{BORIS};C-2;Boris;;\n")
    one = bring(
        shop,
        "1;2024-03-01;;c-1;;;5",
        f"2;2024-03-01;{ANNA};;;;5",
        "3;2024-03-01;;;Anna@Example.com;;5",
        "4;2024-03-01;;;;x-1;5",
        f"5;2024-03-01;{CLARA};;;x-1;5",
        "6;2024-03-01;;nothing-1;;;5",
        head="Order number;Date;Phone;Card number;Email;Customer ID;Total",
    )

    assert customer(shop, ANNA)["statistics"]["visits"] == 5
    assert [(row["status"], row["code"]) for row in shop.rows(one)][-1] == ("warning", "customer_unnamed")
    assert one["result"]["created"] == 6


def test_an_undo_takes_orders_statistics_and_new_customers_back(shop: Shop) -> None:
    shop.bring(f"phone;name\n{BORIS};Boris\n")
    lines = (f"1;2024-03-01;{ANNA};5", f"2;2024-03-01;{BORIS};7", f"3;2024-03-02;{BORIS};7")
    one = bring(shop, *lines)
    preview = shop.caller.get(f"/imports/{one['id']}/undo").body

    undone = shop.undo(one)
    fold(shop)

    assert (preview["orders_removed"], preview["orders_kept"], preview["customers_removed"]) == (3, 0, 1)
    assert (undone["state"], undone["undo"]["orders_removed"], undone["undo"]["customers_removed"]) == ("undone", 3, 1)
    assert orders(shop) == []
    assert customer(shop, BORIS)["statistics"]["visits"] == 0
    assert shop.caller.get(f"/customers?phone=%2B{ANNA[1:]}").body["items"] == []
    assert bring(shop, *lines)["result"]["created"] == 3, "their numbers are free again"


def test_something_that_came_back_since_stays_with_its_order(shop: Shop) -> None:
    one = bring(shop, f"1;2024-03-01;{ANNA};5.00", f"2;2024-03-01;{ANNA};7.00")
    refund = shop.caller.post("/orders/ext:1/refunds", {"amount": "2.00"})
    assert (refund.status, refund.body["money_back"], refund.body["taken_back"]) == (201, "2.00", []), refund.body

    undone = shop.undo(one)

    assert (undone["undo"]["orders_removed"], undone["undo"]["orders_kept"]) == (1, 1)
    assert [each["external_id"] for each in orders(shop)] == ["1"]
    assert customer(shop, ANNA), "who has an order stays"


def test_a_history_can_be_given_back_cancelled_and_repriced(shop: Shop) -> None:
    head = "Order number;Date;Phone;Total;Product;Price;Shipping;Status;Refunded"
    bring(
        shop,
        f"1;2024-03-01;{ANNA};12.00;Cut;10.00;2.00;paid;",
        f"2;2024-03-01;{ANNA};10.00;;;;partially refunded;4.00",
        f"3;2024-03-01;{ANNA};10.00;;;;refunded;",
        f"4;2024-03-01;{ANNA};10.00;;;;cancelled;",
        head=head,
    )

    assert {each["external_id"]: each["state"] for each in orders(shop)} == {
        "1": "paid", "2": "partly_refunded", "3": "refunded", "4": "cancelled",
    }  # fmt: skip
    statistics = customer(shop, ANNA)["statistics"]
    assert (statistics["paid"], statistics["visits"]) == ("18.00", 2)
    whole = shop.caller.post("/orders/ext:1/cancel")
    assert (whole.status, whole.body["money_back"]) == (200, "12.00"), whole.body
    rest = shop.caller.post("/orders/ext:2/refunds", {"amount": "6.00"})
    assert rest.status == 201, rest.body
    more = shop.caller.post("/orders/ext:3/refunds", {"amount": "1.00"})
    assert more.status == 409, more.body


def test_a_till_that_sends_an_order_of_the_history_is_told_that_it_is_here(shop: Shop) -> None:
    bring(shop, f"1;2024-03-01;{ANNA};5.00")

    sent = shop.caller.post("/orders", {"external_id": "1", "phone": ANNA, "lines": [{"price": "5.00"}]})

    assert (sent.status, sent.code) == (409, "external_id_taken")


def test_a_till_s_order_in_the_file_stays_as_the_till_sent_it(shop: Shop) -> None:
    shop.caller.post("/orders", {"external_id": "1", "phone": ANNA, "lines": [{"price": "5.00"}]})

    one = bring(shop, f"1;2024-03-01;{ANNA};9.00")

    assert (one["result"]["created"], one["result"]["unchanged"]) == (0, 1)
    assert [each["total"] for each in orders(shop)] == ["5.00"]


def test_places_and_staff_are_found_by_their_names(shop: Shop) -> None:
    place = shop.caller.get("/locations").body["items"][0]
    one = bring(
        shop,
        f"1;2024-03-01;{ANNA};5;{place['name'].upper()};web;Nobody Known",
        f"2;2024-03-01;{ANNA};5;Elsewhere;;",
        head="Order number;Date;Phone;Total;Location;Channel;Staff",
    )

    by_number = {each["external_id"]: each for each in orders(shop)}
    assert (by_number["1"]["location"], by_number["1"]["channel"]) == (place["id"], "web")
    assert by_number["2"]["location"] is None
    assert [row["code"] for row in shop.rows(one)] == ["seller_unknown", "place_unknown"]


def test_columns_that_tell_no_order_are_asked_for(shop: Shop) -> None:
    one = check(shop, f"1;{ANNA}", head="Order number;Phone")
    assert one["state"] == "needs_mapping"

    refused = shop.caller.send("PUT", f"/imports/{one['id']}/mapping", {"order": "Order number", "phone": "Phone"})

    assert (refused.status, refused.code, refused.body["wanted"]) == (422, "order_column_missing", "at")


def test_a_row_is_mended_on_the_page(shop: Shop) -> None:
    one = check(shop, f"1;2024-03-01;{ANNA};x", f"2;2024-03-01;{ANNA};5")
    reply = shop.caller.patch(f"/imports/{one['id']}/rows/2", {"Total": "8"})
    assert reply.status == 200, reply.body

    import_id = decode("imp", one["id"])
    assert import_id
    run_step(shop.caller.chain_id, import_id, "mend", now=timezone.now())
    applied = shop.apply(shop.read(one["id"]))

    assert applied["result"]["created"] == 2


def test_the_history_of_orders_keeps_every_promise(shop: Shop) -> None:
    bring(shop, f"1;2024-03-01;{ANNA};5;Cut;7;1", f"2;2024-03-01;{BORIS};50;Cut;7;1", "3;2024-03-01;;50;;;",
          head="Order number;Date;Phone;Total;Product;Price;Shipping")  # fmt: skip

    with unit_of_work(shop.caller.chain_id):
        for promise in ORDER_PROMISES:
            statement = promise.statement.replace("o.import_id IS NULL", "true")
            assert rows(statement) == [], promise.name
