"""Orders of the past: when they were, how their rows become one order, and what other systems call their columns."""

from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.imports.rules.contents import look_at
from regulars.imports.rules.history import NOBODY, Known, OrderRow, Whose, decide_order
from regulars.imports.rules.matching import Column, guess_columns, mapping_of
from regulars.imports.rules.moments import read_moment
from regulars.imports.rules.order_cells import read_currency, read_order_number, read_state
from regulars.imports.rules.order_words import ORDER_WORDS
from regulars.imports.rules.presets import recognise
from regulars.imports.rules.words import header_form
from regulars.kernel.ids import new_id_at
from regulars.orders.rules.history import HistoryLine, settle_lines

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "letter", "order", "expected"),
    [
        ("2024-03-01 10:15", "t", "dmy", "2024-03-01T09:15:00+00:00"),
        ("2024-03-01T10:15:30Z", "t", "dmy", "2024-03-01T10:15:30+00:00"),
        ("2024-03-01 10:15:30 +0100", "t", "dmy", "2024-03-01T09:15:30+00:00"),
        ("2024-03-01T10:15:30.123+05:30", "t", "dmy", "2024-03-01T04:45:30+00:00"),
        ("2024-03-01 10:15 UTC", "t", "dmy", "2024-03-01T10:15:00+00:00"),
        ("01.03.2024 10:15", "t", "dmy", "2024-03-01T09:15:00+00:00"),
        ("03/01/2024 2:15 PM", "t", "mdy", "2024-03-01T13:15:00+00:00"),
        ("03/01/2024 12:05 a.m.", "t", "mdy", "2024-02-29T23:05:00+00:00"),
        ("1 March 2024, 10:15", "t", "dmy", "2024-03-01T09:15:00+00:00"),
        ("01.03.2024", "t", "dmy", "2024-03-01T11:00:00+00:00"),
        ("2024-03-01 00:00:00", "d", "dmy", "2024-03-01T11:00:00+00:00"),
        ("2024-03-01 00:00:00", "t", "dmy", "2024-02-29T23:00:00+00:00"),
        ("45352.5", "n", "dmy", "2024-03-01T11:00:00+00:00"),
        ("1709284500", "n", "dmy", "2024-03-01T09:15:00+00:00"),
        ("1709284500000", "n", "dmy", "2024-03-01T09:15:00+00:00"),
        ("2023-10-29 02:30", "t", "dmy", "2023-10-29T00:30:00+00:00"),
        ("2024-03-31 02:30", "t", "dmy", "time_in_gap"),
        ("2024-03-31 02:30 +0100", "t", "dmy", "2024-03-31T01:30:00+00:00"),
        ("2026-11-27 13:01", "t", "dmy", "time_ahead"),
        ("2024-03-01 25:15", "t", "dmy", "invalid_moment"),
        ("2024-03-01 13:15 pm", "t", "dmy", "invalid_moment"),
        ("1024-03-01", "t", "dmy", "invalid_moment"),
        ("31.02.2024", "t", "dmy", "invalid_moment"),
        ("soon", "t", "dmy", "invalid_moment"),
        ("#N/A", "t", "dmy", "formula_error"),
    ],
)  # fmt: skip
def test_when_an_order_was(text: str, letter: str, order: str, expected: str) -> None:
    found = read_moment(text, letter, order=order, zone=BERLIN, now=NOW)  # type: ignore[arg-type]
    assert (found.code or (found.value and found.value.isoformat(timespec="seconds"))) == expected


