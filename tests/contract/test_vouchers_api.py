"""Vouchers over HTTP, as API.md promises them (RWD-2, RWD-3, RWD-9)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.kernel.ids import decode, encode
from regulars.platform.actor import RIGHTS_OF_ROLE
from regulars.platform.database import execute, rows, unit_of_work
from tests.contract.cards_kit import issue, make_program
from tests.contract.chains import Caller, add_caller, open_chain

TOMORROW = (timezone.now() + timedelta(days=1)).isoformat()


@pytest.fixture
def shop(caller: Caller) -> Caller:
    program = make_program(caller)
    made = caller.post("/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee"})
    assert made.status == 201, made.body
    return caller


def voucher(caller: Caller, **more: object) -> dict[str, object]:
    reply = caller.post("/vouchers", {"title": "A coffee", **more})
    assert reply.status == 201, reply.body
    return dict(reply.body)


def test_a_voucher_is_issued_found_redeemed_and_never_again(shop: Caller) -> None:
    card = issue(shop)
    made = voucher(shop, card=card["id"], description="Any size", benefit={"percent": 10, "minimum": "20.00"})
    assert made["state"] == "active"
    assert made["benefit"] == {"percent": "10", "minimum": "20.00"}
    assert made["validity"] == {"kind": "unlimited", "value": None}
    assert shop.get(f"/vouchers/{made['id']}").body == made
    typed = str(made["code"]).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert shop.post("/vouchers/lookup", {"code": typed}).body == made
    redeemed = shop.post(f"/vouchers/{made['id']}/redeem", {}, key="scan-1")
    assert (redeemed.status, redeemed.body["state"], redeemed.body["version"]) == (200, "redeemed", 2)
    assert shop.get(f"/vouchers/{made['id']}").body == redeemed.body
    again = shop.post(f"/vouchers/{made['id']}/redeem", {}, key="scan-1")
    assert (again.body, again.headers["Idempotent-Replay"]) == (redeemed.body, "true")
    second = shop.post(f"/vouchers/{made['id']}/redeem", {}, key="scan-2")
    assert (second.status, second.code) == (409, "already_redeemed")
    assert second.body["redeemed_at"][:19] == redeemed.body["redeemed"]["at"][:19]
    assert second.body["redeemed_by"] == "Anna"
    assert "Anna" in second.body["detail"]


def test_redeeming_needs_a_key_and_a_right(shop: Caller) -> None:
    made = voucher(shop)
    missing = shop.send("POST", f"/vouchers/{made['id']}/redeem", {})
    assert missing.code == "idempotency_key_required"
    reader = add_caller(shop.chain_id, scopes=frozenset({"rewards:read"}))
    assert reader.get(f"/vouchers/{made['id']}").status == 200
    refused = reader.post(f"/vouchers/{made['id']}/redeem", {})
    assert (refused.status, refused.code, refused.body["needs"]) == (403, "forbidden", "rewards:write")
    assert reader.post("/vouchers", {"title": "A coffee"}).code == "forbidden"


def test_whoever_only_reads_sees_the_end_of_a_code(shop: Caller) -> None:
    made = voucher(shop)
    whole = str(made["code"])
    reader = add_caller(shop.chain_id, role="analyst", scopes=frozenset({"rewards:read", "cards:read"}))
    for body in (
        reader.get(f"/vouchers/{made['id']}").body,
        reader.get("/vouchers").body["items"][0],
        reader.post("/vouchers/lookup", {"code": whole}).body,
        reader.post("/cards/scan", {"payload": whole}).body["voucher"],
    ):
        assert (body["code"], body["code_end"]) == (None, whole[-4:])
    assert shop.get("/vouchers").body["items"][0]["code"] == whole


def test_where_it_was_redeemed_is_told(shop: Caller) -> None:
    north = shop.post("/locations", {"name": "North", "external_id": "north"}).body
    shop.post("/locations", {"name": "South", "external_id": "south"})
    made = voucher(shop, locations=["ext:north"])
    assert made["locations"] == [north["id"]]
    for body in ({}, {"location": "ext:south"}):
        refused = shop.post(f"/vouchers/{made['id']}/redeem", body)
        assert (refused.status, refused.code, refused.body["places"]) == (409, "wrong_location", "North")
    unknown = shop.post(f"/vouchers/{made['id']}/redeem", {"location": "ext:west"})
    assert unknown.codes_at() == {"/location": "unknown_location"}
    redeemed = shop.post(f"/vouchers/{made['id']}/redeem", {"location": "ext:north"})
    assert redeemed.body["redeemed"]["location"] == north["id"]
    second = shop.post(f"/vouchers/{made['id']}/redeem", {"location": "ext:south"})
    assert (second.code, second.body["location"], second.body["location_name"]) == (
        "already_redeemed",
        north["id"],
        "North",
    )


def test_the_places_of_the_card_are_those_of_its_voucher(shop: Caller) -> None:
    shop.post("/locations", {"name": "North", "external_id": "north"})
    shop.post("/locations", {"name": "South", "external_id": "south"})
    card = issue(shop)
    made = voucher(shop, card=card["id"])
    shop.patch("/card-types/ext:coffee", {"locations": ["ext:north"]})
    assert shop.post(f"/vouchers/{made['id']}/redeem", {"location": "ext:south"}).code == "wrong_location"
    assert shop.post(f"/vouchers/{made['id']}/redeem", {"location": "ext:north"}).status == 200


def test_cancelled_expired_and_not_begun_are_told_apart(shop: Caller) -> None:
    gone = voucher(shop)
    cancelled = shop.post(f"/vouchers/{gone['id']}/cancel", {"reason": "printed twice"})
    assert cancelled.body["state"] == "cancelled"
    assert shop.post(f"/vouchers/{gone['id']}/redeem", {}).code == "voucher_cancelled"
    assert shop.post(f"/vouchers/{gone['id']}/cancel", {}).code == "voucher_cancelled"
    later = voucher(shop, starts_at=TOMORROW)
    assert later["state"] == "issued"
    refused = shop.post(f"/vouchers/{later['id']}/redeem", {})
    assert (refused.code, refused.body["starts_at"][:10]) == ("voucher_not_active", TOMORROW[:10])
    over = voucher(shop, validity={"kind": "days", "value": 1})
    with unit_of_work(shop.chain_id):
        execute(
            "UPDATE vouchers SET expires_at = %s WHERE id = %s",
            [timezone.now() - timedelta(days=1), decode("vch", str(over["id"]))],
        )
    assert shop.get(f"/vouchers/{over['id']}").body["state"] == "expired"
    assert shop.get("/vouchers?state=expired").body["items"][0]["id"] == over["id"]
    assert shop.post(f"/vouchers/{over['id']}/redeem", {}).code == "voucher_expired"
    assert shop.post(f"/vouchers/{over['id']}/cancel", {}).code == "voucher_expired"


def test_a_redemption_is_undone_once(shop: Caller) -> None:
    made = voucher(shop)
    path = f"/vouchers/{made['id']}"
    assert shop.post(f"{path}/undo-redeem", {}).code == "not_redeemed"
    shop.post(f"{path}/redeem", {})
    assert shop.post(f"{path}/cancel", {}).code == "already_redeemed"
    back = shop.post(f"{path}/undo-redeem", {"reason": "wrong person"})
    assert (back.body["state"], back.body["redeemed"]) == ("active", None)
    assert shop.post(f"{path}/undo-redeem", {}).code == "not_redeemed"
    assert shop.post(f"{path}/redeem", {}).status == 200


def test_a_benefit_is_money_and_takes_the_right_to_give_it(shop: Caller) -> None:
    cashier = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"])
    ten = {"title": "Sorry", "benefit": {"amount": "10.00"}}
    assert cashier.post("/vouchers", {"title": "A coffee"}).status == 201
    for benefit in ({"percent": "100"}, {"amount": "0.01"}, {"product": "SKU-1"}):
        refused = cashier.post("/vouchers", {"title": "Free", "benefit": benefit})
        assert (refused.status, refused.code, refused.body["needs"]) == (403, "forbidden", "promotions:write")
    shop.patch(f"/staff/{encode('stf', cashier.staff_id)}", {"adjust_limit": 10})
    assert cashier.post("/vouchers", ten).body["benefit"] == {"amount": "10.00"}
    more = cashier.post("/vouchers", ten | {"benefit": {"amount": "10.01"}})
    assert (more.status, more.code, more.body["limit"]) == (403, "above_limit", "10")
    assert cashier.post("/vouchers", ten | {"benefit": {"percent": "1"}}).code == "forbidden"


def test_staff_of_some_places_undo_and_cancel_what_is_theirs(shop: Caller) -> None:
    north = shop.post("/locations", {"name": "North", "external_id": "north"}).body["id"]
    shop.post("/locations", {"name": "South", "external_id": "south"})
    place = decode("loc", north)
    assert place is not None
    cashier = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"], location_ids=[place])
    for body, told in (
        ({"location": "ext:south"}, (403, "voucher_elsewhere")),
        ({}, (403, "voucher_elsewhere")),
        ({"location": "ext:north"}, (200, None)),
    ):
        path = f"/vouchers/{voucher(shop)['id']}"
        assert shop.post(f"{path}/redeem", body).status == 200
        reply = cashier.post(f"{path}/undo-redeem", {})
        assert (reply.status, reply.code if reply.status == 403 else None) == told
    for places, told in (
        (["ext:south"], (403, "voucher_elsewhere")),
        (["ext:north"], (200, None)),
        (None, (200, None)),
    ):
        reply = cashier.post(f"/vouchers/{voucher(shop, locations=places)['id']}/cancel", {})
        assert (reply.status, reply.code if reply.status == 403 else None) == told


def test_what_an_order_redeemed_comes_back_with_the_order(shop: Caller) -> None:
    made = voucher(shop)
    shop.post(f"/vouchers/{made['id']}/redeem", {})
    with unit_of_work(shop.chain_id):
        execute("UPDATE vouchers SET is_of_order = true WHERE id = %s", [decode("vch", str(made["id"]))])
    assert shop.post(f"/vouchers/{made['id']}/undo-redeem", {}).code == "redeemed_in_order"


def test_the_card_of_a_voucher_has_to_be_active(shop: Caller) -> None:
    card = issue(shop)
    made = voucher(shop, card=card["id"])
    shop.post(f"/cards/{card['id']}/block", {"reason": "lost"})
    refused = shop.post(f"/vouchers/{made['id']}/redeem", {})
    assert (refused.status, refused.code) == (409, "card_not_active")
    shop.post(f"/cards/{card['id']}/unblock")
    assert shop.post(f"/vouchers/{made['id']}/redeem", {}).status == 200
    shop.delete(f"/cards/{card['id']}")
    assert shop.post("/vouchers", {"title": "A coffee", "card": card["id"]}).code == "card_not_active"


def test_a_voucher_of_a_removed_customer_stays_a_right_of_whoever_has_its_code(shop: Caller) -> None:
    anna = shop.post("/customers", {"name": "Anna", "phone": "+4915123456789"}).body
    made = voucher(shop, customer=anna["id"], description="Happy birthday, Anna")
    assert made["customer"] == anna["id"]
    assert shop.get(f"/vouchers?customer={anna['id']}").body["items"] == [made]
    assert shop.delete(f"/customers/{anna['id']}").status == 204
    left = shop.get(f"/vouchers/{made['id']}").body
    assert (left["customer"], left["description"], left["state"]) == (None, "", "active")
    assert shop.post(f"/vouchers/{made['id']}/redeem", {}).status == 200


def test_another_chain_has_no_such_voucher(shop: Caller) -> None:
    made = voucher(shop)
    other = open_chain("Kaffee Süd")
    for reply in (
        other.get(f"/vouchers/{made['id']}"),
        other.post(f"/vouchers/{made['id']}/redeem", {}),
        other.post(f"/vouchers/{made['id']}/cancel", {}),
        other.post(f"/vouchers/{made['id']}/undo-redeem", {}),
        other.post("/vouchers/vch_nonsense/redeem", {}),
    ):
        assert (reply.status, reply.code) == (404, "not_found")
    found = other.post("/vouchers/lookup", {"code": made["code"]})
    assert (found.status, found.code) == (404, "unknown_code")


def test_every_wrong_code_gets_the_same_answer(shop: Caller) -> None:
    answers = {
        (reply.status, reply.code, reply.body["detail"])
        for reply in (
            shop.post("/vouchers/lookup", {"code": text}) for text in ("AUTUMN", "0000-0000-0000-0000", "' OR 1=1", "é")
        )
    }
    assert len(answers) == 1


def test_a_chosen_code_is_long_and_free(shop: Caller) -> None:
    assert voucher(shop, code="Spring-Opening-2026")["code"] == "Spring-Opening-2026"
    short = shop.post("/vouchers", {"title": "A coffee", "code": "AUTUMN"})
    assert (short.status, short.code, short.body["least"]) == (409, "code_too_short", 13)
    taken = shop.post("/vouchers", {"title": "A coffee", "code": "SPRING 0PENING 2026"})
    assert (taken.status, taken.code) == (409, "code_taken")


def test_what_cannot_be_understood_is_pointed_at(shop: Caller) -> None:
    card = issue(shop)
    wrong = shop.post(
        "/vouchers",
        {
            "title": " ",
            "customer_may_redeem": True,
            "validity": {"kind": "until", "value": (timezone.now() - timedelta(days=2)).date().isoformat()},
            "benefit": {"percent": "110"},
        },
    )
    assert (wrong.status, wrong.codes_at()) == (
        422,
        {
            "/title": "required",
            "/customer_may_redeem": "holder_required",
            "/validity/value": "in_the_past",
            "/benefit/percent": "out_of_range",
        },
    )
    both = shop.post("/vouchers", {"title": "x", "card": card["id"], "customer": "ext:nobody"})
    assert both.code == "not_found"
    assert shop.post("/vouchers", {"title": "x", "benefit": {"promotion": "ext:nothing"}}).codes_at() == {
        "/benefit/promotion": "unknown_promotion"
    }
    made = voucher(shop)
    assert shop.post(f"/vouchers/{made['id']}/redeem", {"order": "ord_nothing"}).codes_at() == {
        "/order": "unknown_order"
    }
    assert shop.get("/vouchers?state=spent").status == 422


def test_lists_find_by_code_card_and_holder(shop: Caller) -> None:
    anna = shop.post("/customers", {"name": "Anna Berg", "phone": "+4915123456789"}).body
    card = issue(shop)
    mine = voucher(shop, card=card["id"], title="Cake")
    other = voucher(shop)
    assert mine["customer"] == anna["id"]

    def found(query: str) -> list[str]:
        return [one["id"] for one in shop.get(f"/vouchers?{query}").body["items"]]

    assert found(f"card={card['id']}") == [mine["id"]]
    assert found(f"customer={anna['id']}") == [mine["id"]]
    assert found("search=berg") == [mine["id"]]
    assert found("search=cak") == [mine["id"]]
    assert found(f"search={card['number']}") == [mine["id"]]
    assert found(f"search={other['code']}") == []
    assert found("search=%25") == []
    first = shop.get("/vouchers?limit=1").body
    assert [one["id"] for one in first["items"]] == [other["id"]]
    assert found(f"limit=1&cursor={first['next_cursor']}") == [mine["id"]]


def test_a_scanner_finds_the_voucher_of_a_code(shop: Caller) -> None:
    card = issue(shop)
    made = voucher(shop)
    assert shop.post("/cards/scan", {"payload": card["number"]}).body["card"]["id"] == card["id"]
    assert shop.post("/cards/scan", {"payload": str(made["code"]).lower()}).body == {"voucher": made}
    assert shop.post("/cards/scan", {"payload": "0000-0000-0000-0000"}).code == "not_found"
    no_rewards = add_caller(shop.chain_id, scopes=frozenset({"cards:read"}))
    assert no_rewards.post("/cards/scan", {"payload": made["code"]}).code == "not_found"


def test_what_happened_is_announced_and_in_the_journal(shop: Caller) -> None:
    made = voucher(shop)
    shop.post(f"/vouchers/{made['id']}/redeem", {})
    shop.post(f"/vouchers/{made['id']}/undo-redeem", {"reason": "wrong person"})
    shop.post(f"/vouchers/{made['id']}/cancel", {})
    wanted = ["voucher.issued", "voucher.redeemed", "voucher.given_back", "voucher.cancelled"]
    with unit_of_work(shop.chain_id):
        told = rows("SELECT kind FROM events WHERE kind LIKE 'voucher.%%' ORDER BY id")
        assert [kind for (kind,) in told] == wanted
        written = rows("SELECT verb FROM audit_entries WHERE object_kind = 'voucher' ORDER BY id")
        assert [verb for (verb,) in written if verb in wanted] == wanted
