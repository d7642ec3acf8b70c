"""Rewards bought with points: price, stock and reward in one transaction; a cancel gives both back (RWD-2)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.actions.balances.change import (
    CardFacts,
    lock_and_read,
    plan_or_refuse,
    plan_with_enough_lots,
    post_all,
    retry_lost_races,
)
from regulars.cards.errors import CardNotActive, CardNotAssigned
from regulars.chains.queries import refuse_elsewhere
from regulars.kernel.fields import check_text
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Invalid, NotFound, Refused
from regulars.ledger.actions.post import LostRace
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import open_cursor
from regulars.programs.errors import ProgramNotActive
from regulars.rewards.actions.giving import Award, GivenView, cancel_given, give_rewards
from regulars.rewards.errors import (
    AlreadyHandedOver,
    CustomerLimit,
    NotAnAward,
    NotHandedOver,
    NotInCatalogue,
    OutOfStock,
    RewardArchived,
    RewardCancelled,
    RewardDrawn,
    RewardUsed,
)
from regulars.rewards.events import REWARD_HANDED_OVER
from regulars.rewards.queries.given import GivenReward, access_given
from regulars.rewards.queries.rewards import RewardView, access_reward
from regulars.vouchers.queries.redeemable import lock_vouchers

REASON_LENGTH_MAX: Final = 500
LOCK: Final = """
SELECT price_type_id, price, stock, per_customer, archived_at FROM rewards WHERE chain_id = %s AND id = %s
FOR NO KEY UPDATE
"""
# Of a person, whatever card they use; of a card that nobody has claimed yet, the card.
HAD: Final = """
SELECT count(*) FROM given_rewards g
JOIN cards k ON k.id = g.card_id
JOIN cards own ON own.id = %(card)s
WHERE g.reward_id = %(reward)s AND g.origin = 'catalogue' AND g.state <> 'cancelled'
    AND (k.id = own.id OR k.customer_id = own.customer_id)
