"""Promotions over HTTP: drafts, versions, states, and what runs (ORD-3, ORD-5, ORD-7, ORD-8)."""

from typing import Any

import pytest

from regulars.kernel.ids import decode
from regulars.platform.database import rows, unit_of_work
from regulars.promotions.queries.running import Running, running_of
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Facts, Line
from tests.contract.chains import Caller, add_caller, open_chain
from tests.people import NOW

pytestmark = pytest.mark.django_db

OFF = [{"kind": "percent_off_order", "percent": "10"}]
BACK = [{"kind": "percent_back", "balance_type": "ext:bonus", "percent": "5"}]


@pytest.fixture
def shop() -> Caller:
    caller = open_chain()
    program = {
        "name": "Club",
        "external_id": "club",
        "state": "active",
        "balance_types": [{"external_id": "bonus", "name": "Bonus", "kind": "points", "decimals": 2}],
    }
    assert caller.post("/programs", program).status == 201
    assert caller.post("/card-types", {"name": "Card", "external_id": "card", "program": "ext:club"}).status == 201
    return caller


def make(shop: Caller, **fields: Any) -> dict[str, Any]:
    reply = shop.post("/promotions", {"name": "Ten off", "program": "ext:club", "benefits": OFF, **fields})
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.body
    return made


def running(shop: Caller, stamp: int | None = None) -> Running:
    with unit_of_work(shop.chain_id):
        return running_of(None, shop.chain_id, stamp)


def test_a_promotion_begins_as_a_draft_that_prices_nothing(shop: Caller) -> None:
    made = make(shop, earnings=BACK, codes=["Autumn"], card_types=["ext:card"])
    assert (made["state"], made["published"], made["has_draft"]) == ("draft", 0, True)
    assert made["external_id"] == "ten-off"
    assert made["benefits"] == OFF
    assert made["earnings"][0]["balance_type"].startswith("bal_")
    assert made["card_types"][0].startswith("ctp_")
    assert made["limits"] == {}
    assert running(shop).promotions == {}
    read = shop.get(f"/promotions/{made['id']}")
    assert read.body == made
    assert read.headers["ETag"] == '"1"'
    assert shop.get("/promotions/ext:ten-off").body == made


def test_publishing_makes_a_version_that_runs_and_the_next_draft_waits(shop: Caller) -> None:
    made = make(shop, state="active", earnings=BACK)
    assert (made["state"], made["published"], made["has_draft"]) == ("active", 1, False)
    (one,) = running(shop).promotions.values()
    assert (one.number, one.name, one.card_type_ids) == (1, "Ten off", None)
    priced = evaluate(Facts(lines=(Line("tea", 1000),), at=NOW), running(shop).compiled)
    assert priced.total == 900
    changed = shop.patch("/promotions/ext:ten-off", {"benefits": [{"kind": "percent_off_order", "percent": "20"}]})
    assert changed.body["has_draft"]
    assert changed.body["earnings"] == made["earnings"]
    assert running(shop).promotions[one.rule.id].number == 1
    published = shop.post("/promotions/ext:ten-off/publish")
    assert (published.status, published.body["published"]) == (200, 2)
    priced = evaluate(Facts(lines=(Line("tea", 1000),), at=NOW), running(shop).compiled)
    assert priced.total == 800
    versions = shop.get("/promotions/ext:ten-off/versions").body["items"]
    assert [(one["number"], one["benefits"][0]["percent"]) for one in versions] == [(2, "20"), (1, "10")]
    again = shop.post("/promotions/ext:ten-off/publish")
    assert (again.status, again.code) == (409, "nothing_to_publish")


def test_a_change_that_is_taken_back_leaves_nothing_to_publish(shop: Caller) -> None:
    make(shop, state="active")
    assert shop.patch("/promotions/ext:ten-off", {"priority": 5}).body["has_draft"]
    assert not shop.patch("/promotions/ext:ten-off", {"priority": 0}).body["has_draft"]


