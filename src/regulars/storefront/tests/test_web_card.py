"""The public web card behind its secret link (CRD-7, CRD-8)."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, delete_card
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.links import card_token
from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def path_of(card: CardView) -> str:
    return "/c/" + card.link.rpartition("/")[2]


def test_the_holder_sees_number_balances_and_history_but_nothing_of_the_staff(counter: Counter) -> None:
    card = counter.card(counter.points, customer=counter.person("Anna Müller", "+4915111111111", "anna@example.com"))
    counter.adjust(card, "-20", reason="Grumpy, gave her a cake")
    answer = Client().get(path_of(card))
    html = answer.content.decode()
    for text in ("Kaffeehaus Nord", "Anna Müller", "−20", "QR code of this card", "Show this at the till"):
        assert text in html
    for secret in ("Anna Owner", "Grumpy", "anna@example.com", "+4915111111111"):
        assert secret not in html
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_every_wrong_token_gets_the_same_answer(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    right = path_of(card).removeprefix("/c/")
    wrong = (
        "x", "0" * 50, right[:-1] + ("0" if right[-1] != "0" else "1"), right[:-1], right + "0", right.upper() + "x",
        card_token(card.id, 2, key=settings.LINK_KEY), card_token(new_id(), 1, key=settings.LINK_KEY),
        card_token(card.id, 1, key="another key"), "%00", "é" * 50, "a" * 5000,
    )  # fmt: skip
    answers = [Client().get(f"/c/{token}") for token in wrong]
    assert {answer.status_code for answer in answers} == {404}
    # Only the form token differs from one answer to the next, and the address that one asked for oneself.
    own = re.compile(r'"X-CSRFToken": "\w+"|name="csrfmiddlewaretoken" value="\w+"|name="next" value="[^"]*"')
    assert len({own.sub("", answer.content.decode()) for answer in answers}) == 1
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)


def test_a_blocked_card_says_so_and_a_deleted_one_shows_nothing(counter: Counter) -> None:
    blocked = counter.card(counter.points, customer=counter.person("Anna Müller", "+4915111111111"))
    block_card(counter.shop.actor, card_id(blocked), reason="Stolen by Tom", now=timezone.now())
    html = Client().get(path_of(blocked)).content.decode()
    assert "This card is blocked" in html
    assert "Tom" not in html
    delete_card(counter.shop.actor, card_id(blocked), write_off=True, now=timezone.now())
    answer = Client().get(path_of(blocked))
    assert answer.status_code == 410
    assert "no longer valid" in answer.content.decode()
    assert blocked.number not in answer.content.decode()
    assert "Anna" not in answer.content.decode()


def test_it_speaks_the_language_of_its_holder_else_of_the_browser(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    assert 'lang="ru"' in Client().get(path_of(card), headers={"Accept-Language": "ru"}).content.decode()
    assert 'lang="hi"' in Client().get(path_of(card), headers={"Accept-Language": "hi,en"}).content.decode()
    assert 'lang="en"' in Client().get(path_of(card)).content.decode()


def test_looking_changes_nothing(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    Client().get(path_of(card))
    assert counter.now(card) == card or counter.now(card).version == card.version
