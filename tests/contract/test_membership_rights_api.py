"""Who may give what away of memberships, and where (RWD-6, ORG-2)."""

import pytest

from regulars.kernel.ids import decode, encode
from tests.contract.chains import Caller, add_caller
from tests.membership_kit import Studio, open_studio


@pytest.fixture
def studio(db: None) -> Studio:
    return open_studio()


def cashier_of(studio: Studio, limit: int | None = None) -> Caller:
    cashier = add_caller(studio.caller.chain_id, role="cashier")
    if limit is not None:
        studio.caller.patch(f"/staff/{encode('stf', cashier.staff_id)}", {"adjust_limit": limit})
    return cashier


def test_a_cashier_gives_nothing_away_without_a_limit(studio: Studio) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    cashier = Studio(cashier_of(studio))
    for verb, body in (("extend", {"visits": 1, "reason": "x"}), ("cancel", {"refund": "1.00", "reason": "x"})):
        refused = cashier.act(sold["id"], verb, **body)
        assert (refused.status, refused.code, refused.body["needs"]) == (403, "forbidden", "promotions:write")
    assert cashier.act(sold["id"], "cancel", reason="x").status == 200


def test_a_cashier_gives_away_what_is_within_their_limit(studio: Studio) -> None:
    # Ten visits for 90.00: two of them are worth 18.00.
    sold = studio.sell(studio.type(), customer=studio.customer())
    cashier = Studio(cashier_of(studio, 20))
    assert cashier.act(sold["id"], "extend", visits=2, reason="x").status == 200
    refused = cashier.act(sold["id"], "extend", visits=3, reason="x")
    assert (refused.status, refused.code, refused.body["limit"]) == (403, "above_limit", "20")
    assert cashier.act(sold["id"], "cancel", refund="20.01", reason="x").code == "above_limit"
    assert cashier.act(sold["id"], "cancel", refund="20.00", reason="x").status == 200
    free = studio.sell(studio.type(), price="0")
    assert cashier.act(free["id"], "extend", visits=1, reason="x").code == "forbidden"


def test_a_use_is_undone_where_it_was(studio: Studio) -> None:
    sold = studio.sell(studio.type(), customer=studio.customer())
    here = studio.caller.get("/locations").body["items"][0]["id"]
    there = studio.caller.post("/locations", {"name": "There"}).body["id"]
    used = studio.use(sold["id"], location=here).body["id"]
    place = decode("loc", there)
    assert place
    other = Studio(add_caller(studio.caller.chain_id, role="cashier", location_ids=[place]))
    refused = other.act(sold["id"], f"uses/{used}/undo", reason="x")
    assert (refused.status, refused.code) == (403, "done_elsewhere")
    assert studio.act(sold["id"], f"uses/{used}/undo", reason="x").status == 200


def test_visits_for_one_thing_are_taken_for_it(studio: Studio) -> None:
    sold = studio.sell(studio.type(skus=["SAUNA"]), customer=studio.customer())
    assert studio.use(sold["id"]).codes_at() == {"/sku": "required"}
    assert studio.use(sold["id"], sku="SAUNA").status == 201


def test_visits_are_not_added_behind_the_end(studio: Studio) -> None:
    kind = studio.type(visits=1, period={"unit": "days", "value": 10})
    sold = studio.sell(kind, customer=studio.customer())
    assert studio.use(sold["id"]).status == 201
    studio.pass_days(12)
    refused = studio.act(sold["id"], "extend", visits=1, reason="x")
    assert (refused.status, refused.code) == (409, "still_expired")
    assert studio.act(sold["id"], "extend", visits=1, days=5, reason="x").body["state"] == "active"
