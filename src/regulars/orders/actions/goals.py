"""What the stamps of an order lead to: rewards in its own transaction, given and taken back (RWD-1, ORD-13).

A chain without goals pays nothing for them: the terms that orders are priced by say whether there are any.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs

from regulars.kernel.ids import encode
from regulars.ledger.rules.posting import Posting
from regulars.orders.actions.read import Ground
from regulars.orders.rules.decide import Decision, Earn
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.refund.booking import EffectRow
from regulars.orders.rules.refund.outcome import RewardBack
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import EarnedReward
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor
from regulars.rewards.actions.giving import GivenView
from regulars.rewards.actions.meeting import meet_goals, take_goals_back
from regulars.rewards.queries.foreseen import Change, foresee_rewards
from regulars.rewards.queries.standings import read_stamp_accounts
from regulars.rewards.rules.milestones import room_for


def met(
    cursor: HotCursor,
    actor: Actor,
    postings: Sequence[Posting],
    terms: Terms,
    *,
    order_id: UUID,
    now: datetime,
) -> tuple[list[Posting], tuple[EarnedReward, ...]]:
    """The postings of an order with those of the rounds that its stamps begin, and the rewards it brought."""
    types = {leg.balance_type_id for posting in postings if posting.kind == "earn" for leg in posting.legs}
    if terms.goal_types.isdisjoint(types):
        return list(postings), ()
    found = meet_goals(cursor, actor, postings, now=now, order_id=order_id, refuses=False)
    return [*postings, *found.postings], tuple(earned(one) for one in found.rewards)


def earned(one: GivenView) -> EarnedReward:
    """A reward as the answer of an order tells it."""
    lottery = one.drawn["lottery"] if one.drawn else None
    return EarnedReward(
        one.id, one.reward_id, one.card_id, one.kind, one.title, one.goal, one.voucher_id, lottery=lottery
    )


def foreseen(
    cursor: HotCursor, chain_id: UUID, ground: Ground, effects: Sequence[Effect], *, now: datetime
) -> tuple[EarnedReward, ...]:
    """The rewards that an order with these effects would bring if it were paid now; nothing is drawn or taken for it."""
    goal_types = ground.terms.goal_types
    if not any(one.kind == "earn" and one.balance_type_id in goal_types for one in effects):
        return ()
    account_of = ground.account_of
    changes = [
        Change(account_id, one.amount if is_earned else -one.amount, counts=is_earned)
        for one in effects
        if (account_id := account_of.get((one.card_id, one.balance_type_id)))
        for is_earned in [one.kind == "earn"]
    ]
    return tuple(
        EarnedReward(
            id=None,
            reward_id=one.reward_id,
            card_id=one.card_id,
            kind=one.kind,
            title=one.title,
            goal=one.goal,
            state="planned",
            lottery=one.title if one.kind == "lottery" else None,
        )
        for one in foresee_rewards(cursor, chain_id, changes, now=now)
    )


def within_rounds(cursor: HotCursor, ground: Ground, decision: Decision) -> Decision:
    """The decision without the stamps that the last round of a card has no place for: an order is not refused for them."""
    limited = ground.terms.limited_types
    if not any(one.balance_type_id in limited for one in decision.earns):
        return decision
    accounts = {
        ground.account_of[one.card_id, one.balance_type_id]
        for one in decision.earns
        if one.balance_type_id in limited and (one.card_id, one.balance_type_id) in ground.account_of
    }
    found = read_stamp_accounts(cursor, accounts)
    rooms = {account_id: room_for(one.milestones, one.standing) for account_id, one in found.items()}
    earns: list[Earn] = []
    for one in decision.earns:
        account_id = ground.account_of.get((one.card_id, one.balance_type_id))
        room = rooms.get(account_id) if account_id else None
        if account_id is None or room is None:
            earns.append(one)
            continue
        units = min(one.units, room)
        rooms[account_id] = room - units
        earns.append(structs.replace(one, units=units) if units != one.units else one)
    return structs.replace(decision, earns=tuple(earns))


def stamps_taken(taken: Mapping[int, int], effects: Mapping[int, EffectRow]) -> dict[UUID, int]:
    """The stamps among what is to be taken back of effects, by account; `taken` is by position."""
    by_account: dict[UUID, int] = {}
    for position, amount in taken.items():
        row = effects[position]
        if row.balance_kind == "stamps" and not row.is_closed:
            by_account[row.account_id] = by_account.get(row.account_id, 0) + amount
    return by_account


def before_taking_back(
    cursor: HotCursor, actor: Actor, stamps: Mapping[UUID, int], *, now: datetime
) -> tuple[RewardBack, ...]:
    """Before stamps are taken back from locked accounts: give rounds back, and cancel rewards that nobody used."""
    return tuple(
        RewardBack(encode("grw", one.id), one.title, one.is_kept)
        for one in take_goals_back(cursor, actor, stamps, now=now)
    )
