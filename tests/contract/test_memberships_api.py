"""Memberships over HTTP: sold, used, undone, extended, cancelled (RWD-6)."""

from typing import Any

import pytest

from regulars.kernel.ids import decode, encode, new_id
from regulars.ledger.actions.post import post
from regulars.memberships.actions.parts import NewUse, use_parts
from regulars.memberships.queries.usable import lock_memberships
from regulars.memberships.rules.states import as_of
from regulars.memberships.rules.use import plan_use
from regulars.platform.database import rows, unit_of_work
from regulars.platform.hot import open_cursor
from tests.contract.chains import Caller, add_caller, open_chain
from tests.membership_kit import BERLIN, MONTH, Studio, open_studio


@pytest.fixture
def studio(db: None) -> Studio:
    return open_studio()


def test_ten_visits_are_used_one_after_the_other_and_then_no_more(studio: Studio) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    assert (sold["state"], sold["remaining"], sold["price"], sold["ends_on"]) == ("active", 10, "90.00", None)
    first = studio.use(sold["id"])
    assert (first.status, first.body["visits"], first.body["membership"]["remaining"]) == (201, 1, 9)
    last = studio.use(sold["id"], visits=9)
    assert (last.body["membership"]["state"], last.body["membership"]["remaining"]) == ("used_up", 0)
    refused = studio.use(sold["id"])
    assert (refused.status, refused.code) == (409, "membership_used_up")
    uses = studio.caller.get(f"/memberships/{sold['id']}/uses").body["items"]
    assert [one["visits"] for one in uses] == [9, 1]


def test_the_same_key_takes_a_visit_once(studio: Studio) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    address = f"/memberships/{sold['id']}/use"
    first = studio.caller.post(address, {}, key="till-7")
    again = studio.caller.post(address, {}, key="till-7")
    assert (again.body, again.headers["Idempotent-Replay"]) == (first.body, "true")
    assert studio.read(sold["id"])["used"] == 1
    assert studio.caller.send("POST", address, {}).code == "idempotency_key_required"


def test_more_visits_than_are_left_are_refused_as_a_whole(studio: Studio) -> None:
    sold = studio.sell(studio.type(visits=2), customer=studio.customer())
    refused = studio.use(sold["id"], visits=3)
    assert (refused.status, refused.code, refused.body["remaining"]) == (409, "too_few_visits", 2)
    assert studio.read(sold["id"])["used"] == 0
    for wrong in (0, -1, 1001):
        assert studio.use(sold["id"], visits=wrong).codes_at() == {"/visits": "out_of_range"}


def test_a_month_after_31_january_is_the_last_of_february(studio: Studio) -> None:
    studio.go_to("2027-01-31")
    sold = studio.sell(studio.type(**MONTH, visits=None), customer=studio.customer())
    assert (sold["starts_on"], sold["ends_on"], sold["remaining"]) == ("2027-01-31", "2027-02-28", None)
    studio.go_to("2027-02-28")
    assert studio.use(sold["id"]).status == 201
    studio.pass_days(1, nights=False)
    late = studio.use(sold["id"])
    assert (late.code, late.body["ended_on"]) == ("membership_expired", "2027-02-28")
    assert studio.read(sold["id"])["state"] == "expired"


def test_one_that_begins_with_the_first_use_waits_for_it_and_waits_again_when_that_is_undone(studio: Studio) -> None:
    kind = studio.type(visits=3, period={"unit": "days", "value": 30}, begins="first_use", freezes_max=1)
    sold = studio.sell(kind, customer=studio.customer())
    assert (sold["state"], sold["starts_on"]) == ("sold", None)
    assert studio.act(sold["id"], "freeze", days=5).code == "membership_not_begun"
    studio.pass_days(400)
    used = studio.use(sold["id"])
    after = used.body["membership"]
    assert (after["state"], after["starts_on"], after["ends_on"]) == ("active", studio.day(), studio.day(30))
    undone = studio.act(sold["id"], f"uses/{used.body['id']}/undo", reason="Wrong person")
    assert undone.body["undone"] is True
    back = undone.body["membership"]
    assert (back["state"], back["starts_on"], back["ends_on"], back["remaining"]) == ("sold", None, None, 3)


