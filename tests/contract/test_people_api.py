"""Customers, staff and keys over HTTP."""

import pytest

from regulars.platform.database import row, unit_of_work
from tests.contract.chains import Caller, add_caller


def test_a_customer_is_entered_changed_found_and_removed(caller: Caller) -> None:
    made = caller.post(
        "/customers",
        {
            "phone": "0151 23456789",
            "email": "Anna@Example.com",
            "name": "Анна Вебер",
            "birthday": "1992-02-29",
            "language": "ru",
            "tags": ["regular", "vip"],
            "external_id": "crm-7",
            "consents": [{"purpose": "marketing", "given": True, "source": "form"}],
        },
    )
    assert made.status == 201, made.body
    customer = made.body
    assert (customer["phone"], customer["birthday"], customer["tags"]) == (
        "+4915123456789",
        "1992-02-29",
        ["regular", "vip"],
    )
    assert customer["consents"][0]["purpose"] == "marketing"
    assert caller.get("/customers/ext:crm-7").body == customer
    for query in (
        "search=вебер",
        "phone=%2B4915123456789",
        "email=anna@example.com",
        "tag=vip",
        "search=6789",
        "order=-name",
    ):
        assert [one["id"] for one in caller.get(f"/customers?{query}").body["items"]] == [customer["id"]], query
    path = f"/customers/{customer['id']}"
    changed = caller.patch(path, {"email": None, "tags": None, "phones": ["+4915123456780", "+4915123456789"]})
    assert changed.body["email"] is None
    assert changed.body["tags"] == []
    assert changed.body["phones"] == ["+4915123456780", "+4915123456789"]
    assert changed.body["name"] == "Анна Вебер"
    assert caller.post(f"{path}/notes", {"text": "Prefers oat milk"}).status == 204
    timeline = caller.get(f"{path}/timeline").body["items"]
    assert timeline
    assert caller.get(f"{path}/timeline?limit=1").body["next_cursor"]
    with unit_of_work(caller.chain_id):
        assert row("SELECT count(*) FROM audit_details WHERE strpos(after::text, 'Вебер') > 0") == (1,)
    assert caller.delete(path).status == 204
    assert caller.get(path).status == 404
    with unit_of_work(caller.chain_id):
        assert row("SELECT count(*) FROM audit_details WHERE strpos(after::text, 'Вебер') > 0") == (0,)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Anna"}, None),
        ({"phone": "12"}, None),
        ({"email": "no address"}, "/email"),
        ({"phone": "+4915123456789", "birthday": "1992-02-30"}, "/birthday"),
        ({"phone": "+4915123456789", "birthday": "29.02.1992"}, "/birthday"),
        ({"phone": "+4915123456789", "birthday": 19920229}, "/birthday"),
        ({"phone": 4915123456789}, "/phone"),
        ({"phone": "+4915123456789", "tags": "vip"}, "/tags"),
        ({"phone": "+4915123456789", "tags": ["x" * 61]}, "/tags/0"),
        ({"phone": "+4915123456789", "name": "x" * 201}, "/name"),
        ({"phone": "+4915123456789", "custom": {"unknown": 1}}, None),
        ({"phone": "+4915123456789", "custom": [1]}, "/custom"),
        ({"phone": "+4915123456789", "consents": [{"purpose": "x"}]}, "/consents/0/given"),
    ],
)
def test_what_is_no_customer_says_which_field(caller: Caller, body: dict[str, object], pointer: str | None) -> None:
    reply = caller.post("/customers", body)
    assert (reply.status, reply.code) == (422, "invalid_request"), reply.body
    assert pointer is None or pointer in reply.codes_at(), reply.body


def test_a_phone_belongs_to_one_customer(caller: Caller) -> None:
    first = caller.post("/customers", {"phone": "+4915123456789"}).body
    taken = caller.post("/customers", {"phone": "0049 151 23456789"})
    assert (taken.status, taken.code, taken.body["customer"]) == (409, "phone_taken", first["id"])
    caller.post("/customers", {"email": "a@example.com", "external_id": "x"})
    assert caller.post("/customers", {"email": "b@example.com", "external_id": "x"}).code == "external_id_taken"


@pytest.mark.parametrize(
    "name", ["نور", "अनन्या शर्मा", "👩\u200d👩\u200d👧", "Z̷̢a̷l̴g̵o̶", "O’Brien <b>", "\u202eabc", "Ⓐ" * 100, "  a\tb\n "]
)
def test_names_of_any_script_come_back(caller: Caller, name: str) -> None:
    made = caller.post("/customers", {"email": "a@example.com", "name": name})
    assert made.status == 201, made.body
    assert caller.get(f"/customers/{made.body['id']}").body["name"] == made.body["name"] == " ".join(name.split())


def test_customers_page_by_cursor_in_every_order(caller: Caller) -> None:
    for number in range(5):
        caller.post("/customers", {"email": f"{number}@example.com", "name": f"Name {number % 2}"})
    for order in ("newest", "oldest", "name", "-name"):
        seen, cursor = [], ""
        while True:
            page = caller.get(f"/customers?limit=2&order={order}{cursor}").body
            seen += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(seen) == len(set(seen)) == 5
    first = caller.get("/customers?limit=2&order=name").body
    assert caller.get(f"/customers?order=-name&cursor={first['next_cursor']}").code == "invalid_cursor"


