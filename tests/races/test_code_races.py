"""Codes under many tills at the same instant: each used, and each handed out, exactly as often as it may be (RWD-4)."""

from collections import Counter as Tally
from functools import partial
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.codes.actions.handing import attach_code, hand_out
from regulars.codes.actions.importing import import_codes
from regulars.codes.actions.lookup import SOURCE, find_code_owner
from regulars.codes.actions.parts import PlannedUse, use_parts
from regulars.codes.actions.pools import create_pool
from regulars.codes.actions.space import take_code
from regulars.codes.queries.usable import lock_codes, read_codes
from regulars.codes.rules.pools import PoolDraft
from regulars.codes.rules.usable import check_usable
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import decode, encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import hot_unit_of_work
from tests.ledger_kit import Counter, at_once, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 12


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def codes(counter: Counter, draft: PoolDraft, *texts: str) -> tuple[str, list[UUID]]:
    pool = create_pool(counter.actor, draft, now=timezone.now())
    import_codes(counter.actor, pool.public_id, texts, now=timezone.now())
    with unit_of_work(counter.chain_id):
        found = rows("SELECT id FROM codes WHERE pool_id = %s ORDER BY id", [pool.id])
    return pool.public_id, [one for (one,) in found]


def people(counter: Counter, count: int) -> list[str]:
    now = timezone.now()
    return [
        encode(
            "cus",
            enter_customer(
                counter.actor,
                CustomerDraft(name=f"C {n}", phones=(f"+4915123456{n:03}",)),
                country="DE",
                today=now.date(),
                now=now,
            ).id,
        )
        for n in range(count)
    ]


def use(counter: Counter, code_id: UUID, holder: UUID | None, *, locked: bool) -> str:
    """What an order does: read the code, decide, write; without a lock the write itself is the judge."""
    read = lock_codes if locked else read_codes
    try:
        with hot_unit_of_work(counter.chain_id) as cursor:
            states = read(cursor, counter.chain_id, [code_id], holder_id=holder)
            refused = check_usable(states[code_id], customer_id=holder, holder_id=holder, now=timezone.now())
            if refused:
                return refused.code
            uses = [PlannedUse(code_id, new_id(), holder)]
            post(cursor, counter.actor, [], also=use_parts(uses, states, now=timezone.now()), and_commit=True)
    except LostRace:
        return "lost"
    return "used"


@pytest.mark.parametrize("locked", [True, False])
def test_a_personal_code_is_used_once(counter: Counter, locked: bool) -> None:
    _pool, (code,) = codes(counter, PoolDraft(name="P"), "SUMMER-0001")
    outcomes = Tally(at_once([partial(use, counter, code, None, locked=locked)] * TILLS))
    assert outcomes["used"] == 1
    assert outcomes["used"] + outcomes["code_used"] + outcomes["lost"] == TILLS


def test_a_universal_code_is_used_as_often_as_it_may_be(counter: Counter) -> None:
    draft = PoolDraft(name="U", kind="universal", uses_per_code=5, uses_per_customer=1)
    _pool, (code,) = codes(counter, draft, "AUTUMN")
    same = new_id()
    assert Tally(at_once([partial(use, counter, code, same, locked=True)] * TILLS))["used"] == 1
    outcomes = Tally(at_once([partial(use, counter, code, new_id(), locked=True) for _ in range(TILLS)]))
    assert outcomes["used"] == 4
    with unit_of_work(counter.chain_id):
        assert rows("SELECT uses, state FROM codes WHERE id = %s", [code]) == [(5, "used")]
        assert rows("SELECT count(*) FROM code_uses WHERE code_id = %s", [code]) == [(5,)]


def test_two_attach_the_same_code(counter: Counter) -> None:
    _pool, (code,) = codes(counter, PoolDraft(name="P"), "SUMMER-0001")
    customers = people(counter, 6)

    def attach(customer: str) -> str:
        try:
            return str(attach_code(counter.actor, encode("cod", code), customer, now=timezone.now()).customer_id)
        except Refused as refused:
            return refused.refusal.code

    outcomes = at_once([partial(attach, customer) for customer in customers])
    assert Tally(outcomes)["code_not_possible"] == 5
    with unit_of_work(counter.chain_id):
        ((holder,),) = rows("SELECT customer_id FROM codes WHERE id = %s", [code])
    assert str(holder) in outcomes


def test_the_last_free_code_goes_to_one(counter: Counter) -> None:
    pool, _codes = codes(counter, PoolDraft(name="P"), "SUMMER-0001", "SUMMER-0002")
    customers = people(counter, 6)
    handed = at_once([partial(hand_out, counter.actor, pool, [one], now=timezone.now()) for one in customers])
    statuses = Tally(one[0].status for one in handed if isinstance(one, list))
    assert statuses == {"attached": 2, "pool_empty": 4}
    with unit_of_work(counter.chain_id):
        assert rows("SELECT count(DISTINCT customer_id) FROM codes WHERE state = 'attached'") == [(2,)]


def test_the_same_customer_at_two_tills_gets_one(counter: Counter) -> None:
    pool, _codes = codes(counter, PoolDraft(name="P"), "SUMMER-0001", "SUMMER-0002")
    (anna,) = people(counter, 1)
    handed = at_once([partial(hand_out, counter.actor, pool, [anna], now=timezone.now())] * 4)
    assert Tally(one[0].status for one in handed if isinstance(one, list)) == {"attached": 1, "kept": 3}
    assert decode("cus", anna) is not None


def test_many_guesses_at_once_count_each(counter: Counter) -> None:
    with unit_of_work(counter.chain_id):
        take_code(counter.chain_id, "voucher", new_id(), "7K3M-9PQX-2WRT-A")

    def guess(text: str) -> str:
        try:
            find_code_owner(counter.actor, text, source="till", now=timezone.now())
        except Refused as refused:
            return refused.refusal.code
        return "found"

    outcomes = Tally(at_once([partial(guess, f"GUESS {n}") for n in range(SOURCE.free + 6)]))
    assert outcomes == {"unknown_code": SOURCE.free, "too_many_attempts": 6}
