"""A file with a second phone: it finds its place, its owner, its waiting cards and its way back (CUS-1, CUS-3, IMP-1, IMP-7)."""

from typing import Any

import pytest
from django.utils import timezone

from regulars.customers.actions import enter_customer
from regulars.customers.queries import CustomerView
from regulars.customers.rules import CustomerDraft
from regulars.imports.rules.details import plan_phones
from regulars.platform.database import execute, unit_of_work
from tests.import_kit import bring, checked_rows, take_back
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.django_db

A, B, C, D, E = (f"+4915123456{number}" for number in (701, 702, 703, 704, 705))
HEAD = "Телефон;Телефон 2;Имя;points\n"


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def enter(counter: Counter, name: str, *phones: str, email: str = "") -> CustomerView:
    now = timezone.now()
    draft = CustomerDraft(name=name, phones=phones, email=email)
    return enter_customer(counter.actor, draft, country="DE", today=now.date(), now=now)


def phones(counter: Counter, name: str) -> list[str]:
    """All phones of the only customer of that name, in order."""
    found = counter.read(
        "SELECT p.phone FROM customer_phones p JOIN customers c ON c.id = p.customer_id WHERE c.name = %s"
        " ORDER BY p.position, p.phone",
        [name],
    )
    return [values[0] for values in found]


def holder(counter: Counter, phone: str) -> list[Any]:
    """Who holds the cards that were issued to a phone."""
    return counter.read(
        "SELECT c.name FROM cards k LEFT JOIN customers c ON c.id = k.customer_id WHERE k.phone = %s", [phone]
    )


@pytest.mark.parametrize("kind", ["cards", "customers"])
def test_a_new_person_has_both_and_takes_the_cards_that_waited_for_the_second(counter: Counter, kind: str) -> None:
    waiting = counter.issue(B)
    counter.adjust(waiting, "7")
    head = HEAD if kind == "cards" else "Телефон;Телефон 2;Имя\n"
    row = f"{A};{B};Анна;5\n" if kind == "cards" else f"{A};{B};Анна\n"
    one = bring(counter, counter.shop.actor, head + row, kind=kind)
    assert one.mapping["phone2"] == "Телефон 2"
    assert phones(counter, "Анна") == [A, B]
    assert holder(counter, B) == [("Анна",)]
    assert counter.balance(waiting) == 700


@pytest.mark.parametrize(
    "header", ["Mobile 2", "phone2", "Second phone", "Telefon 2", "फोन 2", "Мобильный 2", "Handy 2"]
)
def test_the_second_phone_is_known_by_its_header(counter: Counter, header: str) -> None:
    one = bring(counter, counter.shop.actor, f"phone;{header};name;points\n{A};{B};Anna;1\n", until="checked")
    assert one.mapping["phone2"] == header


def test_a_first_phone_that_is_missing_is_the_second(counter: Counter) -> None:
    bring(counter, counter.shop.actor, f"phone;phone2;phone3;name;points\n;{B};{C};Boris;1\n")
    assert phones(counter, "Boris") == [B, C]


def test_what_somebody_else_has_stays_theirs_and_is_told_with_their_name(counter: Counter) -> None:
    enter(counter, "Vera", B)
    one = bring(counter, counter.shop.actor, f"{HEAD}{A};{B};Anna;5\n", until="checked")
    (row,) = checked_rows(counter, one)
    assert [(issue.code, issue.target, issue.detail) for issue in row.issues] == [
        ("phone_taken", "phone2", f"{B};Vera")
    ]
    assert (row.status, row.effect) == ("warning", "create")
    bring(counter, counter.shop.actor, f"{HEAD}{A};{B};Anna;5\n")
    assert (phones(counter, "Anna"), phones(counter, "Vera")) == ([A], [B])


def test_a_phone_in_two_rows_goes_to_the_row_that_has_it_first(counter: Counter) -> None:
    content = f"{HEAD}{A};{B};Anna;1\n{B};{C};Boris;2\n{D};{C};Clara;3\n"
    one = bring(counter, counter.shop.actor, content, until="checked")
    told = [[(issue.code, issue.detail) for issue in row.issues] for row in checked_rows(counter, one)]
    assert told == [[("phone_repeated", f"{B};3")], [], [("phone_repeated", f"{C};3")]]
    bring(counter, counter.shop.actor, content)
    assert [phones(counter, name) for name in ("Anna", "Boris", "Clara")] == [[A], [B, C], [D]]


