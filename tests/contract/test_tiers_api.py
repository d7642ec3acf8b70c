"""Tier groups, enrolment and the tiers of cards as programs see them (PRG-6, PRG-7)."""

from typing import Any

import pytest

from regulars.cards.actions.bulk import run_bulk_issue
from regulars.kernel.ids import decode
from regulars.platform.clock import now_in
from regulars.platform.database import rows, unit_of_work
from regulars.programs.actions.tiers import recount_program_tiers
from tests.contract.chains import Caller
from tests.ledger_kit import dispatcher

pytestmark = pytest.mark.django_db
LEVELS: dict[str, Any] = {
    "name": "Levels",
    "external_id": "levels",
    "counts": "status",
    "balance_type": "status",
    "period": "months",
    "months": 12,
    "grace_days": 14,
    "tiers": [
        {"name": "Silver", "external_id": "silver", "threshold": "100"},
        {"name": "Gold", "external_id": "gold", "threshold": 250, "multiplier": "1.5", "background": "#7a4f2d"},
    ],
}
PROGRAM: dict[str, Any] = {
    "name": "Club",
    "external_id": "club",
    "balance_types": [
        {"name": "Points", "kind": "points", "external_id": "points", "initial_balance": "50"},
        {"name": "Status", "kind": "status", "external_id": "status"},
    ],
    "tier_groups": [LEVELS],
}


def test_a_program_is_made_with_tiers_and_tells_them(caller: Caller) -> None:
    made = caller.post("/programs", PROGRAM)
    assert made.status == 201
    (group,) = made.body["tier_groups"]
    assert group["id"].startswith("tgr_")
    told = {name: value for name, value in group.items() if name not in ("id", "tiers", "closing")}
    assert told == {name: value for name, value in LEVELS.items() if name != "tiers"}
    assert [(one["name"], one["threshold"], one["multiplier"]) for one in group["tiers"]] == [
        ("Silver", "100", "1"),
        ("Gold", "250", "1.5"),
    ]
    assert caller.get("/programs").body["items"][0]["tier_groups"] == [group]
    changed = caller.patch("/programs/ext:club", {"tier_groups": [LEVELS | {"name": "Steps", "grace_days": 0}]})
    assert changed.status == 200
    (renamed,) = changed.body["tier_groups"]
    assert (renamed["id"], renamed["name"], renamed["tiers"]) == (group["id"], "Steps", group["tiers"])
    assert caller.patch("/programs/ext:club", {"name": "Klub"}).body["tier_groups"] == [renamed]
    assert caller.patch("/programs/ext:club", {"tier_groups": []}).body["tier_groups"] == []


def test_what_is_wrong_with_tiers_is_said_at_its_field(caller: Caller) -> None:
    wrong = LEVELS | {"tiers": [{"name": "A", "threshold": "5"}, {"name": "B", "threshold": "5"}]}
    reply = caller.post("/programs", PROGRAM | {"tier_groups": [wrong]})
    assert (reply.status, reply.codes_at()) == (422, {"/tier_groups/0/tiers/1/threshold": "not_above"})
    assert caller.get("/programs").body["items"] == []
    caller.post("/programs", PROGRAM)
    wrong = LEVELS | {"balance_type": "points"}
    reply = caller.patch("/programs/ext:club", {"name": "New", "tier_groups": [wrong]})
    assert (reply.status, reply.codes_at()) == (422, {"/tier_groups/0/balance_type": "not_status"})
    assert caller.get("/programs/ext:club").body["name"] == "Club"
    for nonsense in ({"counts": "luck"}, {"months": -1}, {"tiers": "Gold"}, {"grace_days": 1.5}, {"colour": "red"}):
        assert caller.patch("/programs/ext:club", {"tier_groups": [LEVELS | nonsense]}).status == 422


