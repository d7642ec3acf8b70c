"""Every promise of memberships is broken on purpose, behind the back of every guard, and the proof has to name the row."""

import pytest

from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.platform.embedded import DatabaseUrls
from tests.forgeries import after_forgery, broken
from tests.ledger_kit import dispatcher
from tests.membership_kit import Studio, open_studio

pytestmark = [pytest.mark.committed, pytest.mark.outside]

FORGERIES = {
    "membership_used_is_its_uses": "UPDATE memberships SET used = used + 1 WHERE external_id = 'used'",
    "membership_use_is_undone_once_as_a_whole": "UPDATE membership_uses SET visits = -1 WHERE visits = -2",
    "membership_visits_are_sold_and_added": "UPDATE membership_extensions SET visits = visits + 1 WHERE visits > 0",
    "membership_end_is_its_days": "UPDATE membership_freezes SET days = days - 1 WHERE days > 0",
    "membership_state_is_its_numbers": "UPDATE memberships SET state = 'used_up' WHERE external_id = 'used'",
    "membership_has_its_code": "DELETE FROM code_keys WHERE kind = 'membership'",
}


@pytest.fixture
def studio(committed_db: DatabaseUrls) -> Studio:
    made = open_studio()
    kind = made.type(visits=10, period={"unit": "days", "value": 30}, freezes_max=3)
    used = made.sell(kind, with_code=True, external_id="used")["id"]
    made.use(used)
    undone = made.use(used, visits=2).body["id"]
    made.act(used, f"uses/{undone}/undo", reason="Wrong person")
    made.act(used, "extend", days=3, visits=2, reason="Gift")
    made.act(used, "freeze", days=5)
    other = made.sell(kind, with_code=True)["id"]
    made.act(other, "freeze", days=5)
    made.pass_days(2)
    made.act(other, "unfreeze")
    made.act(made.sell(kind, with_code=True)["id"], "cancel", reason="Moved away", refund="10")
    first = made.type(visits=1, period={"unit": "months", "value": 1}, begins="first_use")
    made.sell(first, with_code=True)
    made.use(made.sell(first, with_code=True)["id"])
    made.pass_days(60)
    dispatcher().make_round()
    return made


def test_true_memberships_are_sound_and_every_broken_promise_is_found(
    studio: Studio, committed_db: DatabaseUrls
) -> None:
    assert broken() == set()
    for promise, statement in FORGERIES.items():
        assert promise in after_forgery(committed_db, statement), promise
    assert {promise.name for promise in MEMBERSHIP_PROMISES} == set(FORGERIES)
