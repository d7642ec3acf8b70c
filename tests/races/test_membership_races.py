"""Tills that use, undo and freeze one membership at the same instant: never more visits than there are (RWD-6)."""

from collections import Counter as Tally
from functools import partial

import pytest

from regulars.kernel.ids import decode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.memberships.actions.parts import NewUse, use_parts
from regulars.memberships.actions.rest import FreezeCommand, freeze_membership
from regulars.memberships.actions.sell import SaleCommand, sell_membership
from regulars.memberships.actions.use import UseCommand, undo_use, use_membership
from regulars.memberships.actions.write import Place
from regulars.memberships.queries.usable import lock_memberships
from regulars.memberships.rules.states import as_of
from regulars.memberships.rules.use import plan_use
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import open_cursor
from tests.ledger_kit import at_once
from tests.membership_kit import BERLIN, Studio, open_studio

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 16
HERE = Place(zone=BERLIN, decimals=2)


@pytest.fixture
def studio(committed_db: DatabaseUrls) -> Studio:
    return open_studio()


def outcomes(results: list[object]) -> Tally[str]:
    return Tally(
        one.refusal.code if isinstance(one, Refused) else repr(one) if isinstance(one, Exception) else "done"
        for one in results
    )


def use(studio: Studio, membership: str, visits: int = 1) -> object:
    return use_membership(studio.caller.actor, membership, UseCommand(visits=visits), at=HERE, now=studio.now)


def used(studio: Studio) -> list[tuple[int, int]]:
    with unit_of_work(studio.caller.chain_id):
        return [
            (values[0], values[1])
            for values in rows("SELECT m.used, (SELECT sum(visits) FROM membership_uses) FROM memberships m")
        ]


@pytest.mark.parametrize("visits", [1, 5])
def test_16_tills_use_a_membership_to_its_last_visit(studio: Studio, visits: int) -> None:
    membership = studio.sell(studio.type(visits=visits), with_code=True)["id"]
    results = at_once([partial(use, studio, membership)] * TILLS)
    assert outcomes(results) == Tally({"done": visits, "membership_used_up": TILLS - visits})
    assert used(studio) == [(visits, visits)]


def test_a_use_is_undone_by_one_of_16(studio: Studio) -> None:
    membership = studio.sell(studio.type(visits=3), with_code=True)["id"]
    made = studio.use(membership, visits=2).body["id"]
    undo = partial(undo_use, studio.caller.actor, membership, made, reason="x", at=HERE, now=studio.now)
    assert outcomes(at_once([undo] * TILLS)) == Tally({"done": 1, "use_already_undone": TILLS - 1})
    assert used(studio) == [(0, 0)]


def test_a_membership_is_frozen_by_one_of_16(studio: Studio) -> None:
    kind = studio.type(visits=None, period={"unit": "days", "value": 30}, freezes_max=None)
    membership = studio.sell(kind, with_code=True)["id"]
    command = FreezeCommand(days=5)
    freeze = partial(freeze_membership, studio.caller.actor, membership, command, at=HERE, now=studio.now)
    assert outcomes(at_once([freeze] * TILLS)) == Tally({"done": 1, "freeze_overlaps": TILLS - 1})
    assert studio.read(membership)["ends_on"] == studio.day(35)


def test_one_external_id_is_sold_under_once(studio: Studio) -> None:
    command = SaleCommand(type=studio.type(), with_code=True, external_id="receipt-1")
    sell = partial(sell_membership, studio.caller.actor, command, zone=BERLIN, now=studio.now)
    assert outcomes(at_once([sell] * TILLS)) == Tally({"done": 1, "external_id_taken": TILLS - 1})


def test_what_was_planned_on_an_old_state_is_not_written(studio: Studio) -> None:
    membership = studio.sell(studio.type(visits=5), with_code=True)["id"]
    found = decode("mbr", membership)
    assert found is not None
    chain, actor, now = studio.caller.chain_id, studio.caller.actor, studio.now
    today = now.astimezone(BERLIN).date()
    with unit_of_work(chain):
        state = lock_memberships(open_cursor(), chain, [found])[found]
    studio.use(membership)
    plan = plan_use(as_of(state, today), 1, use_id=new_id(), now=now, today=today)
    with pytest.raises(LostRace), unit_of_work(chain):
        post(open_cursor(), actor, [], also=use_parts(actor, [NewUse(plan=plan)], now=now))
    assert used(studio) == [(1, 1)]
