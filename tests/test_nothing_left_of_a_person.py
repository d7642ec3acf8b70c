"""A person is erased: their name, phone and e-mail stand in no column of the database any more (CUS-7)."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from django.utils import timezone

from regulars.customers.actions import remove_customer, write_note
from regulars.kernel.ids import decode, encode, new_id
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.storefront.queries.stored import gather_stored
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db
NAME, PHONE, EMAIL = "Annabella Zugspitz", "+4915198765432", "annabella@zugspitz.example"
MARKS: Final = ("annabella", "zugspitz", "15198765432", PHONE[::-1][:11])

KEPT: Final = {
    "trigger_uses.person_key": "so that nobody has a present twice by leaving and coming back (ORD-10)",
    "initial_balances_given.person_key": "so that nobody has a first balance twice (PRG-2)",
    "idempotency_keys.answer": "the answer to a program that asks again; gone after two days",
}
"""Columns that may say a phone of somebody erased, each declared in PERSONAL_DATA with its end."""


def columns_that_say(marks: tuple[str, ...]) -> set[str]:
    """The columns of every table in which one of these words stands, whatever their type."""
    named = rows(
        "SELECT table_name, column_name FROM information_schema.columns JOIN pg_class ON relname = table_name"
        " AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY', 'bytea')"
    )
    pattern = "|".join(marks)
    found = set()
    for table, column in named:
        said = row(f'SELECT 1 FROM "{table}" WHERE lower("{column}"::text) ~ %s LIMIT 1', [pattern])
        if said is not None:
            found.add(f"{table}.{column}")
    return found


def sent(shop: OrderShop, path: str, body: dict[str, Any], status: int = 201) -> Any:
    reply = shop.caller.post(path, body)
    assert reply.status == status, (path, reply.body)
    return reply.body


def fill(shop: OrderShop) -> str:
    """A customer whose words stand everywhere that staff and programs can write them."""
    body = {"name": NAME, "phone": PHONE, "email": EMAIL, "comment": f"{NAME} sings", "tags": ["zugspitz"]}
    customer = str(sent(shop, "/customers", body)["id"])
    card = sent(shop, "/cards", {"card_type": encode("ctp", shop.counter.card_type.id), "customer": customer})["id"]
    actor, now = shop.counter.actor, timezone.now()
    write_note(actor, customer, f"{NAME} likes the window", now=now)
    words = {"balance_type": "ext:bonus", "amount": "5", "reason": f"{NAME} waited"}
    sent(shop, f"/cards/{card}/adjustments", words)
    sent(shop, f"/customers/{customer}/messages", {"text": f"Dear {NAME}", "channels": ["email"]})
    sent(shop, "/orders", shop.order(card=card, external_id="r-1"))
    sent(shop, f"/cards/{card}/block", {"reason": f"{NAME} lost it"}, 200)
    shop.caller.patch(f"/customers/{customer}", {"comment": f"{NAME} sang"})
    sent(shop, "/vouchers", {"title": "Cake", "description": f"For {NAME}", "customer": customer})
    kind = sent(shop, "/gift-card-types", {"name": "Gift", "values": ["25"]})["id"]
    gift = sent(shop, "/gift-cards", {"type": kind, "value": "25", "customer": customer})["id"]
    sent(shop, f"/gift-cards/{gift}/block", {"note": f"{NAME} lost it"}, 200)
    with unit_of_work(shop.chain_id):
        execute(
            "INSERT INTO messages (id, chain_id, card_id, kind, subject, text, through, at)"
            " VALUES (%s, %s, %s, 'service', '', %s, 'page', now())",
            [new_id(), shop.chain_id, decode("crd", card), f"To the card of {NAME}"],
        )
    return customer


def test_a_person_who_is_erased_stands_nowhere(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    shop = open_order_shop()
    customer = fill(shop)
    identifier = decode("cus", customer)
    assert identifier is not None
    with unit_of_work(shop.chain_id):
        stored = json.dumps(gather_stored(shop.chain_id, identifier, now=timezone.now()), ensure_ascii=False)
        before = columns_that_say(MARKS)
    assert {
        "customers.name",
        "messages.text",
        "audit_details.after",
        "customer_notes.text",
        "transaction_notes.text",
    } <= before, before
    for text in (
        f"Dear {NAME}",
        f"To the card of {NAME}",
        f"For {NAME}",
        f"{NAME} waited",
        f"{NAME} likes the window",
        f"{NAME} sang",
        "r-1",
    ):
        assert text in stored, text
    remove_customer(shop.counter.actor, customer, write_off=True, now=timezone.now())
    with unit_of_work(shop.chain_id):
        left = columns_that_say(MARKS) - KEPT.keys()
        assert not left, {one: rows(f"SELECT {one.partition('.')[2]} FROM {one.partition('.')[0]}")[:3] for one in left}