@given(st.text(max_size=30))
def test_no_text_is_a_moment_that_has_not_come(text: str) -> None:
    found = read_moment(text, "t", order="dmy", zone=BERLIN, now=NOW)
    assert found.value is None or found.value <= NOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [("#1001", "1001"), ("№ 12/2024", "12-2024"), (" A 1 ", "A-1"), ("ü", "invalid_order_number"), ("x" * 129, "invalid_order_number"), ("", None)],
)  # fmt: skip
def test_numbers_of_orders(text: str, expected: str | None) -> None:
    found = read_order_number(text, "t" if text else " ")
    assert (found.value or found.code) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("eur", "EUR"), ("€", "EUR"), ("USD", "other_currency"), ("$", "unknown_currency"), ("XXQ", "unknown_currency"), ("", None)],
)  # fmt: skip
def test_currencies(text: str, expected: str | None) -> None:
    found = read_currency(text, "t", home="EUR")
    assert (found.value or found.code) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paid", "paid"), ("Completed", "completed"), ("partially_refunded", "partly_refunded"), ("Частичный возврат", "partly_refunded"),
        ("VOIDED", "cancelled"), ("wc-completed", "unknown_state"), ("on-hold", "open"), ("Отменен клиентом", "cancelled"), ("Refund", "refunded"),
        ("Storniert", "cancelled"), ("पूर्ण", "completed"), ("remboursée", "refunded"), ("Sale", "completed"),
    ],
)  # fmt: skip
def test_states(text: str, expected: str) -> None:
    found = read_state(text, "t")
    assert (found.value or found.code) == expected


def test_every_word_over_a_list_of_orders_is_one_field_only() -> None:
    seen: dict[str, str] = {}
    for key, words in ORDER_WORDS.items():
        for word in words:
            assert seen.setdefault(header_form(word), key) == key, word


