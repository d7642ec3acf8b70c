"""Redeeming sends as few statements as a change of a balance, counted on the wire by libpq itself (ADR 15)."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.platform.claims import Claim
from regulars.platform.database import unit_of_work
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from regulars.vouchers.rules.vouchers import VoucherDraft, VoucherState
from tests.ledger_kit import open_counter

WAITING = re.compile(r"^(?:\S+ \S+\s+)?F\s+\d+\s+(Sync|Query)", re.MULTILINE)


@pytest.mark.committed
def test_redeeming_takes_two_round_trips(tmp_path: Path) -> None:
    counter = open_counter()
    with unit_of_work(counter.chain_id):
        made = issue_vouchers(counter.actor, [VoucherDraft(title="A coffee")] * 2, now=timezone.now())

    def present(redeemed: VoucherState) -> tuple[int, str]:
        return 200, "{}"

    def redeem(number: int) -> None:
        claim = Claim(new_id(), "vouchers.redeem", f"key-{number}", b"body")
        command = RedeemCommand(encode("vch", made[number].id))
        redeem_voucher(counter.actor, command, now=timezone.now(), claim=claim, present=present)

    # PostgreSQL learns a statement when it first sees it, which is a round trip more.
    redeem(0)
    trace = tmp_path / "wire"
    wire = connection.connection.pgconn
    with trace.open("wb") as file:
        descriptor = os.dup(file.fileno())
        wire.trace(descriptor)
        redeem(1)
        wire.untrace()
    assert len(WAITING.findall(trace.read_text(errors="replace"))) == 2