"""


@retry_lost_races
def redeem_reward(actor: Actor, reward: str, card: str, *, now: datetime, location_id: UUID | None = None) -> GivenView:
    """Give a reward of the catalogue for points of a card: stock, points and reward together, or nothing.

    Refuses: Forbidden, NotFound, RewardArchived, NotInCatalogue, OutOfStock, CustomerLimit, UnknownBalanceType,
    InsufficientBalance, CardNotActive, CardNotAssigned, ProgramNotActive.
    """
    actor.require("rewards:write")
    actor.require("balances:write")
    card_id = decode("crd", card)
    if card_id is None:
        raise Refused(NotFound())
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, reward, counts=False)
        if view.archived_at is not None:
            raise Refused(RewardArchived())
        if view.price is None or view.price_type_id is None:
            raise Refused(NotInCatalogue())
        cursor = open_cursor()
        # The account first, the reward second, whoever comes: nobody waits crosswise.
        facts = lock_and_read(cursor, actor, card_id, encode("bal", view.price_type_id), None, now=now)
        _refuse_unfit(facts)
        _take_piece(actor.chain_id, view, card_id)
        plan = plan_or_refuse(plan_with_enough_lots(cursor, facts, -view.price, now=now), facts.decimals)
        posting = Posting(
            kind="redeem",
            source="catalogue",
            at=now,
            legs=(Leg(plan=plan, card_id=card_id, balance_type_id=facts.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=location_id,
            reason=view.title,
        )
        award = Award(
            reward_id=view.id,
            card_id=card_id,
            origin="catalogue",
            transaction_id=posting.id,
            location_id=location_id,
        )
        (given,) = give_rewards(cursor, actor, [award], now=now)
        post_all(cursor, actor, [posting], answer=None)
        return given


def _refuse_unfit(facts: CardFacts) -> None:
    if facts.status != "active":
        raise Refused(CardNotActive(status_of_card=facts.status))
    if facts.is_blank:
        raise Refused(CardNotAssigned())
    if facts.program_state != "active":
        raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))


def _take_piece(chain_id: UUID, view: RewardView, card_id: UUID) -> None:
    """One piece from the stock, under the lock of the reward: whoever else wants it waits, and sees what is left."""
    found = row(LOCK, [chain_id, view.id])
    assert found is not None
    price_type_id, price, stock, per_customer, archived_at = found
    if (price_type_id, price, archived_at) != (view.price_type_id, view.price, None):
        # Somebody changed it meanwhile.
        raise LostRace
    if stock == 0:
        raise Refused(OutOfStock())
    if per_customer is not None:
        had = row(HAD, {"card": card_id, "reward": view.id})
        if had is not None and had[0] >= per_customer:
            raise Refused(CustomerLimit(limit=per_customer, had=had[0]))
    execute("UPDATE rewards SET stock = stock - 1 WHERE chain_id = %s AND id = %s", [chain_id, view.id])


def cancel_reward(actor: Actor, given: str, *, reason: str = "", now: datetime) -> GivenReward:
    """Cancel a reward that nobody has used, with its voucher; what was bought gives back its points and its piece.

    Refuses: Forbidden, NotFound, Invalid, RewardCancelled, RewardUsed, RewardDrawn.
    """
    actor.require("rewards:write")
    problems = check_text(reason, "/reason", length_max=REASON_LENGTH_MAX)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        held = _lock(actor, given, now=now)
        cursor = open_cursor()
        voucher = None
        if held.voucher_id is not None:
            voucher = lock_vouchers(cursor, actor.chain_id, [held.voucher_id])[held.voucher_id]
        if held.state == "handed_over" or (voucher is not None and voucher.state == "redeemed"):
            raise Refused(RewardUsed())
        if held.origin == "catalogue" and held.drawn is not None:
            # The draw is what was bought: whoever could return it would draw until it wins.
            raise Refused(RewardDrawn())
        if held.origin == "catalogue":
            _give_back(actor, held, reason=reason, now=now)
        cancel_given(cursor, actor, [(held.id, held.card_id, voucher)], now=now, is_undone=False)
        return access_given(actor, given, now=now)


def _give_back(actor: Actor, held: GivenReward, *, reason: str, now: datetime) -> None:
    """The points to the lots they came from, and the piece to the stock."""
    assert held.transaction_id is not None
    reverse_transaction(
        actor.acting_with("balances:write"),
        encode("txn", held.transaction_id),
        reason=reason.strip() or held.title,
        now=now,
        is_whole=True,
    )
    execute("UPDATE rewards SET stock = stock + 1 WHERE chain_id = %s AND id = %s", [actor.chain_id, held.reward_id])


def hand_over(actor: Actor, given: str, *, location_id: UUID | None = None, now: datetime) -> GivenReward:
    """Mark an award as handed over, once; one of a blank card waits for somebody who holds it (CRD-10).

    Refuses: Forbidden, NotFound, NotAnAward, AlreadyHandedOver, RewardCancelled, CardNotAssigned.
    """
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        held = _lock(actor, given, now=now)
        if held.kind != "award":
            raise Refused(NotAnAward())
        if held.state == "handed_over":
            raise Refused(AlreadyHandedOver(handed_over_at=held.handed_over_at, location=held.handed_over_location))
        if row("SELECT 1 FROM cards WHERE id = %s AND customer_id IS NULL AND phone IS NULL", [held.card_id]):
            raise Refused(CardNotAssigned())
        _write(actor, held, "handed_over", {"at": now, "staff": actor.staff_id, "location": location_id}, now=now)
        announce(
            actor.chain_id,
            REWARD_HANDED_OVER,
            now=now,
            card_ids=[held.card_id],
            payload={"given_reward": encode("grw", held.id), "title": held.title},
        )
        return access_given(actor, given, now=now)


def undo_hand_over(actor: Actor, given: str, *, now: datetime) -> GivenReward:
    """Say that an award was not handed over after all.

    Refuses: Forbidden, NotFound, NotHandedOver, RewardCancelled, DoneElsewhere.
    """
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        held = _lock(actor, given, now=now)
        if held.state != "handed_over":
            raise Refused(NotHandedOver())
        refuse_elsewhere(actor, held.handed_over_location_id)
        _write(actor, held, "given", {"at": None, "staff": None, "location": None}, now=now)
        return access_given(actor, given, now=now)


def _lock(actor: Actor, given: str, *, now: datetime) -> GivenReward:
    """The reward under its lock. Refuses: NotFound, RewardCancelled."""
    found = access_given(actor, given, now=now)
    row("SELECT 1 FROM given_rewards WHERE id = %s FOR NO KEY UPDATE", [found.id])
    held = access_given(actor, given, now=now)
    if held.state == "cancelled":
        raise Refused(RewardCancelled())
    return held


def _write(actor: Actor, held: GivenReward, state: str, values: dict[str, Any], *, now: datetime) -> None:
    execute(
        "UPDATE given_rewards SET state = %(state)s, handed_over_at = %(at)s, handed_over_by = %(staff)s,"
        " handed_over_location_id = %(location)s, version = version + 1 WHERE id = %(id)s",
        values | {"state": state, "id": held.id},
    )
    record(
        actor,
        verb="reward.handed_over" if state == "handed_over" else "reward.hand_over_undone",
        object_kind="given_reward",
        object_id=held.id,
        now=now,
        location_id=values["location"],
        before={"state": held.state},
        after={"state": state},
    )