def test_a_use_is_undone_once_and_stays_to_be_seen(studio: Studio) -> None:
    sold = studio.sell(studio.type(visits=1), customer=studio.customer())
    used = studio.use(sold["id"]).body["id"]
    address = f"uses/{used}/undo"
    undone = studio.act(sold["id"], address, reason="Did not come")
    assert (undone.status, undone.body["membership"]["state"]) == (200, "active")
    again = studio.act(sold["id"], address, reason="Did not come")
    assert (again.status, again.code) == (409, "use_already_undone")
    uses = studio.caller.get(f"/memberships/{sold['id']}/uses").body["items"]
    assert [(one["visits"], one["undone"], one["undoes"]) for one in uses] == [(-1, False, used), (1, True, None)]
    assert studio.act(sold["id"], f"uses/{uses[0]['id']}/undo", reason="x").status == 404
    assert studio.act(sold["id"], address).codes_at() == {"/reason": "required"}


def test_it_is_valid_where_and_for_what_it_was_sold(studio: Studio) -> None:
    here = studio.caller.post("/locations", {"name": "Mitte", "external_id": "mitte"}).body["id"]
    there = studio.caller.post("/locations", {"name": "Nord", "external_id": "nord"}).body["id"]
    studio.caller.post(
        "/products", {"sku": "massage", "name": "Massage", "category": "Body > Massage", "kind": "service"}
    )
    studio.caller.post("/products", {"sku": "cream", "name": "Cream", "category": "Body > Care", "kind": "goods"})
    kind = studio.type(locations=[here], categories=["Body"], kinds=["service"])
    sold = studio.sell(kind, customer=studio.customer())
    assert sold["terms"]["locations"] == [here]
    elsewhere = studio.use(sold["id"], location=there)
    assert (elsewhere.status, elsewhere.code, elsewhere.body["valid_at"]) == (409, "wrong_location", "Mitte")
    assert studio.use(sold["id"]).code == "wrong_location"
    assert studio.use(sold["id"], location="ext:mitte", sku="cream").code == "not_covered"
    assert studio.use(sold["id"], location="ext:mitte", sku="haircut").code == "not_covered"
    assert studio.use(sold["id"], location="ext:mitte", sku="massage").body["sku"] == "massage"
    assert studio.use(sold["id"], location="ext:nowhere").codes_at() == {"/location": "unknown_location"}


def test_a_use_soon_after_another_is_asked_about(studio: Studio) -> None:
    sold = studio.sell(studio.type(every_hours=24), customer=studio.customer())
    studio.use(sold["id"])
    soon = studio.use(sold["id"])
    assert (soon.status, soon.code, soon.body["hours"]) == (409, "used_recently", 24)
    assert studio.use(sold["id"], again=True).status == 201
    studio.pass_days(2)
    assert studio.use(sold["id"]).status == 201


def test_days_and_visits_are_added_with_a_reason(studio: Studio) -> None:
    kind = studio.type(visits=1, period={"unit": "days", "value": 10})
    sold = studio.sell(kind, customer=studio.customer())
    studio.use(sold["id"])
    more = studio.act(sold["id"], "extend", visits=2, reason="Heating failed")
    assert (more.body["state"], more.body["visits"], more.body["remaining"]) == ("active", 3, 2)
    longer = studio.act(sold["id"], "extend", days=5, reason="Heating failed")
    assert longer.body["ends_on"] == studio.day(15)
    studio.pass_days(30)
    assert studio.read(sold["id"])["state"] == "expired"
    short = studio.act(sold["id"], "extend", days=5, reason="Late")
    assert (short.code, short.body["ends_on"]) == ("still_expired", studio.day(-10))
    assert studio.act(sold["id"], "extend", days=20, reason="Late").body["state"] == "active"
    assert studio.act(sold["id"], "extend", reason="Nothing").codes_at() == {"/days": "required"}
    assert studio.act(sold["id"], "extend", days=1).codes_at() == {"/reason": "required"}