def test_a_card_tells_the_tier_the_next_one_and_what_is_missing(caller: Caller) -> None:
    caller.post("/programs", PROGRAM | {"state": "active"})
    caller.post("/card-types", {"name": "Card", "program": "ext:club", "external_id": "card"})
    card = caller.post("/cards", {"card_type": "ext:card", "phone": "0151 23450001"}).body
    (before,) = card["tiers"]
    assert (before["tier"], before["counted"], before["next"]["name"], before["next"]["missing"]) == (
        None,
        "0",
        "Silver",
        "100",
    )
    adjustment = {"balance_type": "status", "amount": "180", "reason": "Old status"}
    assert caller.post(f"/cards/{card['id']}/adjustments", adjustment).status == 201
    dispatcher().make_round()
    (found,) = caller.get(f"/cards/{card['id']}").body["tiers"]
    assert (found["group"], found["tier"]["external_id"], found["counts"], found["counted"]) == (
        "levels",
        "silver",
        "status",
        "180",
    )
    assert (found["next"]["external_id"], found["next"]["threshold"], found["next"]["missing"]) == ("gold", "250", "70")
    assert found["since"]
    assert found["until"]
    assert found["keep"] is None
    (listed,) = caller.get("/cards").body["items"]
    assert listed["tiers"] == [found]


def test_activation_counts_first_and_enrols_everybody_once(caller: Caller) -> None:
    for number in range(3):
        caller.post("/customers", {"name": f"Number {number}", "phone": f"0151 2345000{number}"})
    program = caller.post("/programs", PROGRAM).body
    assert caller.get("/programs/ext:club/enrolment").codes_at() == {"/card_type": "required"}
    caller.post("/card-types", {"name": "Card", "program": "ext:club", "external_id": "card"})
    count = caller.get("/programs/ext:club/enrolment").body
    assert (count["customers"], count["holding"], count["to_issue"], count["is_more"]) == (3, 0, 3, False)
    done = caller.post("/programs/ext:club/activate", {"enrol": "all"})
    assert (done.status, done.body["state"]) == (200, "active")
    bulk = decode("blk", done.body["bulk_issue"])
    assert bulk
    now = now_in(caller.chain_id)
    run_bulk_issue(caller.chain_id, bulk, now=now)
    cards = caller.get("/cards").body["items"]
    assert [card["balances"][0]["total"] for card in cards] == ["50", "50", "50"]
    again = caller.post("/programs/ext:club/activate", {"enrol": "all", "card_type": "ext:card"})
    run_bulk_issue(caller.chain_id, decode("blk", again.body["bulk_issue"]), now=now)  # type: ignore[arg-type]
    assert len(caller.get("/cards").body["items"]) == 3
    with unit_of_work(caller.chain_id):
        assert rows("SELECT sum(amount) FROM entries") == [(150,)]
    assert caller.get("/programs/ext:club/enrolment").body["to_issue"] == 0
    assert recount_program_tiers(caller.chain_id, decode("prg", program["id"]), now=now) == 3  # type: ignore[arg-type]


def test_activation_without_enrolment_and_what_cannot_be(caller: Caller) -> None:
    caller.post("/programs", PROGRAM)
    caller.post("/programs", {"name": "Other", "external_id": "other", "state": "active"})
    caller.post("/card-types", {"name": "Other", "program": "ext:other", "external_id": "other-card"})
    refused = caller.post("/programs/ext:club/activate", {"enrol": "all", "card_type": "ext:other-card"})
    assert (refused.status, refused.codes_at()) == (422, {"/card_type": "not_of_program"})
    assert caller.get("/programs/ext:club").body["state"] == "draft"
    assert caller.post("/programs/ext:club/activate", {"enrol": "some"}).status == 422
    done = caller.post("/programs/ext:club/activate", {})
    assert (done.body["state"], done.body["bulk_issue"]) == ("active", None)
    assert caller.post("/programs/ext:none/activate", {}).status == 404
    assert caller.patch("/programs/ext:club", {"state": "archived"}).status == 200
    archived = caller.patch("/programs/ext:club", {"tier_groups": []})
    assert (archived.status, archived.code) == (409, "program_not_active")
