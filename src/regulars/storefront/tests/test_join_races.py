"""The same join at the same instant, on connections of their own (WAL-3)."""

import threading
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections
from django.utils import timezone

from regulars.storefront.actions.proofs import confirm_join
from regulars.storefront.rules.tokens import request_of_token
from regulars.storefront.tests.join_kit import open_join_shop


@pytest.mark.committed
def test_the_same_person_at_two_phones_at_once_becomes_one(settings: Any, committed_db: Any) -> None:
    with open_join_shop(settings) as shop:
        shop.set_up()
        waits, codes = [], []
        for _ in range(3):
            waits.append(shop.join(email="anna@example.com").headers["Location"])
            shop.deliver()
            codes.append(shop.code())
        answers: list[object] = []
        chain = shop.counter.shop.chain

        def open_one(path: str, code: str) -> None:
            request_id = request_of_token(path.rpartition("/")[2], key=configured.LINK_KEY)
            assert request_id
            try:
                answers.append(confirm_join(chain, request_id, code, address="", now=timezone.now()))
            finally:
                connections.close_all()

        threads = [
            threading.Thread(target=open_one, args=pair) for pair in zip(waits, codes, strict=True) for _ in "ab"
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(answers) == 6
        assert len(set(answers)) == 1, answers
        assert (len(shop.customers()), shop.cards()) == (1, 1)
