"""Exports of memberships: one a line, as their list means them."""

import csv

import pytest

from regulars.exports.tests.test_exports import write
from tests.contract.chains import add_caller
from tests.ledger_kit import open_counter
from tests.membership_kit import Studio

pytestmark = pytest.mark.committed


def test_memberships_are_written_as_the_list_means_them(committed_db: object) -> None:
    counter = open_counter()
    studio = Studio(add_caller(counter.chain_id))
    studio.sell(studio.type(period={"unit": "days", "value": 30}), customer=studio.customer(), external_id="M-1")
    used = studio.sell(studio.type(visits=1, name="One"), with_code=True, external_id="M-2")
    studio.use(used["id"])
    _, path = write(counter.shop.actor, "memberships", file_format="csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    shown = [(one["external_id"], one["state"], one["name"], one["left"], one["price"]) for one in found]
    assert shown == [("M-1", "active", "Mia", "10", "90.00"), ("M-2", "used_up", "", "0", "90.00")]
    assert "bearer_code" not in found[0]
    _, path = write(
        counter.shop.actor, "memberships", file_format="csv", columns=["bearer_code"], filter={"state": "used_up"}
    )
    assert path.read_text(encoding="utf-8-sig").split() == ["bearer_code", used["code"]]
    _, path = write(
        counter.shop.actor, "memberships", file_format="xlsx", filter={"search": "mia", "ends_within": "30"}
    )
    assert path.stat().st_size > 0
