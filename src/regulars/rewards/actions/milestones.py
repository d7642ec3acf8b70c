"""Setting the milestones of a card type, with the cards that stand above a goal already (RWD-1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.types import publish_goal
from regulars.cards.models import CardType
from regulars.cards.queries.types import access_card_type
from regulars.chains.queries import get_chain
from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import ChangedMeanwhile, FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, rows, unit_of_work
from regulars.rewards.actions.former import count_in_round, keep_rounds, lock_holders, move_rounds
from regulars.rewards.errors import CardsAboveGoal, HoldersInRound, SettlingUnderWay
from regulars.rewards.models import Milestone, Settling, StampRule
from regulars.rewards.queries.milestones import MilestonesView, find_milestones, list_cards_above
from regulars.rewards.queries.rewards import find_reward
from regulars.rewards.rules.milestones import GOALS_MAX, ROUNDS_MAX, STAMPS_MAX, Milestones, check_goals, settle

PAUSE_MAX: Final = 86_400
COUNTED_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """So many stamps bring this reward (`rwd_…` or `ext:…`)."""

    stamps: int
    reward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestonesDraft:
    """The milestones of a card type as somebody wants them; `rounds` None is without end."""

    goals: Sequence[GoalDraft] = ()
    rounds: int | None = None
    money_per_stamp: str | int | Decimal | None = None
    pause_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Above:
    """How many cards have reached a goal that they were not rewarded for, and how many rewards that would be.

    `in_round` cards are in a round whose goals would change; those are measured by the new ones here.
    """

    cards: int = 0
    rewards: int = 0
    rounds: int = 0
    in_round: int = 0


def count_above(actor: Actor, card_type: str, draft: MilestonesDraft, *, moves: bool = False) -> Above:
    """How many cards stand above a goal of this draft, and what rewarding them would give; nothing is written.

    With `moves` those that finish a round by former goals are measured by these. Refuses: Forbidden, NotFound, Invalid.
    """
    actor.require("rewards:read")
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, card_type)
        milestones, rewards, _ = _read(actor, draft, {one.kind for one in view.program.balance_types})
        changes = _changes(find_milestones(actor.chain_id, view.id), rewards)
        counted = _count(actor.chain_id, view.id, milestones, moves=changes or moves) if milestones else Above()
        return replace(counted, in_round=count_in_round(actor.chain_id, view.id) if changes else 0)


def _count(chain_id: UUID, card_type_id: UUID, milestones: Milestones, *, moves: bool = False) -> Above:
    cards = rewards = rounds = 0
    after: UUID | None = None
    while True:
        found = list_cards_above(chain_id, card_type_id, milestones, after=after, limit=COUNTED_AT_ONCE, moves=moves)
        for one in found:
            gained = settle(one.milestones, one.standing)
            cards += bool(gained.reached)
            rewards += len(gained.reached)
            rounds += len(gained.begun) if gained.reached else 0
        if len(found) < COUNTED_AT_ONCE:
            return Above(cards, rewards, rounds)
        after = found[-1].card_id


def set_milestones(
    actor: Actor,
    card_type: str,
    draft: MilestonesDraft,
    *,
    above: str | None,
    holders: str | None = None,
    defer: Callable[[UUID, UUID], None],
    now: datetime,
    version: int | None = None,
) -> MilestonesView:
    """Set the goals of a card type and what becomes of cards above one: `reward` or `leave`, in the background.

    Where goals or their rewards change under cards that are in a round, `holders` says how these move over: `move` at once,
    `finish_round` with their next round. Stamps that come meanwhile do not wait: what a card has is settled by whichever
    comes first. Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile, HoldersInRound and CardsAboveGoal where there are
    such cards and nothing is said of them, SettlingUnderWay.
    """
    actor.require("promotions:write")
    if above not in (None, "reward", "leave"):
        raise Refused(Invalid(errors=(FieldProblem("/above", "unknown_value", "One of: reward, leave."),)))
    if holders not in (None, "move", "finish_round"):
        raise Refused(Invalid(errors=(FieldProblem("/holders", "unknown_value", "One of: move, finish_round."),)))
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, card_type)
        one = CardType.objects.select_for_update(no_key=True).get(id=view.id)
        before = find_milestones(actor.chain_id, view.id)
        if version is not None and version != before.version:
            raise Refused(ChangedMeanwhile())
        if before.settling is not None and before.settling.state != "done":
            raise Refused(SettlingUnderWay())
        milestones, rewards, money = _read(actor, draft, {one.kind for one in view.program.balance_types})
        in_round = _move_over(actor.chain_id, before, rewards, holders)
        finishes = bool(in_round) and holders == "finish_round"
        counted = _count(actor.chain_id, view.id, milestones) if milestones and not finishes else Above()
        if counted.cards and above is None:
            raise Refused(CardsAboveGoal(cards=counted.cards, rewards=counted.rewards))
        _write(actor.chain_id, view.id, draft, milestones, rewards, money)
        if _goals_of(before) != rewards:
            goal = milestones.size if milestones else one.goal
            publish_goal(actor.chain_id, one, goal=goal, has_goals=milestones is not None, now=now)
        if counted.cards:
            assert above is not None
            started = Settling.objects.create(
                chain_id=actor.chain_id,
                card_type_id=view.id,
                choice=above,
                total=counted.cards,
                started_by=actor.staff_id,
                created_at=now,
            )
            defer(actor.chain_id, started.id)
        after = find_milestones(actor.chain_id, view.id)
        record(
            actor,
            verb="milestones.set",
            object_kind="card_type",
            object_id=view.id,
            now=now,
            before=_facts(before),
            after=_facts(after)
            | ({"above": above, "cards_above": counted.cards} if counted.cards else {})
            | ({"holders": holders, "cards_in_round": in_round} if in_round else {}),
        )
        return after


def _goals_of(view: MilestonesView) -> dict[int, UUID]:
    return {one.stamps: one.reward_id for one in view.goals}


def _changes(before: MilestonesView, rewards: dict[int, UUID]) -> bool:
    """Whether other goals or rewards take the place of some that there were."""
    return bool(before.goals) and _goals_of(before) != rewards


def _move_over(chain_id: UUID, before: MilestonesView, rewards: dict[int, UUID], holders: str | None) -> int:
    """Let the holders of a card type move over as was said; how many cards are in a round that it concerns.

    Refuses: HoldersInRound where nothing is said of them, Invalid where there would be no next round to move over with.
    """
    changes, card_type_id = _changes(before, rewards), before.card_type_id
    if not changes and holders != "move":
        return 0
    if changes and not rewards and holders == "finish_round":
        detail = "Without goals there is no next round: holders move over at once."
        raise Refused(Invalid(errors=(FieldProblem("/holders", "unknown_value", detail),)))
    choices = ("move", "finish_round") if rewards else ("move",)
    unsaid = count_in_round(chain_id, card_type_id) if holders is None else 0
    if unsaid:
        raise Refused(HoldersInRound(cards=unsaid, choices=choices))
    lock_holders(chain_id, card_type_id)
    in_round = count_in_round(chain_id, card_type_id)
    if in_round and holders is None:
        raise Refused(HoldersInRound(cards=in_round, choices=choices))
    if holders == "finish_round":
        keep_rounds(chain_id, card_type_id, edition=before.version)
    else:
        move_rounds(chain_id, card_type_id)
    return in_round


def _read(
    actor: Actor, draft: MilestonesDraft, kinds: set[str]
) -> tuple[Milestones | None, dict[int, UUID], int | None]:
    """The draft as values. Refuses: Invalid."""
    problems: list[FieldProblem] = []
    rewards: dict[int, UUID] = {}
    if "stamps" not in kinds:
        problems.append(FieldProblem("/goals", "no_stamps", "Only a card that counts stamps has goals."))
    if len(draft.goals) > GOALS_MAX:
        problems.append(FieldProblem("/goals", "out_of_range", f"At most {GOALS_MAX} goals."))
    wrong = check_goals([one.stamps for one in draft.goals])
    if wrong is not None:
        place, code = wrong
        problems.append(FieldProblem(f"/goals/{place}/stamps", code, _ERRORS[code]))
    for place, goal in enumerate(draft.goals[:GOALS_MAX]):
        found = find_reward(actor.chain_id, goal.reward, counts=False)
        if found is None or found.archived_at is not None:
            detail = "There is no such reward, or it is put away."
            problems.append(FieldProblem(f"/goals/{place}/reward", "unknown_value", detail))
        else:
            rewards[goal.stamps] = found.id
    if draft.rounds is not None and not 1 <= draft.rounds <= ROUNDS_MAX:
        detail = f"A whole number from 1 to {ROUNDS_MAX}, or nothing for rounds without end."
        problems.append(FieldProblem("/rounds", "out_of_range", detail))
    if not 0 <= draft.pause_seconds <= PAUSE_MAX:
        problems.append(FieldProblem("/pause_seconds", "out_of_range", "0 to 86400 seconds."))
    money = _money(actor, draft.money_per_stamp, problems)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    milestones = Milestones(tuple(sorted(rewards)), draft.rounds) if rewards else None
    return milestones, rewards, money


_ERRORS: Final = {
    "out_of_range": f"A goal is a whole number from 1 to {STAMPS_MAX}.",
    "duplicate": "Two goals have the same number of stamps.",
}


def _money(actor: Actor, value: str | int | Decimal | None, problems: list[FieldProblem]) -> int | None:
    if value is None:
        return None
    try:
        money = parse_amount(value, get_chain(actor.chain_id).currency_decimals)
    except AmountProblem as problem:
        problems.append(FieldProblem("/money_per_stamp", problem.code, "An amount of money like 5.00."))
        return None
    if money <= 0:
        problems.append(FieldProblem("/money_per_stamp", "out_of_range", "An amount above zero."))
    return money


def _write(
    chain_id: UUID,
    card_type_id: UUID,
    draft: MilestonesDraft,
    milestones: Milestones | None,
    rewards: dict[int, UUID],
    money: int | None,
) -> None:
    execute("DELETE FROM milestones WHERE chain_id = %s AND card_type_id = %s", [chain_id, card_type_id])
    Milestone.objects.bulk_create(
        Milestone(chain_id=chain_id, card_type_id=card_type_id, stamps=stamps, reward_id=reward_id)
        for stamps, reward_id in sorted(rewards.items())
    )
    rule, is_new = StampRule.objects.get_or_create(card_type_id=card_type_id, defaults={"chain_id": chain_id})
    rule.rounds = draft.rounds if milestones else None
    rule.money_per_stamp = money
    rule.pause_seconds = draft.pause_seconds
    rule.version += not is_new
    rule.save()


def _facts(view: MilestonesView) -> dict[str, Any]:
    return {
        "goals": [{"stamps": one.stamps, "reward": one.title} for one in view.goals],
        "rounds": view.rounds,
        "money_per_stamp": view.money_per_stamp,
        "pause_seconds": view.pause_seconds,
    }


def unsettled(actor: Actor, card_type: str) -> Above:
    """How many cards stand above a goal as the goals are now: by an import, say. Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    view = access_card_type(actor, card_type)
    found = find_milestones(actor.chain_id, view.id)
    if not found.goals:
        return Above()
    return _count(actor.chain_id, view.id, Milestones(tuple(one.stamps for one in found.goals), found.rounds))


