"""When vouchers begin and end, which steps their states allow, and what can be written of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.cards.errors import CardNotActive, CardNotAssigned
from regulars.programs.rules.validity import (
    Validity,
    check_validity,
    end_of,
    present_validity,
    read_validity,
)
from regulars.vouchers.errors import (
    AlreadyRedeemed,
    NotRedeemed,
    RedeemedInOrder,
    VoucherCancelled,
    VoucherExpired,
    VoucherNotActive,
    WrongLocation,
)
from regulars.vouchers.rules.benefits import check_benefit, plain_benefit
from regulars.vouchers.rules.redeeming import check_cancel, check_redeem, check_undo
from regulars.vouchers.rules.states import STATES, TRANSITIONS, State, state_at
from regulars.vouchers.rules.vouchers import VoucherDraft, VoucherState, check_draft

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 31, 12, tzinfo=BERLIN)
TODAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("validity", "last"),
    [
        (Validity(), None),
        (Validity(kind="days", count=1), date(2026, 2, 1)),
        (Validity(kind="months", count=1), date(2026, 2, 28)),
        (Validity(kind="months", count=2), date(2026, 3, 31)),
        (Validity(kind="months", count=25), date(2028, 2, 29)),
        (Validity(kind="until", day=date(2026, 3, 28)), date(2026, 3, 28)),
    ],
)
def test_it_ends_with_a_day_of_the_chain(validity: Validity, last: date | None) -> None:
    end = end_of(validity, NOW, BERLIN)
    if last is None:
        assert end is None
    else:
        assert end is not None
        assert end.astimezone(BERLIN) == datetime(last.year, last.month, last.day, tzinfo=BERLIN) + timedelta(days=1)


def test_the_day_is_that_of_the_zone() -> None:
    # Half past eleven in the evening in UTC is the next day already in Berlin.
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    end = end_of(Validity(kind="days", count=1), late, BERLIN)
    assert end is not None
    assert end.astimezone(BERLIN).isoformat() == "2026-02-03T00:00:00+01:00"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("unlimited", "invalid_type"),
        ({"kind": "weeks", "value": 1}, "unknown_value"),
        ({"kind": "unlimited", "value": 3}, "out_of_range"),
        ({"kind": "days", "value": 0}, "out_of_range"),
        ({"kind": "days", "value": True}, "out_of_range"),
        ({"kind": "days", "value": 3651}, "out_of_range"),
        ({"kind": "months", "value": 121}, "out_of_range"),
        ({"kind": "months"}, "out_of_range"),
        ({"kind": "until"}, "invalid_date"),
        ({"kind": "until", "value": "2026-02-30"}, "invalid_date"),
        ({"kind": "until", "value": "2026-01-30"}, "in_the_past"),
        ({"kind": "until", "value": "2126-01-30"}, "out_of_range"),
    ],
)
def test_what_is_no_validity_says_why(written: Any, code: str) -> None:
    assert [problem.code for problem in check_validity(written, "/validity", first_day=TODAY)] == [code]


@given(
    st.one_of(
        st.just({"kind": "unlimited", "value": None}),
        st.fixed_dictionaries({"kind": st.sampled_from(["days", "months"]), "value": st.integers(1, 120)}),
        st.fixed_dictionaries(
            {"kind": st.just("until"), "value": st.dates(TODAY, date(2060, 1, 1)).map(date.isoformat)}
        ),
    )
)
def test_a_sound_validity_reads_back_and_ends_after_it_begins(written: dict[str, Any]) -> None:
    assert check_validity(written, "/validity", first_day=TODAY) == []
    validity = read_validity(written)
    assert present_validity(validity) == written
    end = end_of(validity, NOW, BERLIN)
    assert end is None or end > NOW


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (None, []),
        ({"percent": "10"}, []),
        ({"amount": "5.00", "minimum": "20"}, []),
        ({"product": "latte"}, []),
        ({"promotion": "ext:free-coffee"}, []),
        ({}, ["one_benefit"]),
        ({"minimum": "20"}, ["one_benefit"]),
        ({"percent": "10", "amount": "5"}, ["one_benefit"]),
        ({"percent": "100.01"}, ["out_of_range"]),
        ({"percent": "0"}, ["out_of_range"]),
        ({"percent": "ten"}, ["not_a_number"]),
        ({"percent": None}, ["not_a_number"]),
        ({"amount": "5.001"}, ["too_many_decimals"]),
        ({"amount": "-5"}, ["out_of_range"]),
        ({"product": ""}, ["invalid_text"]),
        ({"product": "a", "gift": "b"}, ["unknown_field"]),
        (["percent"], ["invalid_type"]),
    ],
)
def test_what_a_voucher_gives_is_one_thing(written: Any, codes: list[str]) -> None:
    assert [problem.code for problem in check_benefit(written, "/benefit", decimals=2)] == codes


def test_a_benefit_is_kept_as_texts() -> None:
    assert plain_benefit({"percent": 10, "minimum": " 20.00 "}) == {"percent": "10", "minimum": "20.00"}


def test_a_draft_says_what_it_lacks() -> None:
    nobody = VoucherDraft(title=" ", customer_may_redeem=True)
    assert [problem.pointer for problem in check_draft(nobody)] == ["/title", "/customer_may_redeem"]
    both = VoucherDraft(title="A coffee", card_id=uuid4(), customer_id=uuid4())
    assert [problem.code for problem in check_draft(both)] == ["one_holder"]
    assert check_draft(VoucherDraft(title="A coffee")) == []


def voucher(state: State = "active", **more: Any) -> VoucherState:
    facts: dict[str, Any] = {
        "id": uuid4(),
        "version": 1,
        "state": state,
        "code": "ABCD-EFGH-JKMN-PQRS",
        "title": "A coffee",
        "description": "",
        "card_id": None,
        "customer_id": None,
        "validity": Validity(),
        "starts_at": NOW,
        "expires_at": None,
        "benefit": None,
        "location_ids": None,
        "customer_may_redeem": False,
        "source": "manual",
        "source_id": None,
        "batch_id": None,
        "issued_at": NOW,
        "redeemed_at": NOW if state == "redeemed" else None,
    }
    return VoucherState(**facts | more)


def test_time_begins_and_ends_a_voucher_to_the_second() -> None:
    end = NOW + timedelta(days=1)
    assert state_at("issued", end, None, NOW) == "issued"
    assert state_at("issued", NOW, None, NOW) == "active"
    assert state_at("issued", NOW, end, end) == "expired"
    assert state_at("active", NOW, end, end - timedelta(microseconds=1)) == "active"
    assert state_at("active", NOW, end, end) == "expired"
    assert state_at("redeemed", NOW, end, end) == "redeemed"
    assert state_at("cancelled", NOW, end, end) == "cancelled"


def test_every_state_is_reached_and_what_is_over_stays_over() -> None:
    reached = {"issued", *TRANSITIONS.values()}
    assert reached == set(STATES)
    assert not [start for start, _verb in TRANSITIONS if start in ("expired", "cancelled")]


@pytest.mark.parametrize(
    ("held", "refusal"),
    [
        (voucher(), None),
        (voucher("redeemed"), AlreadyRedeemed),
        (voucher("cancelled"), VoucherCancelled),
        (voucher(expires_at=NOW), VoucherExpired),
        (voucher("issued", starts_at=NOW + timedelta(days=1)), VoucherNotActive),
        (voucher("issued"), None),
        (voucher(card_status="active"), None),
        (voucher(card_status="blocked"), CardNotActive),
        (voucher(card_status="blank"), CardNotAssigned),
        (voucher(places=((uuid4(), "North"),)), WrongLocation),
    ],
)
def test_what_stands_against_redeeming(held: VoucherState, refusal: type | None) -> None:
    found = check_redeem(held, location_id=uuid4(), now=NOW)
    assert (found and type(found)) == refusal


def test_a_voucher_of_one_place_is_redeemed_there_and_whoever_redeems_it_says_so() -> None:
    place = uuid4()
    held = voucher(places=((place, "North"),))
    assert check_redeem(held, location_id=place, now=NOW) is None
    assert check_redeem(held, location_id=None, now=NOW) == WrongLocation(places="North")


def test_only_what_is_not_redeemed_is_cancelled_and_only_what_is_by_hand_is_undone() -> None:
    assert check_cancel(voucher(), now=NOW) is None
    assert check_cancel(voucher("issued"), now=NOW) is None
    assert isinstance(check_cancel(voucher("redeemed"), now=NOW), AlreadyRedeemed)
    assert check_undo(voucher("redeemed"), now=NOW) is None
    assert check_undo(voucher(), now=NOW) == NotRedeemed(state="active")
    assert isinstance(check_undo(voucher("redeemed", is_of_order=True), now=NOW), RedeemedInOrder)