def test_a_card_that_waits_waits_for_one_phone(counter: Counter) -> None:
    one = bring(counter, counter.shop.actor, f"phone;phone2;points\n{A};{B};5\n", until="checked")
    (row,) = checked_rows(counter, one)
    assert [issue.code for issue in row.issues] == ["phone_unkept"]
    bring(counter, counter.shop.actor, f"phone;phone2;points\n{A};{B};5\n")
    again = bring(counter, counter.shop.actor, f"phone;phone2;points\n{A};{B};0\n", until="checked")
    assert [issue.code for issue in checked_rows(counter, again)[0].issues] == ["phone_unkept"]
    assert counter.read("SELECT count(*) FROM customer_phones") == [(0,)]


@pytest.mark.parametrize(
    ("fields", "held", "wanted"),
    [
        ("fill", (A,), [A, B]),
        ("fill", (A, C), [A, C]),
        ("overwrite", (A, C), [A, B]),
        ("overwrite", (C, A), [B, A]),
        ("overwrite", (A, C, D), [A, B, D]),
        ("overwrite", (A, B), [A, B]),
        ("ignore", (A,), [A]),
    ],
)
def test_known_people_as_the_details_are_meant(
    counter: Counter, fields: str, held: tuple[str, ...], wanted: list[str]
) -> None:
    enter(counter, "Anna", *held)
    bring(counter, counter.shop.actor, f"phone;phone2;name\n{A};{B};Anna\n", kind="customers", fields=fields)
    assert phones(counter, "Anna") == wanted
    again = bring(counter, counter.shop.actor, f"phone;phone2;name\n{A};{B};Anna\n", kind="customers", fields=fields)
    assert again.counts["change"] == 0, "the same file again changes nothing"


def test_a_phone_found_by_e_mail_and_cards_of_known_people(counter: Counter) -> None:
    enter(counter, "Mail", email="m@example.com")
    waiting = counter.issue(B)
    bring(counter, counter.shop.actor, f"phone;phone2;email\n{A};{B};m@example.com\n", kind="customers")
    assert phones(counter, "Mail") == [A, B]
    assert holder(counter, B) == [("Mail",)]
    assert counter.balance(waiting) == 0


def test_undo_takes_new_phones_back_and_gives_the_old_ones_again(counter: Counter) -> None:
    enter(counter, "Anna", A, C)
    enter(counter, "Mail", email="m@example.com")
    enter(counter, "Dora", D)
    content = f"phone;phone2;email;name\n{A};{B};;Anna\n{E};;m@example.com;\n{D};+491512345699;;Dora\n+491512345698;+491512345697;;New\n"
    one = bring(counter, counter.shop.actor, content, kind="customers", fields="overwrite")
    assert [phones(counter, name) for name in ("Anna", "Mail", "Dora", "New")] == [
        [A, B],
        [E],
        [D, "+491512345699"],
        ["+491512345698", "+491512345697"],
    ]
    # Dora's second phone was given away since: what others have by now stays theirs.
    with unit_of_work(counter.chain_id):
        execute("DELETE FROM customer_phones WHERE phone = '+491512345699'")
    enter(counter, "Erik", "+491512345699")
    enter(counter, "Carl", C)
    undone = take_back(counter, counter.shop.actor, one)
    assert undone.state == "undone"
    assert [phones(counter, name) for name in ("Anna", "Mail", "Dora", "Erik", "Carl", "New")] == [
        [A],
        [],
        [D],
        ["+491512345699"],
        [C],
        [],
    ]


def test_undo_restores_a_replaced_phone_where_nobody_took_it(counter: Counter) -> None:
    enter(counter, "Anna", A, C)
    one = bring(counter, counter.shop.actor, f"phone;phone2;name\n{A};{B};Anna\n", kind="customers", fields="overwrite")
    assert phones(counter, "Anna") == [A, B]
    take_back(counter, counter.shop.actor, one)
    assert phones(counter, "Anna") == [A, C]


def test_what_is_no_phone_is_left_out_and_named(counter: Counter) -> None:
    one = bring(counter, counter.shop.actor, f"{HEAD}{A};nach 18 Uhr;Anna;5\n{B};{B};Boris;1\n", until="checked")
    rows = checked_rows(counter, one)
    assert [[issue.code for issue in row.issues] for row in rows] == [["phone_ignored"], []]


@pytest.mark.parametrize(
    ("first", "further", "known", "fields", "wanted"),
    [
        (A, (B,), (), "fill", (B,)),
        (A, ("", C), (A, B), "overwrite", (A, B, C)),
        (A, ("", C), (A, B, D), "overwrite", (A, B, C)),
        (A, (C, B), (A, B), "overwrite", (A, B, C)),
        (None, (C,), (A, B), "overwrite", (A, C)),
        (A, tuple(f"+49{n}" for n in range(12)), (A,), "fill", (A, *(f"+49{n}" for n in range(9)))),
    ],
)
def test_places_of_phones(
    first: str | None, further: tuple[str, ...], known: tuple[str, ...], fields: Any, wanted: tuple[str, ...]
) -> None:
    assert plan_phones(first, further, known, fields=fields) == wanted
