"""A list too long to be sorted stands in the same order as one that is sorted, forth and back."""

import re
from typing import get_args

import pytest
from django.utils import timezone

from regulars.cards.actions.blanks import BlanksCommand, make_blank_cards
from regulars.cards.queries.listing import CardFilter, CardPage, list_cards
from regulars.cards.queries.orders import SORTED_MAX, Edge, Order, is_indexed
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.customers.queries import LISTED_MAX
from regulars.platform.database import execute, unit_of_work

pytestmark = pytest.mark.django_db
INDEXED = [one for one in get_args(Order) if is_indexed(one)]


@pytest.fixture
def counter() -> Counter:
    """Two people of one name, one with two cards; one without a name; cards that nobody holds."""
    counter = open_counter()
    for number, name in enumerate(("Mia Weber", "Żaneta Nowak", "", "Mia Weber", "Анна Иванова", "प्रिया शर्मा")):
        person = counter.person(name, f"+4915111111{number:03}")
        counter.card(counter.deposit, customer=person, number=f"P{9 - number}")
        if number in (0, 2):
            counter.card(counter.deposit, customer=person, number=f"Q{number}")
    for number in range(3):
        counter.card(counter.stamps, phone=f"+4915122222{number:03}", number=f"U{5 - number}")
    command = BlanksCommand(card_type=type_id(counter.stamps), count=2)
    make_blank_cards(counter.shop.actor, command, now=timezone.now())
    return counter


def page(counter: Counter, order: Order, *, total: int, limit: int = 100, wanted: CardFilter | None = None,
         after: Edge | None = None, before: Edge | None = None) -> CardPage:  # fmt: skip
    with unit_of_work(counter.shop.chain_id):
        return list_cards(
            counter.shop.actor, wanted or CardFilter(), country="DE", now=timezone.now(), order=order, total=total,
            limit=limit, after=after, before=before,
        )  # fmt: skip


@pytest.mark.parametrize("order", INDEXED)
@pytest.mark.parametrize("holder", ["", "customer", "unclaimed"])
@pytest.mark.parametrize("limit", [1, 3, 4])
def test_a_long_list_is_walked_in_the_order_of_a_sorted_one(
    counter: Counter, order: Order, holder: str, limit: int
) -> None:
    wanted = CardFilter(holder=holder)  # type: ignore[arg-type]
    whole = [one.id for one in page(counter, order, total=1, wanted=wanted).cards]
    assert len(whole) == {"": 13, "customer": 8, "unclaimed": 3}[holder]
    long, last = SORTED_MAX + 1, None
    pages: list[CardPage] = []
    while not pages or last:
        pages.append(page(counter, order, total=long, limit=limit, wanted=wanted, after=last))
        last = pages[-1].last
    assert [card.id for one in pages for card in one.cards] == whole
    first = pages[-1].first
    for before in reversed(pages[:-1]):
        back = page(counter, order, total=long, limit=limit, wanted=wanted, before=first)
        assert [card.id for card in back.cards] == [card.id for card in before.cards]
        first = back.first
    assert first is None


def test_by_name_the_cards_of_nobody_come_first_and_those_of_one_person_together(counter: Counter) -> None:
    for total in (1, SORTED_MAX + 1):
        names = [one.customer_name for one in page(counter, "name", total=total).cards]
        assert names == [*[""] * 7, *["Mia Weber"] * 3, "Żaneta Nowak", "Анна Иванова", "प्रिया शर्मा"]
        numbers = [one.number for one in page(counter, "name", total=total).cards if one.customer_name == "Mia Weber"]
        assert numbers == ["P9", "Q0", "P6"]


MANY = """
INSERT INTO cards (id, chain_id, card_type_id, phone, number, status, status_reason, platforms, issued_at,
    issued_through, link_version, version)
SELECT regulars_uuid7(), %(chain)s, %(type)s, '+34600' || lpad(n::text, 6, '0'), 'Z' || lpad(n::text, 6, '0'), 'active',
    '', '{}', now(), 'import', 1, 1
FROM generate_series(1, %(many)s) AS n
"""


def test_above_ten_thousand_the_page_sorts_by_number_and_name_but_not_by_balance(counter: Counter) -> None:
    with unit_of_work(counter.shop.chain_id):
        execute(MANY, {"chain": counter.shop.chain_id, "type": counter.stamps.id, "many": SORTED_MAX})
    client = counter.client()
    html = client.get("/cards", {"order": "number"}).content.decode()
    assert re.findall(r'dir="ltr">([PQ]\d)', html) == ["P4", "P5", "P6", "P7", "P8", "P9", "Q0", "Q2"]
    for order, is_offered in (("-number", True), ("name", True), ("balance", False), ("activity", False)):
        assert (f"order={order}&" in html or f'order={order}"' in html) is is_offered, order
    names = client.get("/cards", {"order": "-name"}).content.decode()
    shown = re.findall(r"Mia Weber|Żaneta Nowak|Анна Иванова|प्रिया शर्मा", names)
    assert list(dict.fromkeys(shown)) == ["प्रिया शर्मा", "Анна Иванова", "Żaneta Nowak", "Mia Weber"]


CROWD = """
WITH people AS (
    INSERT INTO customers (id, chain_id, name, search_name, email, email_key, language, tags, custom, comment, version)
    SELECT regulars_uuid7(), %(chain)s, 'Zoltan ' || n, 'zoltan ' || n, n || '@example.com', n || '@example.com', '', '{}',
        '{}', '', 1
    FROM generate_series(1, %(many)s) AS n RETURNING id, chain_id
)
INSERT INTO cards (id, chain_id, card_type_id, customer_id, number, status, status_reason, platforms, issued_at,
    issued_through, link_version, version)
SELECT regulars_uuid7(), chain_id, %(type)s, id, 'Z' || id, 'active', '', '{}', now(), 'import', 1, 1
FROM people ORDER BY id LIMIT 3
"""


def test_a_search_that_was_cut_says_so_even_where_few_of_the_people_hold_cards(counter: Counter) -> None:
    with unit_of_work(counter.shop.chain_id):
        execute(CROWD, {"chain": counter.shop.chain_id, "type": counter.stamps.id, "many": LISTED_MAX + 1})
    client = counter.client()
    shown = client.get("/cards", {"q": "zoltan"}).content.decode()
    assert "More cards match than are shown here" in shown
    assert re.search(r"More than [123] cards?", shown)
    assert "More than" not in client.get("/cards", {"q": "zoltan 17"}).content.decode()
