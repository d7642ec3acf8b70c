"""A batch does what its orders would do one by one: the same answers, the same ledger, the same reasons (ORD-1)."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.order_kit import BONUS, CAKE, DEPOSIT, LATTE, STAMPS, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.committed

ORDERS = 500
# Units that cannot be spent yet, and such of an order of last week that are over when they come in.
LATER = replace(BONUS, name="Later", external_id="later", activation_delay_days=2)
SOON_OVER = replace(BONUS, name="Soon over", external_id="soon-over", expiry={"kind": "days", "value": 3})
ENTRIES = """
SELECT e.kind, e.amount, e.balance_after, t.promotion_id FROM entries e JOIN transactions t ON t.id = e.transaction_id
WHERE e.card_id = %s ORDER BY e.balance_type_id, e.id
"""
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {**TEN_OFF, "products": {"categories": ["cake"]}},
    {"benefits": [{"kind": "amount_off_order", "amount": "0.50"}], "limits": {"total": 60}},
    {"benefits": [{"kind": "amount_off_order", "amount": "0.20"}], "limits": {"per_customer": 3}},
    {"benefits": [{"kind": "percent_off_order", "percent": "15"}], "codes": ["AUTUMN"]},
    {
        "benefits": [{"kind": "percent_off_order", "percent": "20"}],
        "conditions": [{"kind": "nth_order", "number": 1}],
    },
    {"benefits": [{"kind": "buy_get", "buy": 2, "get": 1}], "limits": {"discount": "60.00"}},
    {
        "benefits": [{"kind": "amount_off_order", "amount": "0.10"}],
        "conditions": [{"kind": "nth_order", "number": 7, "is_every": True}],
    },
    {"earnings": [{"kind": "per_order", "balance_type": "ext:stamps", "units": "1"}]},
    {"earnings": [{"kind": "per_money", "balance_type": "ext:stamps", "units": "1", "per": "50", "carries": True}]},
    {"earnings": [{"kind": "percent_back", "balance_type": "ext:later", "percent": "3"}]},
    {"earnings": [{"kind": "percent_back", "balance_type": "ext:soon-over", "percent": "2"}]},
    back("10"),
)
MORE: dict[int, dict[str, Any]] = {
    10: {"codes": ["autumn"]},
    11: {"codes": ["NOBODYS"]},
    12: {"expected_total": "1.00"},
    13: {"state": "open"},
    14: {"state": "completed"},
}


def till(shop: OrderShop, *, cards: int) -> list[CardView]:
    """Promotions that run and cards that some people hold, some with points."""
    # Whose order comes first among people who wait for themselves is not said, and limits for everybody would tell.
    shop.run(*(one for one in PROMOTIONS if cards > 3 or one.get("limits", {}).keys() <= {"per_customer"}))
    made = [shop.counter.issue(f"+49 151 111111{number:02d}") for number in range(cards)]
    for card in made[::2]:
        shop.counter.adjust(card, "3", balance_type="bonus")
    return made


def orders(cards: list[CardView]) -> list[dict[str, Any]]:
    """Orders of all kinds, the same for every shop beside the ids of its cards."""
    chance = random.Random(7)
    made: list[dict[str, Any]] = []
    for number in range(ORDERS):
        lines = [{**chance.choice([LATTE, CAKE]), "quantity": str(chance.randint(1, 4))} for _ in range(3)]
        more: dict[str, Any] = {"external_id": f"till-{number}", "card": encode("crd", chance.choice(cards).id)}
        match chance.randint(0, 19):
            case 0:
                lines[0]["price"] = "-1"
            case 1 | 2 | 3:
                name = chance.choice(["bonus", "bonus", "soon-over"])
                more["spend"] = [{"balance_type": name, "amount": chance.choice(["0.50", "1.00", "max"])}]
            case 4 if made:
                made.append(chance.choice(made))
                continue
            case 5 if made:
                more["external_id"] = chance.choice(made)["external_id"]
            case 6:
                more["phone"] = f"+49 151 111111{chance.randrange(len(cards)):02d}"
                del more["card"]
            case 8:
                more["phone"] = f"+49 151 222222{chance.randint(10, 30)}"
                del more["card"]
            case 9:
                del more["card"]
            case 7:
                more["at"] = (real_now() - timedelta(days=7)).isoformat()
            case kind:
                more |= MORE.get(kind, {})
        made.append({"lines": lines, **more})
    return made


def told(shop: OrderShop, cards: list[CardView], answer: dict[str, Any], *, status: int) -> list[Any]:
    """What an answer says that has no id of its shop in it, and what promotions said when the order is read."""
    if status != 201:
        return [status, answer["code"], [one["pointer"] for one in answer.get("errors", ())]]
    found = shop.caller.get(f"/orders/{answer['id']}").body
    numbers = {encode("crd", card.id): number for number, card in enumerate(cards)}
    kinds: dict[str, str] = {}
    return [
        [answer[name] for name in ("external_id", "state", "total", "discount_total", "to_pay")],
        [one["amount"] for one in answer["earn"]],
        numbers.get(found["card"]),
        [
            (kinds.setdefault(one["id"], str(len(kinds))), one["applied"], one["reason"], one["discount"])
            for one in found["promotions"]
        ],
        [one["total"] for one in found["lines"]],
        [(one["max"], one["money"]) for one in found["spendable"]],
    ]


def ledger(shop: OrderShop, cards: list[CardView]) -> list[list[tuple[Any, ...]]]:
    """The entries of every card in their order, and whether a promotion brought them."""
    return [
        [
            (kind, amount, after, promotion is not None)
            for kind, amount, after, promotion in shop.counter.read(ENTRIES, [card.id])
        ]
        for card in cards
    ]


# With three cards nearly every order of a transaction follows another one of its buyer.
@pytest.mark.parametrize("cards", [40, 3])
def test_a_batch_does_what_its_orders_would_do_one_by_one(committed_db: object, cards: int) -> None:
    kinds = (BONUS, STAMPS, DEPOSIT, LATER, SOON_OVER)
    alone, together = (open_order_shop(*kinds, name=name) for name in ("Café Sonne", "Café Mond"))
    cards_alone, cards_together = till(alone, cards=cards), till(together, cards=cards)
    replies: list[Reply] = [alone.record(body) for body in orders(cards_alone)]
    raw = b"\n".join(json.dumps(body).encode() for body in orders(cards_together))
    batch = together.caller.send("POST", "/orders/batch", raw=raw, content_type="application/x-ndjson")
    assert batch.status == 200, batch.body
    one_by_one = [told(alone, cards_alone, one.body, status=one.status) for one in replies]
    at_once = [told(together, cards_together, one, status=one["status"]) for one in batch.body["items"]]
    assert {one[0] for one in one_by_one if len(one) == 3} >= {409, 422}
    for body, mine, theirs in zip(orders(cards_alone), one_by_one, at_once, strict=True):
        assert mine == theirs, body
    assert ledger(alone, cards_alone) == ledger(together, cards_together)
    assert verify(now=real_now()).is_sound
