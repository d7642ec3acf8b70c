"""A present for joining is given once per person ever: who leaves and comes back by the same address has had it (WAL-3, PRG-2)."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test import Client
from django.utils import timezone

from regulars.customers.actions import remove_customer
from regulars.customers.queries.left import left_key
from regulars.kernel.ids import encode
from regulars.storefront.actions.proofs import confirm_join
from regulars.storefront.rules.tokens import request_of_token
from regulars.storefront.tests.join_kit import JoinShop, open_join_shop
from regulars.storefront.tests.test_own import own_page
from tests.ledger_kit import dispatcher

ANNA = "anna@example.com"
START, PRESENT = 50, 7


@pytest.fixture
def shop(settings: Any, db: None) -> Iterator[JoinShop]:
    with open_join_shop(settings) as made:
        made.set_up()
        present(made)
        yield made


def present(shop: JoinShop) -> None:
    """A promotion that gives seven points to whoever registers."""
    points, client = shop.counter.points, Client(headers={"Authorization": shop.counter.shop.bearer})
    body = {
        "name": "Welcome",
        "program": encode("prg", points.program.id),
        "trigger": {"event": "registered", "balance_type": "ext:points", "amount": PRESENT},
    }
    made = client.post("/api/v1/promotions", json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    published = client.post(f"/api/v1/promotions/{made.json()['id']}/publish", "{}", content_type="application/json")
    assert published.status_code == 200, published.content


def joined(shop: JoinShop, **typed: str) -> tuple[Client, str]:
    client = Client()
    waiting = shop.join(client, **typed).headers["Location"]
    shop.deliver()
    card = str(client.post(waiting, {"code": shop.code()}).headers["Location"])
    dispatcher().make_round()
    return client, card


def held(shop: JoinShop) -> list[int]:
    """What is on the cards of customers."""
    found = shop.rows(
        "SELECT a.balance FROM accounts a JOIN cards k ON k.id = a.card_id"
        " WHERE k.chain_id = %s AND k.customer_id IS NOT NULL ORDER BY a.id",
        [shop.chain_id],
    )
    return [balance for (balance,) in found]


def leave(shop: JoinShop, client: Client, card: str) -> None:
    path = own_page(shop, client, card)
    assert "You are deleted" in client.post(f"{path}/delete", {"write_off": "yes"}).content.decode()
    dispatcher().make_round()
    assert shop.customers() == []


def test_who_leaves_and_comes_back_by_the_same_address_gets_nothing_twice(shop: JoinShop) -> None:
    leave(shop, *joined(shop, email=ANNA))
    joined(shop, email="Anna@Example.com")
    assert held(shop) == [0]
    ((left,),) = shop.rows("SELECT id FROM customers WHERE chain_id = %s", [shop.chain_id])
    remove_customer(shop.counter.shop.actor, encode("cus", left), write_off=True, now=timezone.now())
    joined(shop, email="tom@example.com")
    assert held(shop) == [START + PRESENT], "another address is another person"


def test_a_family_with_one_address_is_told_apart_by_phones(shop: JoinShop) -> None:
    client, card = joined(shop, email=ANNA)
    leave(shop, client, card)
    shop.counter.card(shop.counter.points, customer=shop.counter.person("Tom", "+4915122222222", ANNA))
    dispatcher().make_round()
    assert held(shop) == [START + PRESENT]


def test_what_is_kept_of_who_left_does_not_say_the_address(shop: JoinShop, settings: Any) -> None:
    leave(shop, *joined(shop, email=ANNA))
    for table in ("trigger_uses", "initial_balances_given"):
        keys = [key for (key,) in shop.rows(f"SELECT person_key FROM {table} WHERE chain_id = %s", [shop.chain_id])]
        kept = [key for key in keys if key.startswith("e:")]
        assert kept == [left_key(shop.chain_id, ANNA)], table
        assert not any("anna" in key for key in keys), table
    settings.LINK_KEY = "of another installation"
    assert left_key(shop.chain_id, ANNA) not in kept, "the database alone could be searched with a list of addresses"


@pytest.mark.committed
def test_two_joins_at_once_get_it_once(settings: Any, committed_db: Any) -> None:
    with open_join_shop(settings) as shop:
        shop.set_up()
        present(shop)
        waits = []
        for _ in range(2):
            waiting = shop.join(email=ANNA).headers["Location"]
            shop.deliver()
            waits.append((waiting, shop.code()))

        def open_one(path: str, code: str) -> None:
            request_id = request_of_token(path.rpartition("/")[2], key=configured.LINK_KEY)
            assert request_id
            try:
                confirm_join(shop.counter.shop.chain, request_id, code, address="", now=timezone.now())
                dispatcher().make_round()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=open_one, args=pair) for pair in waits]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        dispatcher().make_round()
        assert held(shop) == [START + PRESENT]
