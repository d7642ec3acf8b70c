"""Cards over HTTP for tests."""

from tests.contract.chains import Caller, Reply

PHONE = "+4915123456789"


def make_program(caller: Caller) -> dict[str, object]:
    balance_types = [
        {"external_id": "points", "name": "Points", "kind": "points"},
        {"external_id": "deposit", "name": "Deposit", "kind": "deposit"},
        {"external_id": "stamps", "name": "Stamps", "kind": "stamps"},
    ]
    reply = caller.post("/programs", {"name": "Coffee club", "state": "active", "balance_types": balance_types})
    assert reply.status == 201, reply.body
    return dict(reply.body)


def issue(caller: Caller, phone: str = PHONE, **more: object) -> dict[str, object]:
    reply = caller.post("/cards", {"card_type": "ext:coffee", "phone": phone, **more})
    assert reply.status == 201, reply.body
    return dict(reply.body)


def adjust(caller: Caller, card: object, amount: object, balance_type: str = "points", **headers: str) -> Reply:
    body = {"balance_type": balance_type, "amount": amount, "reason": "test"}
    return caller.post(f"/cards/{card}/adjustments", body, **headers)
