"""Quotes that are asked for at the same moment are read together, and each is answered as if it were alone (ADR 18)."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec import structs

from regulars.kernel.ids import encode
from regulars.orders.actions.quoting import quote_together, quotes_together
from regulars.orders.actions.together import Asked, record_together
from regulars.orders.rules.command import LineDraft, OrderDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.clock import real_now
from regulars.platform.database import row
from tests.contract.chains import Reply
from tests.crowd import PATIENCE, Send, wait_for
from tests.crowd import crowd as any_crowd
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> OrderShop:
    monkeypatch.setattr(quotes_together.convoy, "_patience", PATIENCE)
    shop = open_order_shop()
    shop.run({**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 2}]}, back())
    assert shop.quote(shop.order()).status == 200
    return shop


@contextmanager
def crowd(shop: OrderShop) -> Iterator[tuple[Send, list[Future[Reply]]]]:
    """While a quote cannot get on, further ones wait; at the end all are answered."""
    with any_crowd(quotes_together.convoy, shop.caller, first=("/orders/quote", shop.order())) as (send_any, replies):

        def send(body: dict[str, Any], **headers: Any) -> None:
            send_any("/orders/quote", body, **headers)

        yield send, replies


def test_each_is_answered_as_if_it_were_alone(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 1111111{number}") for number in range(3)]
    shop.counter.adjust(cards[1], "7.50", balance_type="bonus")
    shop.record(shop.order(card=encode("crd", cards[2].id)))
    blocked = shop.counter.issue("+49 151 22222222")
    shop.caller.post(f"/cards/{encode('crd', blocked.id)}/block", {"reason": "lost"})
    spends = {"spend": [{"balance_type": "bonus", "amount": "max"}]}
    bodies = [
        *(shop.order(card=encode("crd", card.id)) for card in cards),
        shop.order(card=encode("crd", cards[1].id), **spends),
        shop.order(card=encode("crd", cards[1].id), **spends),
        shop.order(LATTE),
        shop.order(card=encode("crd", blocked.id)),
        shop.order(phone="+49 151 22222222"),
        shop.order(location="ext:nowhere"),
        shop.order(card=encode("crd", cards[0].id), expected_total="1.00"),
    ]
    spoken = ["ru" if number % 2 else "en" for number in range(len(bodies))]
    alone = [
        shop.caller.send("POST", "/orders/quote", body, HTTP_ACCEPT_LANGUAGE=language)
        for body, language in zip(bodies, spoken, strict=True)
    ]
    with crowd(shop) as (send, replies):
        for body, language in zip(bodies, spoken, strict=True):
            send(body, HTTP_ACCEPT_LANGUAGE=language)
    answers = [one.result(PATIENCE) for one in replies]
    assert [one.status for one in answers] == [200, 200, 200, 200, 200, 200, 409, 200, 422, 409]
    for mine, theirs in zip(answers, alone, strict=True):
        assert (mine.status, told(mine)) == (theirs.status, told(theirs))
    assert answers[3].body["spend"][0]["amount"] == answers[4].body["spend"][0]["amount"] == "7.50"
    assert answers[2].body["discount_total"] == "1.20", "the second order of this customer alone"


def told(reply: Reply) -> dict[str, Any]:
    """What an answer says beside the moments and the id of its request."""
    said = {name: value for name, value in reply.body.items() if name not in ("at", "request_id", "instance")}
    earned = [{**one, "activates_at": None} for one in said.get("earn", ())]
    return {**said, "earn": earned}


def test_those_who_come_meanwhile_ask_the_database_once(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 3333333{number}") for number in range(6)]
    with crowd(shop) as (send, replies):
        for card in cards:
            send(shop.order(card=encode("crd", card.id)))
        wait_for(lambda: waiting() == 1)
        assert (quotes_together.convoy.waiting, waiting()) == (6, 1)
    assert [one.result(PATIENCE).status for one in replies] == [200] * 6


def test_what_this_process_does_not_know_yet_is_known_to_all(shop: OrderShop) -> None:
    assert shop.caller.post("/locations", {"name": "New", "external_id": "new"}).status == 201
    drafts = [OrderDraft(lines=(LineDraft(quantity="1", price=price),), location="ext:new") for price in ("4", "5")]
    quoted = [Asked(shop.caller.actor, draft, present=lambda view: (200, str(view.total))) for draft in drafts]
    assert quote_together(quoted, now=real_now()) == {0: "400", 1: "500"}
    assert shop.caller.post("/locations", {"name": "Newer", "external_id": "newer"}).status == 201
    recorded = [Asked(shop.caller.actor, structs.replace(draft, location="ext:newer")) for draft in drafts]
    found = record_together(recorded, now=real_now())
    assert [view.total for view in found.values() if isinstance(view, OrderView)] == [400, 500]


def waiting() -> int:
    """How many wait in the database for the stamps of the rules."""
    found = row("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'rules_stamps'::regclass")
    assert found
    return int(found[0])
