"""Routes of milestones and stamps."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.cards.actions.balances import Posted
from regulars.cards.errors import AboveLimit, CardNotActive, NotValidHere
from regulars.cards.queries.cards import access_card
from regulars.cards.queries.types import access_card_type
from regulars.chains.queries import get_chain, where_it_happens
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.errors import BalanceTooLarge
from regulars.platform.api.answers import Answer, accepted, answer, created
from regulars.platform.api.fields import AmountIn, AmountOut, In, Out, ReferenceIn, TimeOut, WholeIn
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.errors import ProgramNotActive
from regulars.rewards.actions.giving import GivenView
from regulars.rewards.actions.milestones import (
    Above,
    GoalDraft,
    MilestonesDraft,
    count_above,
    set_milestones,
    start_settling,
    unsettled,
)
from regulars.rewards.actions.stamps import StampCommand, stamp_card
from regulars.rewards.errors import (
    CardFull,
    CardsAboveGoal,
    HoldersInRound,
    NoStamps,
    SettlingUnderWay,
    StampedRecently,
)
from regulars.rewards.jobs import defer_settling
from regulars.rewards.queries.milestones import CardStanding, MilestonesView, find_card_standing, find_milestones

routes = Routes("Milestones")


class MilestoneGoalIn(In):
    """So many stamps bring this reward."""

    stamps: WholeIn
    reward: ReferenceIn


class MilestonesIn(In):
    """The goals of a card type. `above` says what becomes of cards that have reached one already, `holders` how those whose
    round is running move over to other goals."""

    goals: Annotated[list[MilestoneGoalIn], Field(max_length=20)]
    rounds: Annotated[WholeIn | None, Field(description="How many rounds a card goes through; nothing for no end.")] = (
        None
    )
    money_per_stamp: Annotated[
        AmountIn | None, Field(description="The purchase that a stamp is given for, where stamps are given for money.")
    ] = None
    pause_seconds: Annotated[WholeIn, Field(description="So soon again, a card is stamped only if it is meant.")] = 60
    above: Literal["reward", "leave"] | None = None
    holders: Annotated[
        Literal["move", "finish_round"] | None,
        Field(description="`move`: at once; `finish_round`: the round that runs goes on by the goals as they were."),
    ] = None


class GoalsToCountIn(In):
    """Goals that are thought of."""

    goals: Annotated[list[MilestoneGoalIn], Field(max_length=20)]
    rounds: WholeIn | None = None


class SettleIn(In):
    """What becomes of cards that stand above a goal now."""

    choice: Literal["reward", "leave"]


class MilestoneGoalOut(Out):
    """A goal and its reward."""

    stamps: int
    reward: str
    title: str
    kind: Literal["award", "voucher", "lottery"]


class SettlingOut(Out):
    """How far the work on cards above a goal has come."""

    id: str
    choice: Literal["reward", "leave"]
    state: Literal["waiting", "running", "done"]
    total: int
    done: int
    rewards: int
    created_at: TimeOut
    finished_at: TimeOut | None


class MilestonesOut(Out):
    """The goals of a card type."""

    card_type: str
    goals: list[MilestoneGoalOut]
    rounds: int | None
    money_per_stamp: AmountOut | None
    pause_seconds: int
    settling: SettlingOut | None
    version: int


class CardsAboveOut(Out):
    """Cards that have reached a goal they were not rewarded for, and what rewarding them would give.

    `in_round` cards are in a round whose goals these would change.
    """

    cards: int
    rewards: int
    rounds: int
    in_round: int


class StampIn(In):
    """Stamps for a card: `count` of them, or what a purchase of `amount` is worth."""

    count: WholeIn | None = None
    amount: AmountIn | None = None
    location: ReferenceIn | None = None
    source: Literal["staff", "kiosk", "autopilot", "receipt", "insert", "pos", "api"] | None = None
    again: Annotated[bool, Field(description="Another visit, said on purpose.")] = False


class StampRewardOut(Out):
    """A reward that these stamps brought."""

    id: str
    kind: Literal["award", "voucher", "nothing"]
    title: str
    goal: int | None
    voucher: str | None
    voucher_code: str | None


class NextGoalOut(Out):
    """What a card gets next, and how many stamps are missing."""

    goal: int
    missing: int
    title: str


class StandingOut(Out):
    """Where a card stands: the stamps of its round, the round, and what is next; nothing is next on a full last round."""

    stamps: int
    goal: int
    round: int
    rounds: int | None
    next: NextGoalOut | None


class StampsOut(Out):
    """The transaction that gave the stamps; `balance_after` is before a round that it began took its own."""

    id: Annotated[str, Field(examples=["txn_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    card: str
    at: TimeOut
    amount: AmountOut
    balance_after: AmountOut
    balance_type: str
    source: str
    staff: str | None
    location: str | None


class StampedOut(Out):
    """What became of the stamps. `refused` had no place in the last round of the card."""

    transaction: StampsOut
    given: int
    refused: int
    rewards: list[StampRewardOut]
    standing: StandingOut | None


@routes.get("/card-types/{card_type}/milestones", needs="rewards:read", answers={200: MilestonesOut})
def get_milestones(request: ApiRequest, card_type: str) -> Answer:
    """Read the milestones of a card type."""
    found = access_card_type(request.actor, check_reference(card_type))
    view = find_milestones(request.actor.chain_id, found.id)
    return answer(_present(request, view), version=view.version)


@routes.put(
    "/card-types/{card_type}/milestones",
    needs="promotions:write",
    answers={200: MilestonesOut},
    refuses=[HoldersInRound, CardsAboveGoal, SettlingUnderWay],
)
def put_milestones(request: ApiRequest, card_type: str, body: MilestonesIn) -> Answer:
    """Set the milestones of a card type.

    Where goals or their rewards change while cards are in a round, `holders_in_round` tells how many; send it again with
    `holders`: `move` measures their stamps by the new goals at once, `finish_round` lets them finish the round by the former
    ones. With goals that stay as they are, `move` brings over whoever still finishes a round by former ones.

    Where cards have reached a goal already, `cards_above_goal` tells how many; send it again with `above`: `reward` gives
    them what they have reached, in the background, `leave` leaves them as they are.
    """
    draft = MilestonesDraft(
        goals=_goals(body.goals),
        rounds=body.rounds,
        money_per_stamp=body.money_per_stamp,
        pause_seconds=body.pause_seconds,
    )
    view = set_milestones(
        request.actor,
        check_reference(card_type),
        draft,
        above=body.above,
        holders=body.holders,
        defer=defer_settling,
        now=request.now,
        version=expected_version(request),
    )
    return answer(_present(request, view), version=view.version)


@routes.post("/card-types/{card_type}/milestones/count", needs="rewards:read", answers={200: CardsAboveOut})
def count_cards_above(request: ApiRequest, card_type: str, body: GoalsToCountIn) -> Answer:
    """Count the cards that have reached one of these goals already; nothing is changed."""
    draft = MilestonesDraft(goals=_goals(body.goals), rounds=body.rounds)
    return answer(_above(count_above(request.actor, check_reference(card_type), draft)))


@routes.get("/card-types/{card_type}/milestones/above", needs="rewards:read", answers={200: CardsAboveOut})
def get_cards_above(request: ApiRequest, card_type: str) -> Answer:
    """Count the cards that stand above a goal as the goals are now: after an import or a transfer, say."""
    return answer(_above(unsettled(request.actor, check_reference(card_type))))


@routes.post(
    "/card-types/{card_type}/milestones/settle",
    needs="promotions:write",
    answers={202: MilestonesOut},
    refuses=[SettlingUnderWay],
    key="required",
)
def settle_cards_above(request: ApiRequest, card_type: str, body: SettleIn) -> Answer:
    """Reward or leave the cards that stand above a goal now, in the background."""
    view = start_settling(
        request.actor, check_reference(card_type), choice=body.choice, defer=defer_settling, now=request.now
    )
    return accepted(_present(request, view))


@routes.post(
    "/cards/{card}/stamps",
    needs="balances:write",
    answers={201: StampedOut},
    refuses=[
        NotFound,
        NoStamps,
        NotValidHere,
        StampedRecently,
        CardFull,
        CardNotActive,
        ProgramNotActive,
        AboveLimit,
        BalanceTooLarge,
    ],
    key="required",
)
def stamp_one_card(request: ApiRequest, card: str, body: StampIn) -> Answer:
    """Give a card stamps, with the rewards that they bring.

    Within the pause of the card type it answers `stamped_recently` with `at`; `again` says that another visit is meant. At a
    `location` where the card is not valid it answers `not_valid_here` with `places`.
    """
    stamped = stamp_card(
        request.actor,
        StampCommand(
            card=check_reference(card),
            count=body.count,
            amount=body.amount,
            location_id=where_it_happens(request.actor, body.location),
            source=body.source,
            again=body.again,
        ),
        now=request.now,
    )
    standing = find_card_standing(request.actor.chain_id, stamped.posted.card_id)
    return created(
        {
            "transaction": _stamps(stamped.posted),
            "given": stamped.given,
            "refused": stamped.refused,
            "rewards": [_reward(one) for one in stamped.rewards],
            "standing": present_standing(standing) if standing else None,
        }
    )


@routes.get("/cards/{card}/standing", needs="cards:read", answers={200: StandingOut}, refuses=[NoStamps])
def get_standing(request: ApiRequest, card: str) -> Answer:
    """Where a card stands among its goals, and what it gets next."""
    found = access_card(request.actor, check_reference(card), now=request.now)
    standing = find_card_standing(request.actor.chain_id, found.id)
    if standing is None:
        raise Refused(NoStamps())
    return answer(present_standing(standing))


def _stamps(posted: Posted) -> dict[str, Any]:
    return {
        "id": encode("txn", posted.transaction_id),
        "card": encode("crd", posted.card_id),
        "at": posted.at,
        "amount": format_amount(posted.amount, posted.decimals),
        "balance_after": format_amount(posted.balance_after, posted.decimals),
        "balance_type": posted.balance_type,
        "source": posted.source,
        "staff": public_id("stf", posted.staff_id),
        "location": public_id("loc", posted.location_id),
    }


def _goals(goals: list[MilestoneGoalIn]) -> list[GoalDraft]:
    return [GoalDraft(one.stamps, check_reference(one.reward)) for one in goals]


def _above(above: Above) -> dict[str, Any]:
    return {"cards": above.cards, "rewards": above.rewards, "rounds": above.rounds, "in_round": above.in_round}


def _reward(one: GivenView) -> dict[str, Any]:
    return {
        "id": encode("grw", one.id),
        "kind": one.kind,
        "title": one.title,
        "goal": one.goal,
        "voucher": public_id("vch", one.voucher_id),
        "voucher_code": one.code,
    }


def present_standing(standing: CardStanding) -> dict[str, Any]:
    """Where a card stands, as the API writes it."""
    following, reward = standing.next, standing.next_reward
    return {
        "stamps": standing.standing.stamps,
        "goal": standing.size,
        "round": standing.round,
        "rounds": standing.milestones.rounds,
        "next": {"goal": following.goal, "missing": following.missing, "title": reward.title}
        if following and reward
        else None,
    }


def _present(request: ApiRequest, view: MilestonesView) -> dict[str, Any]:
    decimals = get_chain(request.actor.chain_id).currency_decimals
    work = view.settling
    return {
        "card_type": encode("ctp", view.card_type_id),
        "goals": [
            {"stamps": one.stamps, "reward": encode("rwd", one.reward_id), "title": one.title, "kind": one.kind}
            for one in view.goals
        ],
        "rounds": view.rounds,
        "money_per_stamp": None if view.money_per_stamp is None else format_amount(view.money_per_stamp, decimals),
        "pause_seconds": view.pause_seconds,
        "settling": {
            "id": encode("set", work.id),
            "choice": work.choice,
            "state": work.state,
            "total": work.total,
            "done": work.done,
            "rewards": work.rewards,
            "created_at": work.created_at,
            "finished_at": work.finished_at,
        }
        if work
        else None,
        "version": view.version,
    }
