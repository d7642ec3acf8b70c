"""A change of a balance sends at most five statements, counted on the wire by libpq itself (DESIGN section 4)."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, Posted, adjust_balance
from regulars.kernel.ids import encode, new_id
from regulars.platform.claims import Claim
from tests.ledger_kit import open_counter

ROUND_TRIPS_MAX = 5
"""What DESIGN allows; it takes two: begin, lock and read; write and commit."""
# A message after which the client waits: Sync ends a prepared statement, Query is the simple way.
WAITING = re.compile(r"^(?:\S+ \S+\s+)?F\s+\d+\s+(Sync|Query)", re.MULTILINE)


@pytest.mark.committed
@pytest.mark.parametrize("amount", ["5", "-5"])
def test_adjusting_takes_at_most_five_round_trips(tmp_path: Path, amount: str) -> None:
    counter = open_counter()
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "100")
    command = AdjustCommand(card=encode("crd", card.id), balance_type="points", amount=amount, reason="test")

    def present(posted: Posted) -> tuple[int, str]:
        return 201, "{}"

    def adjust() -> None:
        claim = Claim(new_id(), "cards.adjust", "key-1", b"body")
        adjust_balance(counter.shop.actor, command, now=timezone.now(), claim=claim, present=present)

    # PostgreSQL learns a statement when it first sees it, which is a round trip more.
    adjust()
    trace = tmp_path / "wire"
    wire = connection.connection.pgconn
    with trace.open("wb") as file:
        descriptor = os.dup(file.fileno())
        wire.trace(descriptor)
        adjust()
        wire.untrace()
    sent = WAITING.findall(trace.read_text(errors="replace"))
    assert 2 <= len(sent) <= ROUND_TRIPS_MAX, sent