def test_states_go_their_way_and_an_ended_promotion_stays(shop: Caller) -> None:
    make(shop)
    assert shop.post("/promotions/ext:ten-off/pause").code == "promotion_not_published"
    shop.post("/promotions/ext:ten-off/publish")
    assert shop.post("/promotions/ext:ten-off/pause").body["state"] == "paused"
    assert running(shop).promotions == {}
    assert shop.post("/promotions/ext:ten-off/resume").body["state"] == "active"
    assert len(running(shop).promotions) == 1
    ended = shop.post("/promotions/ext:ten-off/end").body
    assert (ended["state"], bool(ended["ended_at"])) == ("ended", True)
    assert running(shop).promotions == {}
    assert shop.patch("/promotions/ext:ten-off", {"priority": 1}).code == "promotion_ended"
    assert shop.post("/promotions/ext:ten-off/resume").code == "promotion_ended"


def test_what_runs_is_kept_in_memory_until_something_changes(shop: Caller, django_assert_num_queries: Any) -> None:
    make(shop, state="active")
    first = running(shop)
    with unit_of_work(shop.chain_id), django_assert_num_queries(0):
        assert running_of(None, shop.chain_id, first.stamp) is first
    shop.patch("/programs/ext:club", {"state": "paused"})
    later = running(shop)
    assert later.stamp > first.stamp
    assert later.promotions == {}
    assert later.balances == {}


def test_what_is_wrong_is_refused_with_pointers(shop: Caller) -> None:
    body = {"name": "", "program": "ext:club", "benefits": [{"kind": "percent_off_order", "percent": "200"}]}
    assert shop.post("/promotions", body).codes_at()["/name"] == "too_short"
    reply = shop.post("/promotions", {**body, "name": "x", "earnings": [{"kind": "?"}], "card_types": ["ext:none"]})
    assert reply.status == 422
    assert reply.codes_at() == {
        "/benefits/0/percent": "out_of_range",
        "/earnings/0/kind": "unknown_kind",
        "/card_types/0": "unknown_card_type",
    }
    assert shop.post("/promotions", {**body, "name": "x", "program": "ext:none"}).status == 404
    assert shop.post("/promotions", {**body, "name": "x", "colour": 1}).codes_at()["/colour"] == "unknown_field"
    make(shop)
    taken = shop.post("/promotions", {"name": "x", "program": "ext:club", "external_id": "ten-off"})
    assert taken.code == "external_id_taken"


def test_what_contradicts_itself_is_saved_as_a_draft_and_not_published(shop: Caller) -> None:
    days = [{"kind": "days", "first": "2026-12-02", "last": "2026-12-01"}]
    make(shop, conditions=days)
    reply = shop.post("/promotions/ext:ten-off/publish")
    assert (reply.status, reply.codes_at()) == (422, {"/conditions/0/last": "contradiction"})
    assert reply.body["errors"][0]["detail"] == "It ends before it begins."
    refused = shop.post(
        "/promotions",
        {"name": "x", "program": "ext:club", "state": "active", "conditions": days, "external_id": "x"},
    )
    assert refused.status == 422
    assert shop.get("/promotions/ext:x").status == 404


def test_lists_go_page_by_page_and_by_state_and_program(shop: Caller) -> None:
    ids = [make(shop, name=f"No. {at}")["id"] for at in range(3)]
    shop.post(f"/promotions/{ids[0]}/publish")
    page = shop.get("/promotions?limit=2").body
    assert [one["id"] for one in page["items"]] == [ids[2], ids[1]]
    rest = shop.get(f"/promotions?limit=2&cursor={page['next_cursor']}").body
    assert [one["id"] for one in rest["items"]] == [ids[0]]
    assert rest["next_cursor"] is None
    assert [one["id"] for one in shop.get("/promotions?state=active").body["items"]] == [ids[0]]
    assert len(shop.get("/promotions?program=ext:club").body["items"]) == 3
    assert shop.get("/promotions?program=ext:none").codes_at() == {"/query/program": "unknown_program"}


def test_rights_and_chains_are_apart(shop: Caller) -> None:
    made = make(shop)
    other = open_chain("Elsewhere")
    assert other.get(f"/promotions/{made['id']}").status == 404
    assert other.post(f"/promotions/{made['id']}/publish").status == 404
    reader = add_caller(shop.chain_id, scopes=frozenset({"promotions:read"}))
    assert reader.get(f"/promotions/{made['id']}").status == 200
    assert reader.post(f"/promotions/{made['id']}/publish").status == 403
    till = add_caller(shop.chain_id, scopes=frozenset({"orders:write"}))
    assert till.get("/promotions").status == 403


