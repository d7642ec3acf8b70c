"""Rows about people whom the chain knows: whom the e-mail means when the phone is new, and what becomes of their tags."""

from typing import Any

import pytest

from regulars.platform.database import rows, unit_of_work
from tests.import_kit import bring, checked_rows, take_back
from tests.ledger_kit import Counter, open_counter

ANNA, BORIS, NEW = "+4915123456701", "+4915123456702", "+4915123456709"

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def people(counter: Counter, content: str, **options: Any) -> Any:
    return bring(counter, counter.shop.actor, content, kind="customers", **options)


def phones(counter: Counter) -> dict[str, list[str]]:
    """The phones of every customer, by name."""
    with unit_of_work(counter.chain_id):
        found = rows(
            "SELECT c.name, array_agg(p.phone ORDER BY p.position) FILTER (WHERE p.phone IS NOT NULL)"
            " FROM customers c LEFT JOIN customer_phones p ON p.customer_id = c.id GROUP BY c.id, c.name ORDER BY c.id"
        )
    return {name: list(own or ()) for name, own in found}


def tags(counter: Counter) -> tuple[list[str], list[str]]:
    """The tags of the only customer as the record and as the list of tags have them."""
    with unit_of_work(counter.chain_id):
        ((own,),) = rows("SELECT tags FROM customers")
        listed = rows("SELECT tag FROM customer_tags ORDER BY tag")
    return list(own), [tag for (tag,) in listed]


@pytest.mark.parametrize("name", ["Anna Berg", "", "A. Berg", "BERG, Anna"])
def test_a_new_phone_beside_a_known_e_mail_is_one_more_of_that_person(counter: Counter, name: str) -> None:
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;anna@example.com\n")
    file = f"phone;name;email;balance\n{NEW};{name};Anna@Example.com;5\n"
    one = bring(counter, counter.shop.actor, file, until="checked")
    (row,) = checked_rows(counter, one)
    assert (row.status, row.issues[0].code) == ("warning", "phone_added")
    assert one.counts["customers"] == 0
    applied = bring(counter, counter.shop.actor, file)
    assert applied.result["created"] == 1
    assert phones(counter) == {"Anna Berg": [ANNA, NEW]}
    with unit_of_work(counter.chain_id):
        assert rows("SELECT c.name, k.phone FROM cards k JOIN customers c ON c.id = k.customer_id") == [
            ("Anna Berg", None)
        ]
    # The same file once more finds the person by the phone.
    again = bring(counter, counter.shop.actor, file, mode="set", until="checked")
    assert [row.status for row in checked_rows(counter, again)] == ["unchanged"]
    take_back(counter, counter.shop.actor, applied)
    assert phones(counter) == {"Anna Berg": [ANNA]}


def test_a_name_that_contradicts_makes_a_person_of_its_own(counter: Counter) -> None:
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;family@example.com\n")
    bring(counter, counter.shop.actor, f"phone;name;email;balance\n{NEW};Peter Berg;family@example.com;5\n")
    assert phones(counter) == {"Anna Berg": [ANNA], "Peter Berg": [NEW]}


def test_an_e_mail_that_several_share_says_nobody(counter: Counter) -> None:
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;family@example.com\n{BORIS};Boris Berg;family@example.com\n")
    bring(counter, counter.shop.actor, f"phone;name;email;balance\n{NEW};;family@example.com;5\n")
    assert len(phones(counter)) == 3


def test_details_that_are_to_stay_keep_the_phone_out(counter: Counter) -> None:
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;anna@example.com\n")
    file = f"phone;name;email;balance\n{NEW};Anna Berg;anna@example.com;5\n"
    one = bring(counter, counter.shop.actor, file, until="checked", fields="ignore")
    assert [row.issues[0].code for row in checked_rows(counter, one)] == ["phone_left"]
    bring(counter, counter.shop.actor, file, fields="ignore")
    assert phones(counter) == {"Anna Berg": [ANNA]}


def test_a_card_that_waited_for_the_new_phone_is_told_by_the_phone(counter: Counter) -> None:
    counter.issue(NEW)
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;anna@example.com\n")
    bring(counter, counter.shop.actor, f"phone;name;email;balance\n{NEW};Anna Berg;anna@example.com;5\n")
    with unit_of_work(counter.chain_id):
        assert rows("SELECT count(*) FROM cards") == [(1,)]


def test_two_rows_of_one_person_are_one_card(counter: Counter) -> None:
    people(counter, f"phone;name;email\n{ANNA};Anna Berg;anna@example.com\n")
    other = "+4915123456708"
    file = f"phone;email;balance\n{NEW};anna@example.com;5\n{other};anna@example.com;7\n"
    one = bring(counter, counter.shop.actor, file, until="checked")
    assert [row.issues[0].code for row in checked_rows(counter, one)] == ["phone_added", "duplicate_row"]


def test_overwriting_leaves_the_tags_of_the_cell_and_an_empty_cell_erases_none(counter: Counter) -> None:
    people(counter, f"phone;name;tags\n{ANNA};Anna;VIP, Old\n")
    people(counter, f"phone;name;tags\n{ANNA};Anna;\n", fields="overwrite")
    assert tags(counter) == (["VIP", "Old"], ["Old", "VIP"])
    people(counter, f"phone;name;tags\n{ANNA};Anna;New\n")
    assert tags(counter) == (["VIP", "Old", "New"], ["New", "Old", "VIP"])
    one = people(counter, f"phone;name;tags\n{ANNA};Anna;VIP, Gold\n", fields="overwrite")
    assert one.result["changed"] == 1
    assert tags(counter) == (["VIP", "Gold"], ["Gold", "VIP"])
    take_back(counter, counter.shop.actor, one)
    assert tags(counter) == (["VIP", "Old", "New"], ["New", "Old", "VIP"])