def test_what_is_not_counted_is_not_extended(studio: Studio) -> None:
    endless = studio.sell(studio.type(), customer=studio.customer())
    assert studio.act(endless["id"], "extend", days=1, reason="x").code == "membership_without_end"
    month = studio.sell(studio.type(**MONTH, visits=None), with_code=True)
    assert studio.act(month["id"], "extend", visits=1, reason="x").code == "visits_unlimited"


def test_a_cancelled_one_is_over_and_gives_back_no_more_than_was_paid(studio: Studio) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    used = studio.use(sold["id"]).body["id"]
    dear = studio.act(sold["id"], "cancel", reason="Moved away", refund="90.01")
    assert (dear.status, dear.code, dear.body["paid"]) == (409, "refund_too_high", "90.00")
    over = studio.act(sold["id"], "cancel", reason="Moved away", refund="81.00")
    assert (over.body["state"], over.body["refunded"]) == ("cancelled", "81.00")
    bodies: dict[str, dict[str, Any]] = {
        "use": {},
        "freeze": {"days": 3},
        "unfreeze": {},
        "extend": {"days": 1, "reason": "x"},
        "cancel": {"reason": "x"},
        f"uses/{used}/undo": {"reason": "x"},
    }
    for verb, body in bodies.items():
        assert studio.act(sold["id"], verb, **body).code == "membership_cancelled", verb


def test_whose_it_is(studio: Studio) -> None:
    kind = studio.type()
    assert studio.caller.post("/memberships", {"type": kind}).code == "holder_needed"
    customer = studio.customer()
    program = studio.caller.post(
        "/programs",
        {"name": "Club", "state": "active", "balance_types": [{"external_id": "p", "name": "P", "kind": "points"}]},
    ).body["id"]
    studio.caller.post("/card-types", {"name": "Club card", "program": program, "external_id": "club"})
    card = studio.caller.post("/cards", {"card_type": "ext:club", "customer": customer}).body["id"]
    sold = studio.sell(kind, card=card)
    assert (sold["customer"], sold["card"], sold["code"]) == (customer, card, None)
    other = studio.customer(email="tom@example.com")
    taken = studio.caller.post("/memberships", {"type": kind, "customer": other, "card": card})
    assert (taken.status, taken.code) == (409, "card_of_somebody_else")
    studio.caller.post(f"/cards/{card}/block", {"reason": "lost"})
    assert studio.caller.post("/memberships", {"type": kind, "card": card}).code == "card_not_in_use"
    assert [one["id"] for one in studio.caller.get(f"/memberships?card={card}").body["items"]] == [sold["id"]]
    assert [one["id"] for one in studio.caller.get(f"/memberships?customer={customer}").body["items"]] == [sold["id"]]
    assert studio.caller.get(f"/memberships?customer={other}").body["items"] == []


def test_codes_are_taken_out_of_the_one_code_space(studio: Studio) -> None:
    kind = studio.type()
    sold = studio.sell(kind, with_code=True, external_id="s-1")
    assert len(sold["code"].replace("-", "")) == 16
    same = studio.caller.post("/memberships", {"type": kind, "code": sold["code"].lower().replace("-", " ")})
    assert (same.status, same.code) == (409, "code_taken")
    assert studio.caller.post("/memberships", {"type": kind, "code": "YOGA-10"}).code == "code_too_short"
    own = studio.sell(kind, code="HANDWRITTEN-CARD-0001")
    assert own["code"] == "HANDWRITTEN-CARD-0001"
    assert studio.caller.get("/memberships/ext:s-1").body["id"] == sold["id"]
    taken = studio.caller.post("/memberships", {"type": kind, "with_code": True, "external_id": "s-1"})
    assert taken.code == "external_id_taken"


