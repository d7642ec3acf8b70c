"""Codes are used by orders exactly as often as they may be, and given back as they were (RWD-4)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from regulars.codes.actions.forgetting import forget_holders
from regulars.codes.actions.parts import PlannedUse, give_back_parts, use_parts
from regulars.codes.actions.pools import change_pool
from regulars.codes.actions.space import take_code
from regulars.codes.errors import (
    CodeExpired,
    CodeNeedsCustomer,
    CodeNotActivated,
    CodeNotValidYet,
    CodeOfAnother,
    CodePoolResting,
    CodeUsed,
    CodeUsesExhausted,
)
from regulars.codes.models import Code, CodePool, CodePoolHolder
from regulars.codes.queries.usable import find_owners, lock_codes, uses_of_orders
from regulars.codes.rules.pools import PoolDraft
from regulars.codes.rules.states import first_state
from regulars.codes.rules.usable import CodeState, check_usable, uses_left
from regulars.customers.actions.records import enter_customer
from regulars.customers.events import CustomersRemoved
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode, new_id
from regulars.ledger.actions.post import LostRace, post
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import open_cursor
from tests.contract.chains import open_chain

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@dataclass
class Shop:
    actor: Actor

    def pool(self, **values: Any) -> CodePool:
        with unit_of_work(self.actor.chain_id):
            return CodePool.objects.create(
                chain_id=self.actor.chain_id, external_id=f"p{new_id().hex}", name="Spring", **values
            )

    def code(self, pool: CodePool, **values: Any) -> UUID:
        made = Code(
            chain_id=self.actor.chain_id, pool=pool, text=f"SPRING-{new_id().hex}", state=first_state(pool.kind)
        )
        for name, value in values.items():
            setattr(made, name, value)
        with unit_of_work(self.actor.chain_id):
            take_code(self.actor.chain_id, "code", made.id, made.text)
            made.save(force_insert=True)
        return made.id

    def use(self, *uses: PlannedUse) -> None:
        with unit_of_work(self.actor.chain_id):
            holder = uses[0].holder_id
            states = lock_codes(open_cursor(), self.actor.chain_id, [one.code_id for one in uses], holder_id=holder)
            self.write(uses, states)

    def write(self, uses: Any, states: dict[UUID, CodeState]) -> None:
        post(open_cursor(), self.actor, [], also=use_parts(uses, states, now=NOW))

    def give_back(self, order_id: UUID) -> None:
        with unit_of_work(self.actor.chain_id):
            uses = uses_of_orders(open_cursor(), self.actor.chain_id, [order_id])
            post(open_cursor(), self.actor, [], also=give_back_parts(uses, now=NOW))

    def read(self, code_id: UUID, holder_id: UUID | None = None) -> CodeState:
        with unit_of_work(self.actor.chain_id):
            return lock_codes(open_cursor(), self.actor.chain_id, [code_id], holder_id=holder_id)[code_id]


@pytest.fixture
def shop() -> Shop:
    return Shop(system_actor(open_chain().chain_id))


def test_a_personal_code_is_used_once_and_comes_back(shop: Shop) -> None:
    code, order = shop.code(shop.pool()), new_id()
    shop.use(PlannedUse(code, order, None))
    used = shop.read(code)
    assert (used.state, used.uses, uses_left(used)) == ("used", 1, 0)
    assert isinstance(check_usable(used, customer_id=None, holder_id=None, now=NOW), CodeUsed)
    shop.give_back(order)
    back = shop.read(code)
    assert (back.state, back.uses, back.used_at) == ("free", 0, None)
    shop.use(PlannedUse(code, order, None))
    assert shop.read(code).state == "used"


def test_what_was_read_and_is_no_longer_so_is_a_lost_race(shop: Shop) -> None:
    code = shop.code(shop.pool())
    before = {code: shop.read(code)}
    shop.use(PlannedUse(code, new_id(), None))
    with pytest.raises(LostRace), unit_of_work(shop.actor.chain_id):
        shop.write([PlannedUse(code, new_id(), None)], before)


def test_a_use_is_given_back_once(shop: Shop) -> None:
    code, order = shop.code(shop.pool(kind="universal", uses_per_code=5)), new_id()
    shop.use(PlannedUse(code, order, None))
    shop.use(PlannedUse(code, new_id(), None))
    with unit_of_work(shop.actor.chain_id):
        uses = uses_of_orders(open_cursor(), shop.actor.chain_id, [order])
    shop.give_back(order)
    with pytest.raises(LostRace), unit_of_work(shop.actor.chain_id):
        post(open_cursor(), shop.actor, [], also=give_back_parts(uses, now=NOW))
    assert shop.read(code).uses == 1


def test_limits_hold_for_the_code_the_pool_and_each_customer(shop: Shop) -> None:
    pool = shop.pool(kind="universal", uses_per_code=4, uses_total=5, uses_per_customer=2)
    code, other = shop.code(pool), shop.code(pool)
    anna, ben = new_id(), new_id()
    orders = [new_id() for _ in range(3)]
    shop.use(*(PlannedUse(code, order, anna) for order in orders[:2]))
    again = shop.read(code, anna)
    assert (again.uses, again.holder_uses, uses_left(again)) == (2, 2, 2)
    refused = check_usable(again, customer_id=anna, holder_id=anna, now=NOW)
    assert refused == CodeUsesExhausted(per_customer=2)
    assert isinstance(check_usable(again, customer_id=None, holder_id=None, now=NOW), CodeNeedsCustomer)
    with pytest.raises(LostRace), unit_of_work(shop.actor.chain_id):
        shop.write([PlannedUse(code, new_id(), anna)], {code: again})
    shop.use(*(PlannedUse(code, new_id(), ben) for _ in range(2)))
    assert shop.read(code).state == "used"
    shop.use(PlannedUse(other, orders[2], new_id()))
    full = {other: shop.read(other)}
    with pytest.raises(LostRace), unit_of_work(shop.actor.chain_id):
        shop.write([PlannedUse(other, new_id(), new_id())], full)
    shop.give_back(orders[0])
    assert (shop.read(code, anna).state, shop.read(code, anna).holder_uses) == ("active", 1)
    with unit_of_work(shop.actor.chain_id):
        assert CodePool.objects.get(id=pool.id).used == 4
        assert sorted(CodePoolHolder.objects.filter(pool=pool).values_list("uses", flat=True)) == [1, 1, 2]


def test_who_may_use_a_code_and_when(shop: Shop) -> None:
    anna, ben = new_id(), new_id()

    def verdict(customer: UUID | None = None, **values: Any) -> Any:
        base: dict[str, Any] = {"kind": "personal", "pool_state": "active", "state": "free", "uses": 0}
        code = CodeState(id=new_id(), text="X", pool_id=new_id(), pool_name="P", **(base | values))
        refused = check_usable(code, customer_id=customer, holder_id=customer, now=NOW)
        return type(refused) if refused else None

    assert verdict() is None
    assert verdict(state="attached", customer_id=anna, customer=anna) is None
    assert verdict(state="attached", customer_id=anna, customer=ben) is CodeOfAnother
    assert verdict(state="attached", customer_id=anna) is CodeOfAnother
    of_anna: dict[str, Any] = {"state": "attached", "customer_id": anna, "customer": ben}
    for more in ({"state": "used"}, {"state": "expired"}, {"pool_state": "paused"}, {"valid_until": NOW}):
        assert verdict(**(of_anna | more)) is CodeOfAnother
    assert verdict(needs_activation=True) is CodeNotActivated
    assert verdict(needs_activation=True, state="attached", customer_id=anna, customer=anna) is CodeNotActivated
    assert verdict(needs_activation=True, state="active", customer_id=anna, customer=anna) is None
    assert verdict(pool_state="paused") is CodePoolResting
    assert verdict(valid_from=NOW + timedelta(seconds=1)) is CodeNotValidYet
    assert verdict(valid_from=NOW) is None
    assert verdict(valid_until=NOW) is CodeExpired
    assert verdict(state="expired") is CodeExpired
    assert verdict(state="used") is CodeUsed
    assert verdict(kind="universal", state="active", uses=7) is None
    assert verdict(kind="universal", state="active", uses=7, uses_per_code=7) is CodeUsesExhausted


def test_a_limit_per_customer_counts_what_was_used_before(shop: Shop) -> None:
    pool = shop.pool(kind="universal", uses_per_customer=5)
    code, anna, ben, order = shop.code(pool), new_id(), new_id(), new_id()
    shop.use(PlannedUse(code, order, anna))
    draft = PoolDraft(name="Spring", kind="universal")
    change_pool(shop.actor, encode("cpl", pool.id), draft, now=NOW)
    shop.use(PlannedUse(code, new_id(), anna))
    shop.use(PlannedUse(code, new_id(), ben))
    shop.give_back(order)
    change_pool(shop.actor, encode("cpl", pool.id), replace(draft, uses_per_customer=1), now=NOW)
    assert shop.read(code, anna).holder_uses == shop.read(code, ben).holder_uses == 1
    refused = check_usable(shop.read(code, ben), customer_id=ben, holder_id=ben, now=NOW)
    assert refused == CodeUsesExhausted(per_customer=1)


def test_a_code_of_who_was_erased_ends_where_an_open_order_gives_it_back(shop: Shop) -> None:
    anna = enter_customer(
        shop.actor, CustomerDraft(name="Anna", phones=("0151 23456789",)), country="DE", today=NOW.date(), now=NOW
    ).id
    code, order = shop.code(shop.pool(), state="attached", customer_id=anna), new_id()
    shop.use(PlannedUse(code, order, anna))
    with unit_of_work(shop.actor.chain_id):
        forget_holders(shop.actor, CustomersRemoved(customer_ids=(anna,), now=NOW))
    assert shop.read(code).state == "used"
    shop.give_back(order)
    assert shop.read(code).state == "expired"


def test_codes_are_found_many_at_once(shop: Shop) -> None:
    pool = shop.pool()
    code = shop.code(pool)
    text = shop.read(code).text
    with unit_of_work(shop.actor.chain_id):
        found = find_owners(open_cursor(), shop.actor.chain_id, [text.lower(), "nothing"])
    assert {key: owner.owner_id for key, owner in found.items()} == {text.lower(): code}
