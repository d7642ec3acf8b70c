"""Deposits: money paid in, spent, and paid out (RWD-5, ORD-6, CRD-3)."""

import pytest

from regulars.kernel.ids import encode
from regulars.programs.rules import BalanceTypeDraft
from tests.contract.chains import Caller, add_caller
from tests.ledger_kit import POINTS, Counter, open_counter

pytestmark = pytest.mark.django_db

DEPOSIT = BalanceTypeDraft(name="Deposit", kind="deposit", external_id="deposit")


@pytest.fixture
def counter() -> Counter:
    return open_counter(balance_types=(POINTS, DEPOSIT))


def caller(counter: Counter) -> Caller:
    return add_caller(counter.chain_id)


def test_money_comes_in_and_goes_out_by_verbs_of_its_own(counter: Counter) -> None:
    shop = caller(counter)
    card = encode("crd", counter.issue("+49 151 11111111").id)
    paid_in = shop.post(f"/cards/{card}/deposit/top-up", {"amount": "50", "external_id": "till-1"}, key="in")
    assert (paid_in.status, paid_in.body["kind"], paid_in.body["balance_after"]) == (201, "top_up", "50.00")
    assert shop.post(f"/cards/{card}/deposit/top-up", {"amount": "50", "external_id": "till-1"}, key="in").body == (
        paid_in.body
    )
    twice = shop.post(f"/cards/{card}/deposit/top-up", {"amount": "50", "external_id": "till-1"})
    assert (twice.status, twice.code) == (409, "external_id_taken")
    left = shop.delete(f"/cards/{card}?write_off=true")
    assert (left.status, left.code) == (409, "balance_left")
    more = shop.post(f"/cards/{card}/deposit/pay-out", {"amount": "50.01"})
    assert (more.status, more.code, more.body["available"]) == (409, "insufficient_balance", "50.00")
    out = shop.post(
        f"/cards/{card}/deposit/pay-out", {"amount": "50", "reason": "moves away", "balance_type": "deposit"}
    )
    assert (out.status, out.body["kind"], out.body["amount"], out.body["reason"]) == (
        201,
        "pay_out",
        "-50.00",
        "moves away",
    )
    kinds = [one["kind"] for one in shop.get(f"/cards/{card}/transactions?balance_type=deposit").body["items"]]
    assert kinds == ["pay_out", "top_up"]
    assert len(shop.get(f"/cards/{card}/transactions?kind=top_up").body["items"]) == 1
    assert shop.delete(f"/cards/{card}").status in (200, 204)


def test_what_is_refused_of_a_deposit(counter: Counter) -> None:
    shop = caller(counter)
    card = encode("crd", counter.issue("+49 151 11111111").id)
    for body, code in (
        ({"amount": "0"}, "zero_amount"),
        ({"amount": "5", "balance_type": "points"}, "no_deposit"),
    ):
        assert shop.post(f"/cards/{card}/deposit/top-up", body).code == code
    negative = shop.post(f"/cards/{card}/deposit/top-up", {"amount": "-5"})
    assert (negative.status, negative.codes_at()) == (422, {"/amount": "out_of_range"})
    assert shop.post("/cards/crd_0/deposit/top-up", {"amount": "5"}).status == 404
    other = open_counter(name="Other")
    plain = encode("crd", other.issue("+49 151 22222222").id)
    assert shop.post(f"/cards/{plain}/deposit/top-up", {"amount": "5"}).status == 404
    assert caller(other).post(f"/cards/{plain}/deposit/top-up", {"amount": "5"}).code == "no_deposit"


def test_a_top_up_earns_nothing_and_can_be_taken_back(counter: Counter) -> None:
    shop = caller(counter)
    card = counter.issue("+49 151 11111111")
    name = encode("crd", card.id)
    topped = shop.post(f"/cards/{name}/deposit/top-up", {"amount": "20"})
    points = [one for one in shop.get(f"/cards/{name}").body["balances"] if one["balance_type"] == "points"]
    assert points[0]["total"].startswith("0")
    back = shop.post(f"/transactions/{topped.body['id']}/reverse", {"reason": "typo"})
    assert (back.status, back.body["balance_after"]) == (201, "0.00")