def test_a_code_is_looked_up_and_scanned_however_it_is_typed(studio: Studio) -> None:
    code = studio.sell(studio.type(), with_code=True, external_id="s-1")["code"]
    typed = (
        code,
        code.lower().replace("-", " "),
        code.translate(str.maketrans("ABEKMHPCTX01", "АВЕКМНРСТХOI")),
    )
    for text in typed:
        found = studio.caller.send("POST", "/memberships/lookup", {"code": text})
        assert (found.status, found.body["external_id"]) == (200, "s-1"), text
        scanned = studio.caller.send("POST", "/cards/scan", {"payload": text})
        assert (scanned.status, scanned.body["membership"]["external_id"]) == (200, "s-1"), text
    reader = add_caller(studio.caller.chain_id, scopes=frozenset({"rewards:read", "cards:read"}))
    assert reader.send("POST", "/memberships/lookup", {"code": code}).body["code"] is None
    stranger = open_chain("Salon Fremd")
    for caller in (studio.caller, stranger):
        wrong = caller.send("POST", "/memberships/lookup", {"code": code if caller is stranger else f"{code}0"})
        assert (wrong.status, wrong.code) == (404, "unknown_code")
    assert studio.caller.send("POST", "/cards/scan", {"payload": f"{code}0"}).code == "not_found"
    voucher = studio.caller.post("/vouchers", {"title": "A coffee"}).body["code"]
    assert studio.caller.send("POST", "/memberships/lookup", {"code": voucher}).code == "unknown_code"
    answers = {studio.caller.send("POST", "/memberships/lookup", {"code": f"GUESS{at}"}).code for at in range(30)}
    assert answers == {"unknown_code", "too_many_attempts"}


def test_types_say_what_is_wrong_with_them(studio: Studio) -> None:
    def wrong(**terms: Any) -> dict[str, str]:
        reply = studio.caller.post("/membership-types", {"name": "X", "visits": 10, **terms})
        assert reply.status == 422, reply.body
        return reply.codes_at()

    assert wrong(visits=None) == {"/visits": "required"}
    assert wrong(visits=0) == {"/visits": "out_of_range"}
    assert wrong(name="  ") == {"/name": "required"}
    assert wrong(price="-1") == {"/price": "out_of_range"}
    assert wrong(price="1.001") == {"/price": "too_many_decimals"}
    assert wrong(period={"unit": "months", "value": 121}) == {"/period/value": "out_of_range"}
    assert wrong(freezes_max=1) == {"/freezes_max": "no_period"}
    assert wrong(notice_days=3) == {"/notice_days": "no_period"}
    assert wrong(notice_visits=10) == {"/notice_visits": "out_of_range"}
    assert wrong(every_hours=0) == {"/every_hours": "out_of_range"}
    assert wrong(locations=["ext:nowhere"]) == {"/locations/0": "unknown_location"}
    assert wrong(skus=[" "]) == {"/skus/0": "out_of_range"}
    period = {"unit": "days", "value": 30}
    assert wrong(period=period, freezes_max=2, freeze_days_max=7, freeze_days_min=8) == {
        "/freeze_days_min": "out_of_range"
    }


def test_a_type_that_changes_changes_nothing_that_was_sold(studio: Studio) -> None:
    kind = studio.type(external_id="ten")
    sold = studio.sell("ext:ten", customer=studio.customer())
    changed = studio.caller.patch(f"/membership-types/{kind}", {"visits": 12, "price": None, "name": "Twelve"})
    assert (changed.body["visits"], changed.body["price"], changed.body["version"]) == (12, None, 2)
    assert studio.read(sold["id"])["terms"]["visits"] == 10
    assert studio.caller.post("/memberships", {"type": kind, "with_code": True}).codes_at() == {"/price": "required"}
    assert studio.caller.post("/membership-types", {"name": "Y", "visits": 1, "external_id": "ten"}).code == (
        "external_id_taken"
    )
    old = studio.caller.patch(f"/membership-types/{kind}", {"name": "Z"}, HTTP_IF_MATCH='"1"')
    assert (old.status, old.code) == (412, "changed_meanwhile")
    studio.caller.patch(f"/membership-types/{kind}", {"archived": True})
    gone = studio.caller.post("/memberships", {"type": kind, "with_code": True, "price": "1"})
    assert (gone.status, gone.code) == (409, "membership_type_archived")
    assert studio.caller.get("/membership-types").body["items"] == []
    assert len(studio.caller.get("/membership-types?archived=true").body["items"]) == 1
    assert studio.caller.patch(f"/membership-types/{kind}", {"archived": False}).body["archived_at"] is None


