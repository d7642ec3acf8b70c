"""Two people, one printer's list: each number becomes one card, whoever is faster (CRD-10)."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.actions.bulk import run_bulk_issue
from regulars.cards.models import BulkIssue, Card
from regulars.cards.tests.counter import Counter, open_counter
from regulars.cards.tests.test_number_lists import check
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import at_once

pytestmark = [pytest.mark.committed, pytest.mark.outside]

LISTED = 6_000


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def start_of(counter: Counter, url: str) -> Any:
    batch = decode("blk", counter.client().post(f"{url}/make").headers["Location"].rpartition("/")[2])
    assert batch
    return batch


def test_the_same_list_twice_at_once_makes_every_card_once(counter: Counter) -> None:
    content = b"\n".join(b"R%06d" % one for one in range(LISTED))
    first, second = (check(counter, content) for _ in range(2))
    assert first[1].good == second[1].good == LISTED, "neither knew of the other"
    batches = [start_of(counter, url) for url, _ in (first, second)]
    chain_id = counter.shop.chain_id
    results = at_once([partial(run_bulk_issue, chain_id, batch, now=timezone.now()) for batch in batches * 2])
    assert results == [None] * 4
    with unit_of_work(chain_id):
        made = [BulkIssue.objects.get(id=batch) for batch in batches]
        assert Card.objects.count() == LISTED
    assert [one.state for one in made] == ["done", "done"]
    assert sum(one.issued for one in made) == sum(one.skipped for one in made) == LISTED
