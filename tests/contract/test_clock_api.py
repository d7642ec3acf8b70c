"""The clock over HTTP: moving it, and what then happens at another time (ORG-6, ADR 16)."""

from datetime import datetime, timedelta

import pytest

from regulars.ledger.actions.night import Expired
from regulars.platform.clock import real_now
from regulars.project.timely import DUE
from tests.contract.cards_kit import adjust, issue, make_program
from tests.contract.chains import Caller, Reply, add_caller, open_chain


@pytest.fixture
def tester(db: None) -> Caller:
    caller = open_chain(is_test=True)
    program = make_program(caller)
    caller.post("/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee", "goal": 8})
    return caller


def time_of(reply: Reply, field: str) -> datetime:
    return datetime.fromisoformat(str(reply.body[field]))


def days_ahead(at: datetime) -> int:
    return round((at - real_now()) / timedelta(days=1))


def test_a_clock_is_read_and_moved(tester: Caller) -> None:
    before = tester.get("/clock").body
    assert (before["is_test"], before["ahead_seconds"]) == (True, 0)
    moved = tester.post("/clock", {"advance": "P10D"}, key="ten-days")
    assert moved.status == 200
    assert days_ahead(time_of(moved, "now")) == 10
    # The same request again is the same answer, not ten days more.
    assert tester.post("/clock", {"advance": "P10D"}, key="ten-days").body == moved.body
    assert days_ahead(time_of(tester.get("/clock"), "now")) == 10
    exactly = (real_now() + timedelta(days=20)).isoformat()
    assert days_ahead(time_of(tester.post("/clock", {"to": exactly}), "now")) == 20


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/advance", "one_of_two"),
        ({"advance": "P1D", "to": "2099-01-01T00:00:00Z"}, "/advance", "one_of_two"),
        ({"advance": "1 day"}, "/advance", "invalid_duration"),
        ({"advance": "-P1D"}, "/advance", "invalid_duration"),
        ({"advance": "P60Y"}, "/advance", "too_far"),
        ({"to": "9000-01-01T00:00:00Z"}, "/to", "invalid_time"),
        ({"to": "2150-01-01T00:00:00Z"}, "/to", "too_far"),
        ({"to": "tomorrow"}, "/to", "invalid_time"),
        ({"advance": 3}, "/advance", "wrong_type"),
        ({"back": "P1D"}, "/back", "unknown_field"),
    ],
)
def test_what_cannot_be_meant_is_refused(tester: Caller, body: dict[str, object], pointer: str, code: str) -> None:
    reply = tester.post("/clock", body)
    assert reply.status == 422
    assert [(one["pointer"], one["code"]) for one in reply.body["errors"]] == [(pointer, code)]


def test_a_clock_never_goes_back_and_a_real_one_never_moves(tester: Caller, caller: Caller) -> None:
    tester.post("/clock", {"advance": "P10D"})
    back = tester.post("/clock", {"to": real_now().isoformat()})
    assert (back.status, back.code) == (409, "clock_backwards")
    assert days_ahead(time_of(back, "now")) == 10
    real = caller.post("/clock", {"advance": "P1D"})
    assert (real.status, real.code) == (409, "not_a_test_chain")
    assert caller.get("/clock").body["is_test"] is False
    reader = add_caller(tester.chain_id, scopes=frozenset({"settings:read"}))
    assert reader.get("/clock").status == 200
    assert reader.post("/clock", {"advance": "P1D"}).status == 403


def test_what_happens_in_a_chain_happens_by_its_clock(tester: Caller) -> None:
    card = issue(tester)
    assert adjust(tester, card["id"], "5").status == 201
    tester.post("/clock", {"advance": "P30D"})
    # On the hot lane, with a key that the process knew from before the move.
    later = adjust(tester, card["id"], "7")
    assert days_ahead(time_of(later, "at")) == 30
    taken = adjust(tester, card["id"], "-12")
    back = tester.post(f"/transactions/{taken.body['id']}/reverse", {"reason": "mistake"})
    assert days_ahead(time_of(back, "at")) == 30
    second = issue(tester, phone="+4915123456780")
    assert days_ahead(datetime.fromisoformat(str(second["issued_at"]))) == 30
    customer = tester.post("/customers", {"phone": "+4915123456781", "name": "Anna"})
    assert days_ahead(time_of(customer, "created_at")) == 30


def test_clocks_of_other_chains_stand_still(tester: Caller, caller: Caller) -> None:
    tester.post("/clock", {"advance": "P30D"})
    assert days_ahead(time_of(caller.get("/clock"), "now")) == 0
    made = caller.post("/customers", {"phone": "+4915123456781", "name": "Anna"})
    assert days_ahead(time_of(made, "created_at")) == 0


def test_the_registered_work_takes_a_chain_and_a_moment(tester: Caller) -> None:
    for due in DUE:
        assert due(tester.chain_id, real_now() + timedelta(days=400)) in (0, None, Expired())