def test_changes_honour_the_version_and_are_audited(shop: Caller) -> None:
    made = make(shop)
    assert shop.patch("/promotions/ext:ten-off", {"priority": 1}, HTTP_IF_MATCH='"7"').status == 412
    assert shop.patch("/promotions/ext:ten-off", {"priority": 1, "name": "T"}, HTTP_IF_MATCH='"1"').status == 200
    shop.post("/promotions/ext:ten-off/publish")
    with unit_of_work(shop.chain_id):
        verbs = [
            one[0]
            for one in rows(
                "SELECT verb FROM audit_entries WHERE object_id = %s ORDER BY id", [decode("prm", made["id"])]
            )
        ]
    assert verbs == ["promotion.created", "promotion.changed", "promotion.published"]


def test_an_archived_program_keeps_its_promotions_as_they_are(shop: Caller) -> None:
    make(shop)
    shop.patch("/programs/ext:club", {"state": "archived"})
    assert shop.patch("/promotions/ext:ten-off", {"priority": 1}).code == "program_archived"
    assert shop.post("/promotions/ext:ten-off/publish").code == "program_archived"


def test_publishing_says_in_words_what_it_changes(shop: Caller) -> None:
    made = make(shop, state="active", codes=["AUTUMN"])
    shop.patch("/promotions/ext:ten-off", {"benefits": [{"kind": "percent_off_order", "percent": "5"}]})
    words = shop.get("/promotions/ext:ten-off/words").body
    assert [one["text"] for one in words["sentences"]] == ["With the code AUTUMN.", "5% off."]
    published = shop.post(f"/promotions/{made['id']}/publish").body
    assert published["changes"] == {
        "gone": [{"part": "gives", "text": "10% off."}],
        "come": [{"part": "gives", "text": "5% off."}],
    }
    assert words["changes"] == published["changes"]
    assert shop.get("/promotions/ext:ten-off/words").body["changes"] == {"gone": [], "come": []}


def test_amounts_are_told_as_the_balance_and_the_currency_write_them(shop: Caller) -> None:
    make(
        shop,
        earnings=[{"kind": "per_money", "balance_type": "ext:bonus", "units": "1.5", "per": "10", "carries": True}],
        limits={"discount": "1000", "earned_per_day": "20"},
        conditions=[
            {"kind": "weekly_hours", "hours": [{"weekdays": [0, 1, 2, 3, 4], "begins": "15:00", "ends": "17:30"}]}
        ],
    )
    texts = [one["text"] for one in shop.get("/promotions/ext:ten-off/words").body["sentences"]]
    assert texts == [
        "At these hours: Mon–Fri from 15:00 to 17:30.",
        "10% off.",
        "1.5 Bonus for each €10.00.",
        "What is left over counts for the next order.",
        "In all: at most €1,000.00 off.",
        "Each customer: at most 20 Bonus a day.",
    ]


def test_a_preset_writes_an_ordinary_promotion(shop: Caller) -> None:
    presets = {one["key"]: one for one in shop.get("/promotion-presets").body["items"]}
    assert [one["name"] for one in presets["cashback"]["questions"]] == ["percent", "balance_type", "products"]
    body = {"program": "ext:club", "answers": {"percent": "7", "balance_type": "ext:bonus"}, "active": True}
    made = shop.post("/promotion-presets/cashback", body)
    assert made.status == 201, made.body
    (one,) = made.body["items"]
    assert (one["state"], one["earnings"][0]["percent"]) == ("active", "7")
    assert shop.get(f"/promotions/{one['id']}").body == one
    bad = shop.post("/promotion-presets/cashback", {"program": "ext:club", "answers": {"percent": "7"}})
    assert bad.codes_at() == {"/answers/balance_type": "required"}
    assert shop.post("/promotion-presets/none", body).status == 404
    assert shop.post("/promotion-presets/cashback", {**body, "program": "ext:none"}).status == 404
