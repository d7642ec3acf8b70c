"""Whose cards they are: other chains, scopes, roles and limits (ORG-2, OPS-1)."""

import pytest

from regulars.exports.actions.request import UNFINISHED_MAX
from regulars.kernel.ids import encode
from tests.contract.cards_kit import PHONE, adjust, issue, make_program
from tests.contract.chains import Caller, add_caller


@pytest.fixture
def shop(caller: Caller) -> Caller:
    program = make_program(caller)
    made = caller.post(
        "/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee", "goal": 8}
    )
    assert made.status == 201, made.body
    return caller


def test_no_more_work_waits_than_can_be_done(shop: Caller) -> None:
    for _ in range(UNFINISHED_MAX):
        assert shop.post("/exports", {"kind": "cards", "format": "csv"}).status == 201
    refused = shop.post("/exports", {"kind": "cards", "format": "csv"})
    assert (refused.code, refused.body["waiting"]) == ("too_many_exports", UNFINISHED_MAX)


def test_a_cashier_adjusts_up_to_their_limit(shop: Caller) -> None:
    card = issue(shop)["id"]
    cashier = add_caller(shop.chain_id, role="cashier")
    limited = shop.patch(f"/staff/{encode('stf', cashier.staff_id)}", {"adjust_limit": 10})
    assert (limited.status, limited.body["adjust_limit"]) == (200, "10")
    assert adjust(cashier, card, "10").status == 201
    refused = adjust(cashier, card, "-10.01", "deposit")
    assert (refused.status, refused.code, refused.body["limit"]) == (403, "above_limit", "10")


def test_ids_of_another_chain_are_missing_on_every_route(shop: Caller, stranger: Caller) -> None:
    card = str(issue(shop)["id"])
    transaction = adjust(shop, card, "5").body["id"]
    customer = shop.post("/customers", {"name": "Анна", "phone": "+4915123456788"}).body["id"]
    program = shop.get("/programs").body["items"][0]["id"]
    location = shop.get("/locations").body["items"][0]["id"]
    person = shop.get("/staff").body["items"][0]["id"]
    key = shop.get("/keys").body["items"][0]["id"]
    batch = shop.post("/card-batches", {"card_type": "ext:coffee", "count": 1}).body["id"]
    bulk = shop.post("/bulk-issues", {"card_type": "ext:coffee"}).body["id"]
    make_program(stranger)
    own_type = stranger.post("/card-types", {"name": "x", "program": "ext:coffee-club", "external_id": "own"})
    own_card = stranger.post("/cards", {"card_type": "ext:own", "phone": PHONE}).body["id"]
    assert own_type.status == 201
    reason = {"reason": "x"}
    change = {"balance_type": "points", "amount": "1", **reason}
    attempts: list[tuple[str, str, object]] = [
        ("GET", f"/cards/{card}", None),
        ("DELETE", f"/cards/{card}", None),
        ("POST", f"/cards/{card}/restore", None),
        ("POST", f"/cards/{card}/block", reason),
        ("POST", f"/cards/{card}/unblock", None),
        ("POST", f"/cards/{card}/replace", reason),
        ("POST", f"/cards/{card}/renew-link", None),
        ("POST", f"/cards/{card}/adjustments", change),
        ("POST", f"/cards/{card}/transfers", {**change, "to": own_card}),
        ("POST", f"/cards/{own_card}/transfers", {**change, "to": card}),
        ("GET", f"/cards/{card}/transactions", None),
        ("GET", f"/cards/{card}/expiring", None),
        ("GET", f"/cards/{card}/explain?balance_type=points", None),
        ("GET", f"/transactions/{transaction}", None),
        ("POST", f"/transactions/{transaction}/reverse", reason),
        ("POST", f"/cards/{card}/assign", {"phone": PHONE}),
        ("GET", f"/card-batches/{batch}", None),
        ("GET", f"/card-batches/{batch}/cards", None),
        ("POST", f"/card-batches/{batch}/undo", None),
        ("GET", f"/bulk-issues/{bulk}", None),
        ("GET", f"/bulk-issues/{bulk}/cards", None),
        ("POST", f"/bulk-issues/{bulk}/undo", None),
        ("POST", "/card-batches", {"card_type": "ext:coffee", "count": 1}),
        ("POST", "/bulk-issues", {"card_type": "ext:coffee"}),
        ("GET", "/card-types/ext:coffee", None),
        ("PATCH", "/card-types/ext:coffee", {"name": "x"}),
        ("POST", "/cards", {"card_type": "ext:coffee", "phone": PHONE}),
        ("POST", "/cards", {"card_type": "ext:own", "customer": customer}),
        ("POST", "/cards/scan", {"payload": card}),
        ("GET", f"/cards?customer={customer}", None),
        ("POST", "/card-types", {"name": "x", "program": program}),
        ("GET", f"/programs/{program}", None),
        ("PATCH", f"/programs/{program}", {"name": "x"}),
        ("GET", f"/customers/{customer}", None),
        ("PATCH", f"/customers/{customer}", {"name": "x"}),
        ("DELETE", f"/customers/{customer}", None),
        ("GET", f"/customers/{customer}/timeline", None),
        ("POST", f"/customers/{customer}/notes", {"text": "x"}),
        ("GET", f"/locations/{location}", None),
        ("PATCH", f"/locations/{location}", {"name": "x"}),
        ("POST", f"/locations/{location}/archive", None),
        ("POST", f"/locations/{location}/restore", None),
        ("GET", f"/staff/{person}", None),
        ("PATCH", f"/staff/{person}", {"role": "analyst"}),
        ("POST", f"/staff/{person}/disable", None),
        ("POST", f"/staff/{person}/enable", None),
        ("POST", f"/keys/{key}/regenerate", None),
        ("DELETE", f"/keys/{key}", None),
    ]
    for number, (method, path, body) in enumerate(attempts):
        reply = stranger.send(method, path, body, key=f"attempt-{number}")
        assert (reply.status, reply.code) == (404, "not_found"), (method, path, reply.body)
    assert shop.get(f"/cards/{card}").body["balances"][0]["total"] == "5"
    elsewhere = stranger.post("/cards", {"card_type": "ext:own", "phone": "+4915123456787", "location": location})
    assert elsewhere.codes_at() == {"/location": "unknown_location"}


def test_scopes_and_roles_limit_what_a_key_may_do(shop: Caller) -> None:
    card = issue(shop)["id"]
    reader = add_caller(shop.chain_id, scopes=frozenset({"cards:read", "balances:read"}))
    assert reader.get(f"/cards/{card}").status == 200
    for reply, needs in (
        (adjust(reader, card, "1"), "balances:write"),
        (reader.post(f"/cards/{card}/block", {"reason": "x"}), "cards:write"),
        (reader.delete(f"/cards/{card}"), "cards:delete"),
        (reader.get("/customers"), "customers:read"),
        (reader.get("/keys"), "keys:write"),
        (reader.get("/staff"), "staff:write"),
    ):
        assert (reply.status, reply.code, reply.body["needs"]) == (403, "forbidden", needs)
    cashier = add_caller(shop.chain_id, role="cashier")
    assert adjust(cashier, card, "1").status == 201
    assert cashier.delete(f"/cards/{card}").body["needs"] == "cards:delete"
    marketer = add_caller(shop.chain_id, role="marketer")
    assert adjust(marketer, card, "1").body["needs"] == "balances:write"