def start_settling(
    actor: Actor, card_type: str, *, choice: str, defer: Callable[[UUID, UUID], None], now: datetime
) -> MilestonesView:
    """Reward or leave the cards that stand above a goal now. Refuses: Forbidden, NotFound, Invalid, SettlingUnderWay."""
    actor.require("promotions:write")
    if choice not in ("reward", "leave"):
        raise Refused(Invalid(errors=(FieldProblem("/choice", "unknown_value", "One of: reward, leave."),)))
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, card_type)
        CardType.objects.select_for_update(no_key=True).get(id=view.id)
        before = find_milestones(actor.chain_id, view.id)
        if before.settling is not None and before.settling.state != "done":
            raise Refused(SettlingUnderWay())
        counted = unsettled(actor, card_type)
        started = Settling.objects.create(
            chain_id=actor.chain_id,
            card_type_id=view.id,
            choice=choice,
            total=counted.cards,
            started_by=actor.staff_id,
            created_at=now,
        )
        defer(actor.chain_id, started.id)
        return find_milestones(actor.chain_id, view.id)


def waiting_settlings(chain_id: UUID) -> list[UUID]:
    """Work on cards above a goal that is not done."""
    found = rows("SELECT id FROM settlings WHERE chain_id = %s AND state <> 'done' ORDER BY id", [chain_id])
    return [values[0] for values in found]