def test_a_person_is_erased_and_what_is_left_on_their_card_given_up_only_when_said(caller: Caller) -> None:
    balances = [{"external_id": "points", "name": "Points", "kind": "points", "initial_balance": "50"}]
    program = caller.post("/programs", {"name": "Club", "state": "active", "balance_types": balances}).body["id"]
    caller.post("/card-types", {"name": "Card", "program": program, "external_id": "coffee"})
    customer = caller.post("/customers", {"email": "a@example.com", "name": "Anna"}).body["id"]
    card = caller.post("/cards", {"card_type": "ext:coffee", "customer": customer}).body["id"]
    refused = caller.delete(f"/customers/{customer}")
    assert (refused.status, refused.code) == (409, "balance_left")
    assert refused.body["balances"] == [{"balance_type": "points", "kind": "points", "total": "50"}]
    told = caller.get(f"/customers/{customer}/export")
    assert told.status == 200
    assert (told.body["record"]["email"], told.body["cards"][0]["id"]) == ("a@example.com", card)
    assert caller.delete(f"/customers/{customer}?write_off=true").status == 204
    assert caller.get(f"/customers/{customer}").status == 404
    closed = caller.get(f"/cards/{card}").body
    assert (closed["status"], closed["customer"], closed["phone"]) == ("deleted", None, None)
    assert caller.post(f"/cards/{card}/restore").code == "restore_window_over"


def test_staff_are_invited_changed_and_disabled(caller: Caller) -> None:
    invited = caller.post("/staff/invitations", {"email": "new@example.com", "role": "cashier"})
    assert invited.status == 201, invited.body
    assert invited.body["link"].startswith("http")
    assert [one["email"] for one in caller.get("/staff/invitations").body["items"]] == ["new@example.com"]
    assert caller.delete(f"/staff/invitations/{invited.body['id']}").status == 204
    assert caller.get("/staff/invitations").body["items"] == []
    cashier = add_caller(caller.chain_id, role="cashier")
    person = next(one for one in caller.get("/staff").body["items"] if one["role"] == "cashier")
    changed = caller.patch(f"/staff/{person['id']}", {"role": "manager"})
    assert (changed.status, changed.body["role"]) == (200, "manager")
    assert caller.post(f"/staff/{person['id']}/disable").body["disabled_at"]
    assert cashier.get("/customers").status == 401
    assert caller.post(f"/staff/{person['id']}/enable").body["disabled_at"] is None
    owner = next(one for one in caller.get("/staff").body["items"] if one["role"] == "owner")
    assert caller.post(f"/staff/{owner['id']}/disable").code == "not_yourself"
    assert caller.patch(f"/staff/{owner['id']}", {"role": "analyst"}).code == "last_owner"
    assert caller.post("/staff/invitations", {"email": owner["email"], "role": "owner"}).code == "already_staff"
    manager = add_caller(caller.chain_id, role="manager")
    refused = manager.post("/staff/invitations", {"email": "o@example.com", "role": "owner"})
    assert (refused.status, refused.code) == (403, "beyond_your_rights")


def test_keys_are_shown_once_and_end_at_once(caller: Caller) -> None:
    made = caller.post("/keys", {"name": "Till 7", "scopes": ["cards:read", "customers:read"]})
    assert made.status == 201, made.body
    till = Caller(caller.chain_id, caller.staff_id, made.body["key"])
    assert till.get("/customers").status == 200
    assert till.get("/programs").code == "forbidden"
    assert all("key" not in one for one in caller.get("/keys").body["items"])
    renewed = caller.post(f"/keys/{made.body['id']}/regenerate")
    assert renewed.status == 200
    assert till.get("/customers").status == 401
    till = Caller(caller.chain_id, caller.staff_id, renewed.body["key"])
    assert till.get("/customers").status == 200
    assert caller.delete(f"/keys/{made.body['id']}").body["revoked_at"]
    assert till.get("/customers").status == 401
    assert caller.post("/keys", {"name": "x", "scopes": ["everything"]}).codes_at() == {"/scopes": "unknown_value"}
    assert caller.post("/keys", {"name": "x", "scopes": []}).codes_at() == {"/scopes": "required"}


def test_a_key_cannot_make_or_take_over_a_wider_one(caller: Caller) -> None:
    wide = caller.get("/keys").body["items"][0]["id"]
    narrow = add_caller(caller.chain_id, scopes=frozenset({"keys:write", "cards:read"}))
    assert narrow.post("/keys", {"name": "x", "scopes": ["cards:read"]}).status == 201
    refused = narrow.post("/keys", {"name": "x", "scopes": ["cards:read", "balances:write"]})
    assert (refused.status, refused.body["needs"]) == (403, "balances:write")
    assert narrow.post(f"/keys/{wide}/regenerate").code == "forbidden"
