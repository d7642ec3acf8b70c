"""How often a till waits for the database when it pays with a gift card (DESIGN section 4)."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from regulars.giftcards.actions.change import MoneyCommand, Moved, write_off
from regulars.giftcards.tests.kit import open_till
from regulars.kernel.ids import encode, new_id
from regulars.platform.claims import Claim

# A message after which the client waits: Sync ends a prepared statement, Query is the simple way.
WAITING = re.compile(r"^(?:\S+ \S+\s+)?F\s+\d+\s+(Sync|Query)", re.MULTILINE)


@pytest.mark.committed
def test_paying_takes_two_round_trips(tmp_path: Path) -> None:
    till = open_till()
    card = till.sell(till.type(), "50")
    command = MoneyCommand(encode("gcd", card.id), "1")

    def present(moved: Moved) -> tuple[int, str]:
        return 201, "{}"

    def pay() -> None:
        claim = Claim(new_id(), "gift-cards.write-off", "key-1", b"body")
        write_off(till.actor, command, now=timezone.now(), claim=claim, present=present)

    # PostgreSQL learns a statement when it first sees it, which is a round trip more.
    pay()
    wire = connection.connection.pgconn
    trace = tmp_path / "wire"
    with trace.open("wb") as file:
        wire.trace(os.dup(file.fileno()))
        pay()
        wire.untrace()
    sent = WAITING.findall(trace.read_text(errors="replace"))
    assert len(sent) == 2, sent
