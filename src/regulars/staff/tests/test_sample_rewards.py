"""The sample chain has something of everything that can be given, whatever it was killed at (RWD-1 to RWD-6)."""

import pytest
from django.utils import timezone

from regulars.platform.database import rows, unit_of_work
from regulars.project.demo import fill_sample
from tests.people import open_shop

COUNTED = {
    "vouchers": "SELECT DISTINCT state FROM vouchers",
    "given": "SELECT DISTINCT state FROM given_rewards WHERE origin = 'catalogue'",
    "drawn": "SELECT count(*) > 5 FROM given_rewards WHERE drawn IS NOT NULL",
    "gift cards": "SELECT balance FROM gift_cards",
    "memberships": "SELECT count(*) FROM memberships",
    "codes": "SELECT count(*), count(customer_id) FROM codes",
}


@pytest.mark.committed
@pytest.mark.slow
def test_every_page_of_rewards_has_something_to_show_and_nothing_comes_twice(committed_db: object) -> None:
    sample = open_shop(name="Sample", is_sample=True)
    now = timezone.now()
    for _ in range(2):
        fill_sample(sample.actor, now=now)
        with unit_of_work(sample.chain_id):
            found = {name: sorted(rows(statement)) for name, statement in COUNTED.items()}
        assert found == {
            "vouchers": [("active",), ("cancelled",), ("issued",), ("redeemed",)],
            "given": [("cancelled",), ("given",), ("handed_over",)],
            "drawn": [(True,)],
            "gift cards": [(0,), (5000,), (5000,), (6150,)],
            "memberships": [(4,)],
            "codes": [(200, 12)],
        }
