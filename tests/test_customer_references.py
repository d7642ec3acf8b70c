"""Whatever names a customer is known by name here, with what becomes of it when the customer is deleted (CUS-7)."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.kernel.ids import decode, encode, new_id
from regulars.platform.database import execute, rows, unit_of_work
from tests.order_kit import LATTE, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db

# Columns that name a customer, by foreign key or by what they are called. A merge of two customers has to move all of
# these that are not kept; whoever adds one says here what becomes of it.
GONE = {
    ("customer_phones", "customer_id"),
    ("customer_tags", "customer_id"),
    ("consents", "customer_id"),
    ("customer_notes", "customer_id"),
    ("customer_statistics", "customer_id"),
    ("imported_customers", "customer_id"),
    ("opening_figures", "customer_id"),
    ("holder_tiers", "holder_id"),
    ("referral_codes", "customer_id"),
    ("referrals", "customer_id"),
    ("referrals", "inviter_id"),
    ("orders", "customer_id"),
    ("order_promotions", "holder_id"),
    ("memberships", "customer_id"),
    ("vouchers", "customer_id"),
    ("codes", "customer_id"),
    ("code_attachments", "customer_id"),
    ("code_uses", "holder_id"),
    ("code_pool_holders", "holder_id"),
    ("gift_cards", "customer_id"),
    ("messages", "customer_id"),
    ("join_requests", "customer_id"),
}
REFUSED = {
    # Who holds a card is not deleted: these stand with the card.
    ("cards", "customer_id"),
    ("card_slots", "holder"),
}
KEPT = {
    # So that nobody who leaves and comes back gets it twice: declared in PERSONAL_DATA.
    ("initial_balances_given", "person_key"),
    ("trigger_uses", "person_key"),
    # The id of nobody, once the customer is gone: what was counted, what happened, how far a job had come.
    ("promotion_uses", "holder_id"),
    ("tier_changes", "holder_id"),
    ("orders", "referred_by"),
    ("referral_bonuses", "invited_id"),
    ("referral_bonuses", "inviter_id"),
    ("bulk_issues", "customer_ids"),
    ("bulk_issues", "after_customer"),
    ("voucher_batches", "holder_ids"),
}
NO_CUSTOMERS = {
    # Who holds an idempotency key is a key of the API or a login.
    ("idempotency_keys", "holder_id"),
    # Staff.
    ("invitations", "invited_by"),
}
NAMES = "(^|_)(customers?|holder|person|referr(ed|er)|invite[rd]|buyer)(_|$)"
CATALOGUE = """
SELECT c.relname, a.attname
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped AND (
    EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid
        AND f.confrelid = 'customers'::regclass AND a.attnum = ANY(f.conkey))
    OR ltrim(t.typname, '_') IN ('uuid', 'text', 'varchar') AND a.attname ~ %s
)
"""


def test_every_column_that_names_a_customer_is_decided_on() -> None:
    found = {(table, column) for table, column in rows(CATALOGUE, [NAMES], using="owner")}
    known = GONE | REFUSED | KEPT | NO_CUSTOMERS
    assert found - known == set(), "say in this test what becomes of it when the customer is deleted or merged"
    assert known - found == set(), "this is gone: take it off the list"


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def traces(shop: OrderShop, customer_id: Any) -> dict[tuple[str, str], int]:
    """How many rows of each column that is to be empty name the customer."""
    return {
        (table, column): shop.counter.read(f"SELECT count(*) FROM {table} WHERE {column} = %s", [customer_id])[0][0]
        for table, column in GONE
    }


def test_a_customer_who_is_deleted_leaves_amounts_without_a_name(shop: OrderShop) -> None:
    ten_off = {"benefits": [{"kind": "percent_off_order", "percent": "10"}], "limits": {"per_customer": 5}}
    shop.run(ten_off, back())
    group = {"name": "L", "counts": "paid", "tiers": [{"name": "Silver", "external_id": "silver", "threshold": "10"}]}
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"tier_groups": [group]}).status == 200
    entered = shop.caller.post(
        "/customers", {"name": "Anna Weber", "phone": "+49 151 11111111", "tags": ["Anna's friends"]}
    )
    customer = entered.body["id"]
    customer_id = decode("cus", customer)
    assert shop.caller.post(f"/customers/{customer}/notes", {"text": "Likes oat milk"}).status == 204
    order = shop.record(shop.order(LATTE, phone="0151 11111111", external_id="R-1")).body["id"]
    with unit_of_work(shop.chain_id):
        execute(
            "INSERT INTO holder_tiers (chain_id, group_id, holder_id, is_customer, since)"
            " SELECT chain_id, id, %s, true, now() FROM tier_groups",
            [customer_id],
        )
        execute(
            "INSERT INTO customer_statistics (customer_id, chain_id, sold, paid, visits) VALUES (%s, %s, 1, 1, 1)",
            [customer_id, shop.chain_id],
        )
        execute(
            "INSERT INTO consents (id, chain_id, customer_id, purpose, given, source, text_version, at)"
            " VALUES (%s, %s, %s, 'news', true, 'till', '', now())",
            [new_id(), shop.chain_id, customer_id],
        )
    assert shop.caller.post("/vouchers", {"title": "A coffee", "customer": customer}).status == 201
    kind = shop.caller.post("/gift-card-types", {"name": "Gift card", "value_min": "1", "value_max": "9"}).body["id"]
    assert shop.caller.post("/gift-cards", {"type": kind, "value": "5", "customer": customer}).status == 201
    before = traces(shop, customer_id)
    others = {
        place
        for place in GONE
        if place[0].startswith(("referral", "imported_", "opening_", "code", "membership", "message", "join_"))
    }
    assert {place for place, count in before.items() if not count} == others
    assert shop.caller.delete(f"/customers/{customer}").status == 204
    assert not any(traces(shop, customer_id).values())
    ((facts, verdicts, phone, total),) = shop.counter.read(
        "SELECT facts::text, verdicts::text, phone, total FROM orders"
    )
    assert (phone, total) == (None, 351)
    for word in ("11111111", "Anna", str(customer_id), customer):
        assert word not in facts + verdicts
    # It can still be read and given back.
    found = shop.caller.get(f"/orders/{order}").body
    assert (found["customer"], found["total"]) == (None, "3.51")
    assert shop.caller.post(f"/orders/{order}/refunds", {"lines": [{"index": 0}]}).status == 201
    assert shop.caller.get("/orders").body["items"][0]["state"] == "refunded"
