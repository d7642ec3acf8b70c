"""Beside the editor: an order tried as somebody of one's own, and the effect on the orders of a day (ORD-9, ORD-13)."""

from typing import Any

import pytest
from django.test import Client

from regulars.cards.tests.counter import Counter, open_counter
from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from regulars.promotions.tests.test_pages import HTMX, again, page_of, press, promotion, text_of
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def people(client: Client, text: str) -> Any:
    return client.get("/promotions/people", {"sample.person": text}, headers={**HTMX, "HX-Target": "s-people"})


def tried(answer: Any) -> str:
    body: str = answer.content.decode().partition('id="tried"')[2].partition("</section>")[0]
    return body


def test_an_order_is_tried_as_somebody_by_name_or_card(counter: Counter) -> None:
    anna = counter.person("Anna Müller", "+4915111111111")
    card = counter.card(counter.points, customer=anna)
    counter.person("Ben Müller", "+4915122222222")
    view = promotion(counter)
    client = sign_in_client(Client(), counter.shop)
    for text in ("Anna", card.number):
        answer = press(client, page_of(view), "try", **{"sample.person": text})
        assert answer.status_code == 200, answer.content
        assert "As Anna Müller, after 0 orders" in tried(answer) or f"As {card.number}" in tried(answer)
        assert "+1 of “Points”" in tried(answer)
    # Ben has no card, and so earns nothing.
    ben = press(client, page_of(view), "try", **{"sample.person": "Ben"})
    assert "As Ben Müller" in tried(ben)
    assert "There is no card for it." in tried(ben)
    both = press(client, page_of(view), "try", **{"sample.person": "Müller"})
    assert "Choose the person or the card below." in tried(both)
    assert both.content.decode().count('name="sample.buyer"') == 2
    chosen = again(client, page_of(view), both, "try", **{"sample.buyer": encode("cus", anna.id)})
    assert "As Anna Müller" in tried(chosen)
    assert "Nobody of yours is called that." in tried(
        press(client, page_of(view), "try", **{"sample.person": "+49 151 99999999"})
    )


def test_what_the_customer_really_is_decides(counter: Counter) -> None:
    anna = counter.person("Anna Müller", "+4915111111111")
    counter.card(counter.points, customer=anna)
    view = promotion(
        counter,
        benefits=[{"kind": "percent_off_order", "percent": "10"}],
        conditions=[{"kind": "tagged", "tags": ["Friend"]}],
    )
    client = sign_in_client(Client(), counter.shop)
    typed = {"sample.person": "Anna", "sample.tags": "Friend"}
    assert "The customer has none of the tags Friend." in tried(press(client, page_of(view), "try", **typed))
    with unit_of_work(counter.shop.chain_id):
        execute("UPDATE customers SET tags = ARRAY['Friend'] WHERE id = %s", [anna.id])
    assert "10% of €34.00 is €3.40." in tried(press(client, page_of(view), "try", **typed))
    with unit_of_work(counter.shop.chain_id):
        execute("UPDATE customers SET loyalty_off = true WHERE id = %s", [anna.id])
    earning = promotion(counter, "Back")
    assert "The customer takes no part." in tried(press(client, page_of(earning), "try", **typed))


def test_only_who_may_see_customers_names_one(counter: Counter) -> None:
    counter.person("Anna Müller", "+4915111111111")
    client = sign_in_client(Client(), counter.shop)
    found = people(client, "Anna")
    assert "Anna Müller" in found.content.decode()
    assert client.get("/promotions/people", {"sample.person": "Anna"}).status_code == 404
    assert "Nobody of yours" in people(client, "Zoe").content.decode()
    view = promotion(counter)
    assert 'name="sample.person"' in client.get(page_of(view)).content.decode()
    other = sign_in_client(Client(), hire(counter.shop, "cashier"))
    assert people(other, "Anna").status_code in (403, 404)


def test_the_effect_of_what_is_typed_is_told(counter: Counter) -> None:
    view = promotion(counter)
    client = sign_in_client(Client(), counter.shop)
    page = client.get(page_of(view))
    assert "Its effect on a day" in text_of(page)
    answer = press(client, page_of(view), "effect")
    assert "There were no paid orders on" in text_of(answer)
    for day, said in (
        ("", "There were no paid orders on"),
        ("soon", "A day is wanted."),
        ("2999-01-01", "Choose a day"),
    ):
        assert said in text_of(press(client, page_of(view), "effect", **{"effect.day": day})), day
    assert client.post(f"{page_of(view)}/effect").status_code == 404
    event = {"event": "birthday", "balance_type": encode("bal", counter.points.balance_types[0].id), "amount": "5"}
    present = promotion(counter, "Present", trigger=event)
    assert "An event sets this promotion off" in text_of(press(client, page_of(present), "effect"))
