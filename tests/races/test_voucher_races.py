"""The same voucher at many tills at the same instant: exactly one redeems it (RWD-3)."""

from collections import Counter as Tally
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.platform.claims import Answered, Claim
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.rules.vouchers import VoucherDraft, VoucherState
from tests.ledger_kit import Counter, at_once, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 64


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def issue(counter: Counter) -> str:
    with unit_of_work(counter.chain_id):
        (made,) = issue_vouchers(counter.actor, [VoucherDraft(title="A coffee")], now=timezone.now())
    return encode("vch", made.id)


def outcomes(results: list[Any]) -> Tally[str]:
    return Tally(result.refusal.code if isinstance(result, Refused) else type(result).__name__ for result in results)


def steps(counter: Counter) -> list[tuple[Any, ...]]:
    return counter.read("SELECT verb, count(*) FROM voucher_events GROUP BY verb ORDER BY verb")


def test_64_tills_scan_one_voucher_and_exactly_one_redeems_it(counter: Counter) -> None:
    voucher = issue(counter)
    redeem = partial(redeem_voucher, counter.actor, RedeemCommand(voucher))
    results = at_once([partial(redeem, now=timezone.now()) for _ in range(TILLS)])
    assert outcomes(results) == {"VoucherState": 1, "already_redeemed": TILLS - 1}
    assert steps(counter) == [("issue", 1), ("redeem", 1)]


def test_the_same_key_sent_many_times_redeems_once_and_gives_the_same_answer(counter: Counter) -> None:
    voucher = issue(counter)
    claim = Claim(new_id(), "vouchers.redeem", "key-1", b"body")

    def present(redeemed: VoucherState) -> tuple[int, str]:
        return 200, f'"{redeemed.state}"'

    call = partial(redeem_voucher, counter.actor, RedeemCommand(voucher), claim=claim, present=present)
    results = at_once([partial(call, now=timezone.now()) for _ in range(16)])
    assert outcomes(results) == {"VoucherState": 1, "Answered": 15}
    assert {one.stored.answer for one in results if isinstance(one, Answered)} == {'"redeemed"'}


def test_redeeming_cancelling_and_undoing_at_once_leaves_one_whole_story(counter: Counter) -> None:
    voucher = issue(counter)
    now = timezone.now()
    calls: list[Any] = [partial(redeem_voucher, counter.actor, RedeemCommand(voucher), now=now) for _ in range(8)]
    calls += [partial(undo_redemption, counter.actor, voucher, now=now) for _ in range(8)]
    calls += [partial(cancel_voucher, counter.actor, voucher, now=now) for _ in range(2)]
    results = at_once(calls)
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    tally = dict(steps(counter))
    assert tally.get("cancel", 0) <= 1
    assert tally.get("redeem", 0) - tally.get("give_back", 0) in (0, 1)
    versions = counter.read(
        "SELECT v.version, count(e.version) FROM vouchers v JOIN voucher_events e ON e.voucher_id = v.id GROUP BY v.id"
    )
    assert [version == count for version, count in versions] == [True]
