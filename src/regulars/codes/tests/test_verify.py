"""What `verify` proves of codes finds every row that breaks it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.codes.actions.parts import PlannedUse, give_back_parts, use_parts
from regulars.codes.actions.space import take_code
from regulars.codes.models import Code, CodePool
from regulars.codes.queries.promises import CODE_PROMISES
from regulars.codes.queries.usable import lock_codes, uses_of_orders
from regulars.codes.rules.states import first_state
from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import post
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import open_cursor
from tests.contract.chains import open_chain
from tests.forgeries import after_forgery, broken

pytestmark = [pytest.mark.committed, pytest.mark.outside]

FORGERIES = {
    "code_counts_its_uses": "UPDATE codes SET uses = uses + 1",
    "code_pool_counts_its_uses": "UPDATE code_pools SET used = used + 1 WHERE uses_total IS NOT NULL",
    "code_pool_counts_its_holders": "DELETE FROM code_pool_holders WHERE uses > 0",
    "code_use_is_of_its_pool": "UPDATE code_uses SET pool_id = %(new)s",
}


def use_twice_give_back_once(actor: Actor, kind: str) -> None:
    now = timezone.now()
    with unit_of_work(actor.chain_id):
        pool = CodePool.objects.create(
            chain_id=actor.chain_id, external_id=kind, name=kind, kind=kind, uses_total=9, uses_per_customer=3
        )
        for first, holder in ((True, new_id()), (False, new_id())):
            code = Code(chain_id=actor.chain_id, pool=pool, text=f"CODE-{new_id().hex}", state=first_state(kind))
            take_code(actor.chain_id, "code", code.id, code.text)
            code.save(force_insert=True)
            order, cursor = new_id(), open_cursor()
            states = lock_codes(cursor, actor.chain_id, [code.id], holder_id=holder)
            post(cursor, actor, [], also=use_parts([PlannedUse(code.id, order, holder)], states, now=now))
            if first:
                uses = uses_of_orders(cursor, actor.chain_id, [order])
                post(cursor, actor, [], also=give_back_parts(uses, now=now + timedelta(seconds=1)))


def test_true_uses_are_sound_and_every_broken_promise_is_found(committed_db: DatabaseUrls) -> None:
    actor = system_actor(open_chain().chain_id)
    for kind in ("personal", "universal"):
        use_twice_give_back_once(actor, kind)
    names = {promise.name for promise in CODE_PROMISES}
    assert broken() & names == set()
    for promise, statement in FORGERIES.items():
        assert promise in after_forgery(committed_db, statement), promise
    assert names == set(FORGERIES)
    assert broken() & names == set()
