"""Vouchers in the database: issued in a set, found by their codes, one step after the other (RWD-2, RWD-3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from regulars.codes.queries.space import find_owner
from regulars.codes.rules.space import CodeOwner
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.hot import HotCursor, open_cursor
from regulars.programs.rules.validity import Validity
from regulars.vouchers.actions.due import expire_vouchers
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.parts import Return, give_back_parts, redeem_parts
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.errors import AlreadyRedeemed, NotRedeemed, RedeemedInOrder
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.rules.redeeming import Redemption
from regulars.vouchers.rules.vouchers import VoucherDraft
from tests.contract.chains import open_chain

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def actor() -> Actor:
    return system_actor(open_chain().chain_id)


def issue(actor: Actor, *drafts: VoucherDraft, now: datetime = NOW) -> list[VoucherView]:
    with unit_of_work(actor.chain_id):
        return issue_vouchers(actor, drafts or [VoucherDraft(title="A coffee")], now=now)


@contextmanager
def locked(actor: Actor, *ids: UUID) -> Iterator[tuple[HotCursor, dict[UUID, object]]]:
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        yield cursor, dict(lock_vouchers(cursor, actor.chain_id, ids))


def steps(voucher_id: UUID) -> list[tuple[str, str]]:
    return [
        (verb, state)
        for verb, state in rows(
            "SELECT verb, state FROM voucher_events WHERE voucher_id = %s ORDER BY version", [voucher_id]
        )
    ]


def test_hundreds_are_issued_at_once_each_with_a_code_of_its_own(actor: Actor) -> None:
    drafts = [VoucherDraft(title=f"Voucher {number}", benefit={"percent": "10"}) for number in range(300)]
    made = issue(actor, *drafts)
    assert [one.title for one in made] == [one.title for one in drafts]
    assert len({one.code for one in made}) == 300
    with unit_of_work(actor.chain_id):
        assert find_owner(actor.chain_id, made[7].code.lower()) == CodeOwner("voucher", made[7].id)
        assert steps(made[7].id) == [("issue", "active")]
        told = rows("SELECT count(*) FROM events WHERE chain_id = %s AND kind = 'voucher.issued'", [actor.chain_id])
        assert told == [(300,)]


def test_a_voucher_that_begins_later_is_issued_first(actor: Actor) -> None:
    begins = NOW + timedelta(days=2)
    (made,) = issue(actor, VoucherDraft(title="A coffee", starts_at=begins, validity=Validity(kind="days", count=1)))
    assert made.state == "issued"
    assert made.expires_at is not None
    assert made.expires_at > begins + timedelta(days=1)
    redeemed = redeem_voucher(actor, RedeemCommand(encode("vch", made.id)), now=begins)
    assert redeemed.state == "redeemed"


def test_an_order_redeems_and_returns_in_its_own_statement(actor: Actor) -> None:
    first, second = issue(actor, VoucherDraft(title="One"), VoucherDraft(title="Two"))
    order = new_id()
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        held = lock_vouchers(cursor, actor.chain_id, [first.id, second.id, new_id()])
        assert set(held) == {first.id, second.id}
        taken = [Redemption(voucher=one, order_id=order, is_of_order=True) for one in held.values()]
        post(cursor, actor, (), also=redeem_parts(actor, taken, now=NOW))
    with pytest.raises(Refused) as refused:
        undo_redemption(actor, encode("vch", first.id), now=NOW)
    assert refused.value.refusal == RedeemedInOrder(order=encode("ord", order))
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        held = lock_vouchers(cursor, actor.chain_id, [first.id])
        post(
            cursor,
            actor,
            (),
            also=give_back_parts(actor, [Return(voucher=held[first.id], order_id=order)], now=NOW),
        )
        assert steps(first.id) == [("issue", "active"), ("redeem", "redeemed"), ("give_back", "active")]
        assert steps(second.id) == [("issue", "active"), ("redeem", "redeemed")]
    with pytest.raises(Refused) as refused:
        undo_redemption(actor, encode("vch", first.id), now=NOW)
    assert refused.value.refusal == NotRedeemed(state="active")


def test_what_is_not_as_it_was_read_is_a_lost_race(actor: Actor) -> None:
    first, second = issue(actor, VoucherDraft(title="One"), VoucherDraft(title="Two"))
    with unit_of_work(actor.chain_id):
        stale = lock_vouchers(open_cursor(), actor.chain_id, [first.id, second.id])
    redeem_voucher(actor, RedeemCommand(encode("vch", first.id)), now=NOW)
    parts = redeem_parts(actor, [Redemption(voucher=one) for one in stale.values()], now=NOW)
    with pytest.raises(LostRace), unit_of_work(actor.chain_id):
        post(open_cursor(), actor, (), also=parts)
    with unit_of_work(actor.chain_id):
        assert steps(second.id) == [("issue", "active")]


def test_a_second_time_says_when_and_by_whom(actor: Actor) -> None:
    (made,) = issue(actor)
    redeem_voucher(actor, RedeemCommand(encode("vch", made.id)), now=NOW)
    with pytest.raises(Refused) as refused:
        redeem_voucher(actor, RedeemCommand(encode("vch", made.id)), now=NOW + timedelta(hours=1))
    assert isinstance(refused.value.refusal, AlreadyRedeemed)
    assert datetime.fromisoformat(refused.value.refusal.redeemed_at) == NOW


def test_undone_is_redeemable_again_and_cancelled_is_not(actor: Actor) -> None:
    (made,) = issue(actor)
    name = encode("vch", made.id)
    redeem_voucher(actor, RedeemCommand(name), now=NOW)
    back = undo_redemption(actor, name, reason="wrong person", now=NOW)
    assert (back.state, back.redeemed_at, back.state_reason) == ("active", None, "wrong person")
    gone = cancel_voucher(actor, name, reason="printed twice", now=NOW)
    assert (gone.state, gone.state_reason) == ("cancelled", "printed twice")
    with pytest.raises(Refused) as refused:
        redeem_voucher(actor, RedeemCommand(name), now=NOW)
    assert refused.value.refusal.code == "voucher_cancelled"


def test_undone_after_its_time_is_expired(actor: Actor) -> None:
    (made,) = issue(actor, VoucherDraft(title="A coffee", validity=Validity(kind="days", count=1)))
    name = encode("vch", made.id)
    redeem_voucher(actor, RedeemCommand(name), now=NOW)
    back = undo_redemption(actor, name, now=NOW + timedelta(days=9))
    assert back.state == "expired"


def test_the_steps_of_a_voucher_are_never_changed(actor: Actor) -> None:
    (made,) = issue(actor)
    for statement in ("UPDATE voucher_events SET state = 'active'", "DELETE FROM voucher_events"):
        with pytest.raises(DatabaseError), unit_of_work(actor.chain_id), transaction.atomic():
            execute(f"{statement} WHERE voucher_id = %s", [made.id])


def test_another_chain_has_no_such_voucher(actor: Actor) -> None:
    (made,) = issue(actor)
    other = system_actor(open_chain().chain_id)
    with pytest.raises(Refused) as refused:
        redeem_voucher(other, RedeemCommand(encode("vch", made.id)), now=NOW)
    assert refused.value.refusal.code == "not_found"
    with locked(other, made.id) as (_cursor, held):
        assert held == {}


def test_time_makes_them_active_and_ends_them(actor: Actor) -> None:
    begins = NOW + timedelta(days=2)
    later, ending, held = issue(
        actor,
        VoucherDraft(title="Later", starts_at=begins, validity=Validity(kind="days", count=1)),
        VoucherDraft(title="Ending", validity=Validity(kind="days", count=1)),
        VoucherDraft(title="Held"),
    )
    assert expire_vouchers(actor.chain_id, NOW) == 0
    assert expire_vouchers(actor.chain_id, begins) == 1
    with unit_of_work(actor.chain_id):
        assert steps(later.id) == [("issue", "issued"), ("activate", "active")]
        assert steps(ending.id) == [("issue", "active"), ("expire", "expired")]
    assert expire_vouchers(actor.chain_id, NOW + timedelta(days=90)) == 1
    assert expire_vouchers(actor.chain_id, NOW + timedelta(days=90)) == 0
    with unit_of_work(actor.chain_id):
        assert steps(held.id) == [("issue", "active")]
        told = rows("SELECT kind, count(*) FROM events WHERE kind LIKE 'voucher.%%' GROUP BY kind ORDER BY kind")
        assert told == [("voucher.activated", 1), ("voucher.expired", 2), ("voucher.issued", 3)]
