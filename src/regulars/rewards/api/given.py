"""Routes of what cards got: handing over, cancelling."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from regulars.cards.errors import CardNotAssigned
from regulars.chains.errors import DoneElsewhere
from regulars.chains.queries import where_it_happens
from regulars.kernel.ids import decode, encode
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import AmountOut, Flag, In, Out, ReferenceIn, TimeOut
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.rewards.actions.catalogue import cancel_reward, hand_over, undo_hand_over
from regulars.rewards.errors import (
    AlreadyHandedOver,
    NotAnAward,
    NotHandedOver,
    RewardCancelled,
    RewardDrawn,
    RewardUsed,
)
from regulars.rewards.queries.given import GivenFilter, GivenReward, access_given, list_given

routes = Routes("Given rewards")


class DrawnVariantOut(Out):
    """A variant as it was when it was drawn."""

    title: str
    probability: AmountOut


class DrawOut(Out):
    """How a lottery was drawn: one of a million numbers, and whose it was. Written before anybody saw it."""

    lottery: str
    number: int
    variant: int
    variants: list[DrawnVariantOut]


class GivenRewardOut(Out):
    """A reward that a card got. `voucher_code` is told once, to whoever has it issued."""

    id: Annotated[str, Field(examples=["grw_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    reward: str
    card: str
    origin: Literal["milestone", "catalogue"]
    kind: Literal["award", "voucher", "nothing"]
    title: str
    description: str
    state: Literal["given", "handed_over", "cancelled"]
    goal: int | None
    round: int | None
    voucher: str | None
    voucher_state: Literal["issued", "active", "redeemed", "expired", "cancelled"] | None
    voucher_code: str | None
    draw: DrawOut | None
    order: str | None
    transaction: str | None
    given_at: TimeOut
    handed_over_at: TimeOut | None
    handed_over_location: str | None
    cancelled_at: TimeOut | None
    version: int


class GivenRewardList(Out):
    """What cards got, newest first."""

    items: list[GivenRewardOut]
    next_cursor: str | None


class GivenFilters(Paged):
    """Which of them. `open` are those that wait to be handed over or redeemed."""

    card: ReferenceIn | None = None
    reward: ReferenceIn | None = None
    state: Literal["given", "handed_over", "cancelled"] | None = None
    open: Flag = False


class HandOverIn(In):
    """Where it happens."""

    location: ReferenceIn | None = None


class GivenCancelIn(In):
    """Why."""

    reason: Annotated[str, Field(max_length=500)] = ""


@routes.get("/given-rewards", needs="rewards:read", answers={200: GivenRewardList})
def list_given_rewards(request: ApiRequest, filters: Query[GivenFilters]) -> Answer:
    """List what cards got."""
    wanted = GivenFilter(
        card_id=decode("crd", filters.card) if filters.card else None,
        reward_id=decode("rwd", filters.reward) if filters.reward else None,
        state=filters.state or "",
        is_open=filters.open,
    )
    if (filters.card and wanted.card_id is None) or (filters.reward and wanted.reward_id is None):
        return answer(list_body([], None))
    after = read_id_cursor("given-rewards", filters.cursor)
    found, last = list_given(request.actor, wanted, now=request.now, after=after, limit=filters.limit)
    cursor = write_cursor("given-rewards", [str(last)]) if last else None
    return answer(list_body(map(present_given, found), cursor))


@routes.get("/given-rewards/{given}", needs="rewards:read", answers={200: GivenRewardOut})
def get_given_reward(request: ApiRequest, given: str) -> Answer:
    """Read a reward that a card got."""
    return answer(present_given(access_given(request.actor, check_reference(given), now=request.now)))


@routes.post(
    "/given-rewards/{given}/hand-over",
    needs="rewards:write",
    answers={200: GivenRewardOut},
    refuses=[NotAnAward, AlreadyHandedOver, RewardCancelled, CardNotAssigned],
    key="required",
)
def hand_over_reward(request: ApiRequest, given: str, body: HandOverIn) -> Answer:
    """Mark an award as handed over; a second time says when and where it was."""
    place = where_it_happens(request.actor, body.location)
    return answer(present_given(hand_over(request.actor, check_reference(given), location_id=place, now=request.now)))


@routes.post(
    "/given-rewards/{given}/undo-hand-over",
    needs="rewards:write",
    answers={200: GivenRewardOut},
    refuses=[NotHandedOver, RewardCancelled, DoneElsewhere],
    key="required",
)
def undo_hand_over_of_reward(request: ApiRequest, given: str) -> Answer:
    """Say that an award was not handed over after all."""
    return answer(present_given(undo_hand_over(request.actor, check_reference(given), now=request.now)))


@routes.post(
    "/given-rewards/{given}/cancel",
    needs="rewards:write",
    answers={200: GivenRewardOut},
    refuses=[RewardUsed, RewardDrawn, RewardCancelled],
    key="required",
)
def cancel_given_reward(request: ApiRequest, given: str, body: GivenCancelIn) -> Answer:
    """Cancel a reward that nobody has used, with its voucher; what was bought gives back its points and its piece."""
    return answer(
        present_given(cancel_reward(request.actor, check_reference(given), reason=body.reason, now=request.now))
    )


def present_given(one: GivenReward, code: str | None = None) -> dict[str, Any]:
    """A given reward as the API writes it."""
    return {
        "id": encode("grw", one.id),
        "reward": encode("rwd", one.reward_id),
        "card": encode("crd", one.card_id),
        "origin": one.origin,
        "kind": one.kind,
        "title": one.title,
        "description": one.description,
        "state": one.state,
        "goal": one.goal,
        "round": None if one.number is None else one.number + 1,
        "voucher": public_id("vch", one.voucher_id),
        "voucher_state": one.voucher_state,
        "voucher_code": code,
        "draw": dict(one.drawn) if one.drawn else None,
        "order": public_id("ord", one.order_id),
        "transaction": public_id("txn", one.transaction_id),
        "given_at": one.given_at,
        "handed_over_at": one.handed_over_at,
        "handed_over_location": public_id("loc", one.handed_over_location_id),
        "cancelled_at": one.cancelled_at,
        "version": one.version,
    }