def test_a_customer_who_is_deleted_leaves_what_was_paid_for(studio: Studio) -> None:
    customer = studio.customer()
    sold = studio.sell(studio.type(), customer=customer, with_code=True)
    studio.act(sold["id"], "extend", visits=1, reason="Mia was ill")
    assert studio.caller.delete(f"/customers/{customer}").status in (200, 204)
    left = studio.read(sold["id"])
    assert (left["customer"], left["state"], left["code"]) == (None, "active", sold["code"])
    assert studio.use(sold["id"]).status == 201
    with unit_of_work(studio.caller.chain_id):
        kept = rows("SELECT before::text, after::text FROM audit_details WHERE after::text LIKE '%%Mia was ill%%'")
    assert kept == []


def test_who_may_what(studio: Studio, caller: Caller) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    assert caller.get(f"/memberships/{sold['id']}").status == 404
    assert caller.post(f"/memberships/{sold['id']}/use", {}).status == 404
    reader = add_caller(studio.caller.chain_id, scopes=frozenset({"rewards:read"}))
    assert reader.get(f"/memberships/{sold['id']}").status == 200
    for verb in ("use", "freeze", "unfreeze", "extend", "cancel"):
        refused = reader.post(f"/memberships/{sold['id']}/{verb}", {"days": 1, "reason": "x"})
        assert refused.status in (403, 422), verb
    assert reader.post(f"/memberships/{sold['id']}/use", {}).body["needs"] == "rewards:write"
    assert reader.post("/membership-types", {"name": "X", "visits": 1}).body["needs"] == "promotions:write"
    assert studio.use("mbr_00000000000000000000000000").status == 404
    assert studio.use("nonsense").status == 404


def test_lists_are_filtered_by_what_a_membership_is_today(studio: Studio) -> None:
    short = studio.sell(studio.type(visits=None, period={"unit": "days", "value": 3}), with_code=True)
    long = studio.sell(studio.type(visits=None, period={"unit": "days", "value": 30}), customer=studio.customer())
    studio.pass_days(4, nights=False)

    def ids(query: str) -> list[str]:
        return [one["id"] for one in studio.caller.get(f"/memberships?{query}").body["items"]]

    assert ids("state=expired") == [short["id"]]
    assert ids("state=active") == [long["id"]]
    assert ids("ends_within=26") == [long["id"]]
    assert ids("ends_within=25") == []
    assert ids("search=mia") == [long["id"]]
    page = studio.caller.get("/memberships?limit=1").body
    assert [one["id"] for one in page["items"]] == [long["id"]]
    assert ids(f"limit=1&cursor={page['next_cursor']}") == [short["id"]]
    assert studio.caller.get("/memberships?state=gone").status == 422


def test_the_chain_of_somebody_else_is_another_code_space(studio: Studio) -> None:
    other = Studio(open_chain("Studio Süd", is_test=True))
    code = studio.sell(studio.type(), with_code=True)["code"]
    assert other.sell(other.type(), code=code)["code"] == code


def test_what_an_order_used_is_given_back_with_the_order(studio: Studio) -> None:
    membership = studio.sell(studio.type(visits=5))["id"]
    chain, order, now = studio.caller.chain_id, new_id(), studio.now
    today = now.astimezone(BERLIN).date()
    found = decode("mbr", membership)
    assert found is not None
    with unit_of_work(chain):
        state = lock_memberships(open_cursor(), chain, [found])[found]
        plan = plan_use(as_of(state, today), 1, use_id=new_id(), now=now, today=today)
        post(
            open_cursor(),
            studio.caller.actor,
            [],
            also=use_parts(studio.caller.actor, [NewUse(plan=plan, order_id=order)], now=now),
        )
    (used,) = studio.caller.get(f"/memberships/{membership}/uses").body["items"]
    refused = studio.act(membership, f"uses/{used['id']}/undo", reason="by hand")
    assert (refused.status, refused.code, refused.body["order"]) == (409, "use_of_order", encode("ord", order))
    assert studio.read(membership)["used"] == 1
