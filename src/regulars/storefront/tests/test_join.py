"""Joining: newcomers, known people, phones of others, the till, limits, races (WAL-3)."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from regulars.cards.tests.counter import type_id
from regulars.storefront.tests.join_kit import PHONE, TYPED, JoinShop, open_join_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings) as made:
        made.set_up()
        yield made


@pytest.fixture
def till_shop(settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings, mail=False) as made:
        made.set_up()
        yield made


def shape(page: str) -> str:
    """A page without what differs between two requests of any kind."""
    page = re.sub(r"/j/[a-z0-9-]+/[a-z0-9]+", "/j/SLUG/TOKEN", page)
    return re.sub(r'value="[A-Za-z0-9]{32,}"', "", page)


def test_a_newcomer_gets_a_card_once_the_code_came_back(shop: JoinShop) -> None:
    client = Client()
    answer = shop.join(client, email="anna@example.com", birthday="1990-05-17")
    assert answer.status_code == 303
    waiting = answer.headers["Location"]
    assert shop.customers() == []
    shop.deliver()
    assert "a•••@example.com" in client.get(waiting).content.decode()
    wrong = client.post(waiting, {"code": "000000" if shop.code() != "000000" else "111111"})
    assert wrong.status_code == 422
    assert "not the code that we sent" in wrong.content.decode()
    opened = client.post(waiting, {"code": f" {shop.code()[:3]} {shop.code()[3:]} "})
    assert opened.status_code == 303
    card = client.get(opened.headers["Location"])
    assert card.status_code == 200
    assert shop.customers() == [("Anna", "anna@example.com", [])]
    again = client.post(waiting, {"code": shop.code()})
    assert again.headers["Location"] == opened.headers["Location"], "the same code leads to the same card"
    assert shop.cards() == 1


def test_the_link_of_the_message_opens_the_card_by_a_press(shop: JoinShop) -> None:
    shop.join(email="anna@example.com")
    shop.deliver()
    found = re.search(r"http\S+(/j/\S+)", shop.last_mail())
    assert found
    client = Client()
    page = client.get(found[1])
    assert shop.code() in page.content.decode()
    assert shop.customers() == [], "looking changes nothing"
    path = found[1].partition("?")[0]
    assert client.post(path, {"code": shop.code()}).headers["Location"].startswith("/c/")


def test_who_joins_again_is_led_to_the_same_card(shop: JoinShop) -> None:
    cards = set()
    for typed in ("anna@example.com", "ANNA@Example.com"):
        client = Client()
        waiting = shop.join(client, email=typed, name="Somebody else").headers["Location"]
        shop.deliver()
        cards.add(client.post(waiting, {"code": shop.code()}).headers["Location"])
    assert len(cards) == 1
    assert (shop.cards(), len(shop.customers())) == (1, 1)


@pytest.mark.parametrize("confirmation", ["code", "none"])
def test_nobody_learns_who_is_a_customer(shop: JoinShop, confirmation: str, django_assert_num_queries: Any) -> None:
    shop.set_up(confirmation=confirmation)
    shop.counter.person("Known", "+4915122222222", "known@example.com")
    waiting_card = shop.counter.card(shop.counter.points, phone="+4915133333333")
    answers, queries = [], []
    page = shop.page()
    shop.join(email="warm-up@example.com", page=page)
    for typed in (
        {"email": "known@example.com"},
        {"email": "never@example.com"},
        {"phone": "0151 22222222", "email": "third@example.com"},
        {"phone": "0151 33333333", "email": "forth@example.com"},
    ):
        client = Client()
        with _counting() as seen:
            answer = shop.join(client, page=page, **typed)
        assert answer.status_code == 303
        queries.append([re.sub(r"'[^']*'|\d+", "?", one["sql"])[:60] for one in seen])
        answers.append(shape(client.get(answer.headers["Location"]).content.decode()))
        answers[-1] = re.sub(r"[a-z]•••", "•••", answers[-1])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert [len(one) for one in queries] == [len(queries[0])] * 4, "the same work, so the same time"
    shop.deliver()
    assert shop.counter.now(waiting_card).customer_id is None, "a phone that was not proved claims nothing"


BALANCE = re.compile(r">550\b")
"""What stands on the card by itself: the number of a card may hold the same digits."""


def test_the_phone_of_a_card_with_a_balance_brings_nothing_to_who_only_typed_it(shop: JoinShop) -> None:
    waiting_card = shop.counter.card(shop.counter.points, phone=PHONE)
    shop.counter.adjust(waiting_card, "500")
    client = Client()
    waiting = shop.join(client, phone=TYPED, email="thief@example.com").headers["Location"]
    shop.deliver()
    assert shop.mail.taken[-1]["To"] == "thief@example.com"
    opened = client.post(waiting, {"code": shop.code()}).headers["Location"]
    assert shop.counter.now(waiting_card).customer_id is None
    assert not BALANCE.search(client.get(opened).content.decode())
    assert shop.customers() == [("Anna", "thief@example.com", [])]
    notes = shop.rows("SELECT text FROM customer_notes WHERE chain_id = %s", [shop.chain_id])
    assert PHONE in notes[0][0], "staff see what was typed"


def test_a_proved_phone_claims_the_card_that_waits_for_it(settings: Any) -> None:
    with open_join_shop(settings, mail=False, sms=True) as shop:
        shop.set_up()
        waiting_card = shop.counter.card(shop.counter.points, phone=PHONE)
        shop.counter.adjust(waiting_card, "500")
        client = Client()
        waiting = shop.join(client, phone=TYPED).headers["Location"]
        shop.deliver()
        assert shop.sms.taken[-1][0] == PHONE
        assert "••• 11" in client.get(waiting).content.decode()
        opened = client.post(waiting, {"code": shop.code()}).headers["Location"]
        assert BALANCE.search(client.get(opened).content.decode())
        assert shop.counter.now(waiting_card).customer_id is not None
        assert shop.cards() == 1


def test_without_any_sender_staff_give_the_card_at_the_till(till_shop: JoinShop) -> None:
    shop = till_shop
    known = shop.counter.card(shop.counter.points, customer=shop.counter.person("Known", PHONE))
    for typed, name in ((TYPED, "Known"), ("0151 99999999", "New")):
        client, staff = Client(), shop.counter.client()
        waiting = shop.join(client, phone=typed, name=name).headers["Location"]
        shop.deliver()
        page = client.get(waiting).content.decode()
        assert "Show this at the till" in page
        found = re.search(r"J-\d{7}", page)
        assert found
        assert client.post(waiting, {"code": "000000"}).status_code == 410
        assert "/c/" not in client.get(f"{waiting}/state").content.decode()
        assert name in staff.get("/joining").content.decode()
        seen = staff.get(f"/joining/{found[0]}").content.decode()
        assert ("who has this card already" in seen) == (name == "Known")
        assert Client().post(f"/joining/{found[0]}").status_code in (302, 303)
        given = staff.post(f"/joining/{found[0]}")
        assert given.status_code == 303, given.content.decode()[:500]
        shown = re.search(r'href="(/c/[^"]+)"', client.get(f"{waiting}/state").content.decode())
        assert shown
        assert client.get(shown[1]).status_code == 200
        if name == "Known":
            assert (
                shown[1] == shop.counter.now(known).link.partition("8000")[2]
                or shown[1] in shop.counter.now(known).link
            )
    assert shop.cards() == 2


def test_the_page_of_another_business_and_wrong_tokens_open_nothing(shop: JoinShop, settings: Any) -> None:
    waiting = shop.join(email="anna@example.com").headers["Location"]
    token = waiting.rpartition("/")[2]
    with open_join_shop(settings) as other:
        for path in (
            f"{other.page()}/{token}",
            f"{shop.page(shop.counter.stamps)}/{token}",
            f"{shop.page()}/{token[:-1]}{'x' if token[-1] == 'y' else 'y'}",
            f"{shop.page()}/{'ж' * 40}",
            "/j/nowhere",
            "/j/%00",
            f"/mine/{token}",
        ):
            assert Client().get(path).status_code in (404, 422), path
        staff = other.counter.client()
        pickup = shop.rows("SELECT pickup FROM join_requests WHERE chain_id = %s", [shop.chain_id])[0][0]
        assert staff.get(f"/joining/{pickup}").status_code == 404
        assert staff.post(f"/joining/{pickup}").status_code == 404
    assert shop.customers() == []


def test_a_hundred_joins_from_one_address_are_slowed_down(shop: JoinShop) -> None:
    page = shop.page()
    statuses = [shop.join(page=page, email=f"a{number}@example.com").status_code for number in range(14)]
    assert statuses[:10] == [303] * 10
    assert set(statuses[10:]) == {429}
    assert shop.join(page=page, email="b@example.com", address="198.51.100.8").status_code == 303
    more = [shop.join(page=page, email="one@example.com", address=f"203.0.113.{at}").status_code for at in range(5)]
    assert more == [303, 303, 303, 429, 429], "nobody is flooded with codes"


def test_codes_are_not_guessed(shop: JoinShop) -> None:
    client = Client()
    waiting = shop.join(client, email="anna@example.com").headers["Location"]
    shop.deliver()
    guesses = [f"{(int(shop.code()) + step) % 10**6:06d}" for step in range(1, 7)]
    assert [client.post(waiting, {"code": one}).status_code for one in guesses] == [422] * 5 + [429]
    assert client.post(waiting, {"code": shop.code()}).status_code == 429, (
        "the right one neither, once it was guessed at"
    )
    assert shop.customers() == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Give a phone, an e-mail or both."),
        ({"email": "no address"}, "An address like"),
        ({"phone": "12"}, "No phone can be read here"),
        ({"email": "a@example.com", "name": "x" * 201}, "at most 200"),
        ({"email": "a@example.com", "birthday": "3000-01-01"}, "A birthday lies in the past"),
        ({"email": "a@example.com", "birthday": "yesterday"}, "valid date"),
    ],
)
def test_bad_input_comes_back_with_what_was_typed(shop: JoinShop, typed: dict[str, Any], told: str) -> None:
    answer = shop.join(None, **typed)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert shop.rows("SELECT 1 FROM join_requests WHERE chain_id = %s", [shop.chain_id]) == []


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "{{ 7*7 }}%s{link}", "محمد الأمين", "  O'Brien \" & Söhne  ", "x" * 200, "💥" * 50],
)
def test_hostile_names_stay_names(shop: JoinShop, name: str) -> None:
    client = Client()
    waiting = shop.join(client, email="anna@example.com", name=name).headers["Location"]
    shop.deliver()
    card = client.get(client.post(waiting, {"code": shop.code()}).headers["Location"])
    assert card.status_code == 200
    assert "<script>alert" not in card.content.decode()
    assert shop.customers()[0][0] == name.strip()


def test_control_characters_are_refused(shop: JoinShop) -> None:
    assert shop.join(email="a@example.com", name="An\0na").status_code == 422
    assert shop.join(email="a@example.com\r\nBcc: x@example.com").status_code == 422


def test_the_same_form_twice_is_one_request(shop: JoinShop) -> None:
    key = str(uuid4())
    first, second = (shop.join(email="anna@example.com", key=key) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert shop.rows("SELECT count(*) FROM join_requests WHERE chain_id = %s", [shop.chain_id]) == [(1,)]


def test_newcomers_are_entered_at_once_where_the_page_says_so(shop: JoinShop) -> None:
    shop.set_up(confirmation="none")
    client = Client()
    waiting = shop.join(client, email="anna@example.com").headers["Location"]
    shop.deliver()
    assert (len(shop.customers()), shop.cards()) == (1, 1)
    assert "/c/" not in client.get(waiting).content.decode(), "the card is shown to whoever reads the message"
    assert client.post(waiting, {"code": shop.code()}).status_code == 303
    assert (len(shop.customers()), shop.cards()) == (1, 1)


def test_a_closed_page_and_an_archived_type_give_no_card(shop: JoinShop) -> None:
    client = shop.counter.client()
    page, kind = shop.page(), type_id(shop.counter.points)
    assert client.post(f"/cards/types/{kind}/state", {"state": "archived"}).status_code in (200, 303)
    assert Client().get(page).status_code == 410
    assert shop.join(email="a@example.com").status_code == 410


def _counting() -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)
