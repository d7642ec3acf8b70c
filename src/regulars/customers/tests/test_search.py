"""One search box finds people however they are remembered (CUS-2)."""

import pytest

from regulars.customers.queries import (
    CustomerFilter,
    CustomerPage,
    CustomerView,
    count_customers,
    list_customers,
    list_matching_ids,
)
from regulars.customers.tests.people import enter, issue, stamp_card
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import Shop, open_shop

pytestmark = pytest.mark.django_db


def found(shop: Shop, text: str) -> set[str]:
    with unit_of_work(shop.chain_id):
        page = list_customers(shop.actor, CustomerFilter(search=text), country="DE")
        assert count_customers(shop.actor, CustomerFilter(search=text), country="DE") == len(page.customers)
        return {one.label for one in page.customers}


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    enter(shop, "Anna Müller", phone="0151 23450001", email="anna@example.com")
    enter(shop, "Иван Петров", phone="+7 912 345-67-01")
    enter(shop, "प्रिया शर्मा", email="priya@example.com", external_id="crm-77")
    enter(shop, "", phone="+33 6 12 34 56 78")
    return shop


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mül", "Anna Müller"),
        ("MULLER", "Anna Müller"),
        ("müller anna", "Anna Müller"),
        ("an mül", "Anna Müller"),
        ("a", "Anna Müller"),
        ("петр", "Иван Петров"),
        ("ив", "Иван Петров"),
        ("शर्मा", "प्रिया शर्मा"),
        ("प्", "प्रिया शर्मा"),
        ("0151 23450001", "Anna Müller"),
        ("+49 (151) 2345-0001", "Anna Müller"),
        ("4915123450001", "Anna Müller"),
        ("0151234", "Anna Müller"),
        ("345-67-01", "Иван Петров"),
        ("6701", "Иван Петров"),
        ("ANNA@example.com", "Anna Müller"),
        ("priya@", "प्रिया शर्मा"),
        ("crm-77", "प्रिया शर्मा"),
        ("ext:crm-77", "प्रिया शर्मा"),
        ("0612345678", "+33612345678"),
    ],
)
def test_a_person_is_found(shop: Shop, text: str, name: str) -> None:
    text = "+33 6 12 34 56 78" if text == "0612345678" else text
    assert name in found(shop, text)


@pytest.mark.parametrize(
    "text", ["zzz", "anna schmidt", "99999999", "nobody@", "%", "_nn_", "\\", "😀", "x" * 10_000, "@"]
)
def test_what_does_not_exist_is_not_found(shop: Shop, text: str) -> None:
    assert found(shop, text) == set()


def test_a_card_number_and_a_till_number_find_the_holder(shop: Shop) -> None:
    holder = enter(shop, "Leila Haddad", phone="0160 1234567")
    card = issue(shop, stamp_card(shop), holder, number="AB-4711")
    assert "Leila Haddad" in found(shop, "ab 4711")
    assert "Leila Haddad" in found(shop, "AB47")
    assert card.short_number
    assert "Leila Haddad" in found(shop, card.short_number)


def test_an_id_finds_its_customer_and_never_one_of_another_chain(shop: Shop) -> None:
    other = open_shop()
    stranger = enter(other, "Foreign Person", email="f@example.com")
    own = enter(shop, "Own Person")
    assert found(shop, encode("cus", own.id)) == {"Own Person"}
    for text in (encode("cus", stranger.id), "Foreign", "f@example.com"):
        with unit_of_work(shop.chain_id):
            assert list_customers(shop.actor, CustomerFilter(search=text), country="DE").customers == ()


@pytest.mark.parametrize("order", ["newest", "oldest", "name", "-name"])
def test_pages_go_on_and_come_back_without_gaps(shop: Shop, order: str) -> None:
    for number in range(11):
        enter(shop, f"Person {number % 4}", email=f"p{number}@example.com")
    with unit_of_work(shop.chain_id):
        everybody = list_customers(shop.actor, CustomerFilter(), country="DE", order=order, limit=100).customers  # type: ignore[arg-type]
        walked: list[CustomerView] = []
        pages: list[CustomerPage] = []
        after = None
        while True:
            page = list_customers(shop.actor, CustomerFilter(), country="DE", order=order, after=after, limit=4)  # type: ignore[arg-type]
            walked += page.customers
            pages.append(page)
            if page.last is None:
                break
            after = page.last
        assert walked == list(everybody)
        back = list_customers(shop.actor, CustomerFilter(), country="DE", order=order, before=pages[2].first, limit=4)  # type: ignore[arg-type]
        assert back.customers == pages[1].customers
        first = list_customers(shop.actor, CustomerFilter(), country="DE", order=order, before=back.first, limit=4)  # type: ignore[arg-type]
        assert (first.customers, first.first) == (pages[0].customers, None)


def test_a_search_is_paged_like_everything_else(shop: Shop) -> None:
    for number in range(9):
        enter(shop, f"Tester {number}", email=f"t{number}@example.com")
    wanted = CustomerFilter(search="teste")
    with unit_of_work(shop.chain_id):
        first = list_customers(shop.actor, wanted, country="DE", limit=4)
        second = list_customers(shop.actor, wanted, country="DE", limit=4, after=first.last)
        third = list_customers(shop.actor, wanted, country="DE", limit=4, after=second.last)
        names = [one.name for page in (first, second, third) for one in page.customers]
        assert names == [f"Tester {number}" for number in reversed(range(9))]
        assert third.last is None
        assert (
            list_customers(shop.actor, wanted, country="DE", limit=4, before=second.first).customers == first.customers
        )


def test_filters_hold_together(shop: Shop) -> None:
    holder = enter(shop, "Tagged Holder", tags=("VIP",))
    enter(shop, "Tagged Only", tags=("VIP",))
    card_type = stamp_card(shop)
    issue(shop, card_type, holder)
    with unit_of_work(shop.chain_id):
        both = CustomerFilter(tag="VIP", card_type_id=card_type.id)
        assert [one.name for one in list_customers(shop.actor, both, country="DE").customers] == ["Tagged Holder"]
        assert count_customers(shop.actor, CustomerFilter(tag="VIP"), country="DE") == 2
        assert list_matching_ids(shop.actor, both, country="DE") == [holder.id]
        assert list_matching_ids(shop.actor, both, country="DE", after=holder.id) == []