PRESETS = {
    "Shopify (orders)": (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Billing Name,Phone,Refunded Amount,Location",
        "Name=order,Email=email,Financial Status=state,Currency=currency,Shipping=shipping,Total=total,Discount Amount=discount,Created at=at,Lineitem quantity=quantity,Lineitem name=product,Lineitem price=price,Lineitem sku=sku,Lineitem discount=line_discount,Billing Name=name,Phone=phone,Refunded Amount=refunded,Location=place",
    ),
    "WooCommerce (orders)": (
        "Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),Phone (Billing),Order Shipping Amount,Order Refund Amount,Order Total Amount,SKU,Item Name,Quantity (- Refund),Item Cost",
        "Order Number=order,Order Status=state,Order Date=at,First Name (Billing)=first_name,Last Name (Billing)=last_name,Email (Billing)=email,Phone (Billing)=phone,Order Shipping Amount=shipping,Order Refund Amount=refunded,Order Total Amount=total,SKU=sku,Item Name=product,Quantity (- Refund)=quantity,Item Cost=price",
    ),
    "Square (transactions)": (
        "Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Tax,Tip,Total Collected,Card,Transaction ID,Event Type,Location,Customer ID,Customer Name",
        "Date=at,Time=time,Discounts=discount,Tip=tips,Total Collected=total,Transaction ID=order,Event Type=state,Location=place,Customer ID=external_id,Customer Name=name",
    ),
    "Square (items)": (
        "Date,Time,Category,Item,Qty,SKU,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Location,Customer ID",
        "Date=at,Time=time,Category=category,Item=product,Qty=quantity,SKU=sku,Discounts=line_discount,Net Sales=line_total,Transaction ID=order,Event Type=state,Location=place,Customer ID=external_id",
    ),
    "Altegio (visits)": (
        "ID,Date,Client,Phone,Services,Staff,Visit status,Paid",
        "ID=order,Date=at,Client=name,Phone=phone,Services=product,Staff=seller,Visit status=state,Paid=total",
    ),
    "Altegio / YCLIENTS (записи)": (
        "ID,Дата,Время,Клиент,Телефон,Услуги,Сотрудник,Статус визита,Оплачено",
        "ID=order,Дата=at,Время=time,Клиент=name,Телефон=phone,Услуги=product,Сотрудник=seller,Статус визита=state,Оплачено=total",
    ),
    "7stamp (journal)": (
        "Event ID,Event,Date,Card,User,Phone,Amount,Staff",
        "Event ID=order,Date=at,Card=number,User=name,Phone=phone,Amount=total,Staff=seller",
    ),
    "Lightspeed Retail (X-Series)": (
        "Date,Receipt Number,Customer Code,Customer Name,Subtotal,Sales Tax,Discount,Total,Paid,Details,Register,User,Status",
        "Date=at,Receipt Number=order,Customer Code=external_id,Customer Name=name,Discount=discount,Total=total,Details=product,User=seller,Status=state",
    ),
    "Salebot (orders)": (
        "Order ID,Client ID,Client name,Phone,Amount,Status,Created at,Messenger",
        "Order ID=order,Client ID=external_id,Client name=name,Phone=phone,Amount=total,Status=state,Created at=at,Messenger=channel",
    ),
    "Mindbox (orders)": (
        "OrderIdsExternalId,OrderFirstActionDateTimeUtc,OrderTotalPrice,OrderCustomerMobilePhone,OrderLineProductName,OrderLineQuantity,OrderLineBasePricePerItem,OrderLineStatusIdsExternalId",
        "OrderIdsExternalId=order,OrderFirstActionDateTimeUtc=at,OrderTotalPrice=total,OrderCustomerMobilePhone=phone,OrderLineProductName=product,OrderLineQuantity=quantity,OrderLineBasePricePerItem=price,OrderLineStatusIdsExternalId=state",
    ),
    "Loyverse (receipts)": (
        "Date,Receipt number,Receipt type,Gross sales,Discounts,Net sales,Taxes,Total collected,Store,Cashier name,Customer name",
        "Date=at,Receipt number=order,Receipt type=state,Total collected=total,Store=place,Cashier name=seller,Customer name=name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_exports_of_other_systems_are_recognised(name: str) -> None:
    headers, expected = PRESETS[name]
    given_headers = headers.split(",")
    preset = recognise(tuple(given_headers), kind="orders")
    blank = look_at([""], [" "], country="DE")
    columns = [Column(index, header, (), blank) for index, header in enumerate(given_headers)]

    found = mapping_of(guess_columns(columns, kind="orders", preset=preset))

    assert preset is not None
    assert preset.name == name
    assert {header: target for target, header in found.items()} == dict(pair.split("=") for pair in expected.split(","))


def decide(*rows: OrderRow, whose: Whose = NOBODY, is_known: bool = False, **known: object) -> object:
    return decide_order(rows, whose, Known(**known), is_known=is_known, new_id=new_id_at)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 100_000), st.integers(0, 100_000)), max_size=6),
    st.integers(0, 200_000) | st.none(),
    st.integers(0, 1_000),
    st.integers(0, 500),
)
def test_lines_always_add_up_to_the_total(
    lines: list[tuple[int, int, int]], total: int | None, discount: int, extras: int
) -> None:
    made = [HistoryLine(quantity=quantity, price=price) for quantity, price, _ in lines]
    made = [
        HistoryLine(quantity=one.quantity, price=one.price, discount=min(off, one.list_value))
        for one, (_, _, off) in zip(made, lines, strict=True)
    ]
    if (total is None and not made) or (total is not None and extras > total):
        return

    settled, came_to = settle_lines(made, total=total, discount=discount, extras=extras, rest_name="Rest")

    assert sum(line.total for line in settled) + extras == came_to
    assert total is None or came_to == total
    assert all(0 <= line.discount <= line.list_value for line in settled)


def test_somebody_is_found_by_card_then_phone_then_id_then_email() -> None:
    ids = [UUID(int=number) for number in range(1, 5)]
    assert Whose(None, ids[0], ids[1], None, ids[2], (ids[3],)).customer_id == ids[0]
    assert Whose(None, None, ids[1], None, ids[2], (ids[3],)).customer_id == ids[1]
    assert Whose(None, None, None, None, ids[2], (ids[3],)).customer_id == ids[2]
    assert Whose(None, None, None, None, None, (ids[3],)).customer_id == ids[3]
    assert Whose(None, None, None, None, None, (ids[2], ids[3])).customer_id is None


def test_an_id_of_the_past_stands_among_those_of_its_time() -> None:
    then = datetime(2024, 3, 1, tzinfo=UTC)
    made = new_id_at(then)
    assert made.version == 7
    assert made.int >> 80 == int(then.timestamp() * 1000)
    assert len({new_id_at(then) for _ in range(1_000)}) == 1_000
    assert uuid4() != made
