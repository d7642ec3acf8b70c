"""Loyalty on and off (CUS-4) and statistics (CUS-5) as programs see them."""

from datetime import UTC, datetime

import pytest

from regulars.kernel.ids import decode
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller
from tests.ledger_kit import dispatcher
from tests.order_rows import put_order

pytestmark = pytest.mark.django_db


def test_loyalty_is_switched_off_and_on_and_the_journal_says_so(caller: Caller) -> None:
    anna = caller.post("/customers", {"name": "Anna", "phone": "0151 23450001"}).body
    assert anna["loyalty_off"] is False
    caller.post("/customers", {"name": "Ben", "phone": "0151 23450002"})
    off = caller.patch(f"/customers/{anna['id']}", {"loyalty_off": True})
    assert (off.status, off.body["loyalty_off"], off.body["name"]) == (200, True, "Anna")
    listed = caller.get("/customers?loyalty_off=true").body["items"]
    assert [one["id"] for one in listed] == [anna["id"]]
    assert len(caller.get("/customers").body["items"]) == 2
    with unit_of_work(caller.chain_id):
        told = rows("SELECT count(*) FROM audit_entries WHERE verb = 'customer.changed'")
    assert told == [(1,)]
    assert caller.patch(f"/customers/{anna['id']}", {"loyalty_off": None}).body["loyalty_off"] is False
    assert caller.patch(f"/customers/{anna['id']}", {"loyalty_off": "often"}).status == 422
    assert caller.get("/customers?loyalty_off=perhaps").status == 422


def test_statistics_stand_in_the_record(caller: Caller) -> None:
    anna = caller.post("/customers", {"name": "Anna", "phone": "0151 23450001"}).body
    assert anna["statistics"] == {
        "sold": "0.00",
        "paid": "0.00",
        "visits": 0,
        "average": None,
        "lifetime_value": "0.00",
        "first_visit": None,
        "last_visit": None,
        "usual_interval_days": None,
        "next_visit_expected": None,
    }
    customer = decode("cus", anna["id"])
    for number in (1, 8, 15):
        at = datetime(2026, 1, number, 12, tzinfo=UTC)
        put_order(caller.chain_id, at=at, sold=1000, total=850, customer=customer)
    dispatcher().make_round()
    found = caller.get(f"/customers/{anna['id']}").body["statistics"]
    assert found == {
        "sold": "30.00",
        "paid": "25.50",
        "visits": 3,
        "average": "8.50",
        "lifetime_value": "25.50",
        "first_visit": "2026-01-01T12:00:00Z",
        "last_visit": "2026-01-15T12:00:00Z",
        "usual_interval_days": 7,
        "next_visit_expected": "2026-01-22",
    }
