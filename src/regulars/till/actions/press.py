"""One press at the till, and what comes of it: both are written together or not at all, once per key (TIL-2, TIL-3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.actions.balances import Posted
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.errors import CardNotActive, NotValidHere
from regulars.cards.queries.cards import CardView, access_card
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.memberships.actions.use import UseCommand, use_membership
from regulars.memberships.actions.write import Place as MembershipPlace
from regulars.orders.actions.record import record_order
from regulars.orders.rules.command import LineDraft, OrderDraft
from regulars.platform.actor import Actor
from regulars.platform.begin_again import begins_again
from regulars.platform.claims import Claim, claimed
from regulars.platform.database import edge_unit_of_work
from regulars.promotions.actions.triggers import Send, send_to_card
from regulars.rewards.actions.catalogue import hand_over, redeem_reward
from regulars.rewards.actions.stamps import StampCommand, stamp_card
from regulars.rewards.queries.milestones import find_card_standing
from regulars.till.actions.limits import refuse_too_often
from regulars.till.models import TillPress
from regulars.till.queries.found import judge_card
from regulars.till.rules.limits import GIVING
from regulars.till.rules.presses import STAMPS_AT_ONCE_MAX, Kind, Source
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher

CONTACT_POINT: Final = "till"
PRESS_ROUTE: Final = "page till press"
"""Under which the keys of presses are claimed, however they arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where and how somebody presses: the location, the mode of the till, the chain's country, zone and currency."""

    source: Source
    country: str
    zone: ZoneInfo
    currency_decimals: int
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PressCommand:
    """What is pressed: `subject` names the voucher, given reward, reward, membership, balance type or card type.

    `again` says that another visit is meant; `phone` is of a newcomer; `line` is what a purchase is called on its order.
    """

    kind: Kind
    card: str = ""
    subject: str = ""
    count: int | None = None
    amount: str = ""
    sku: str = ""
    phone: str = ""
    line: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a press, as its row keeps it."""

    subject_id: UUID
    card_id: UUID | None
    of_id: UUID | None = None
    amount: int = 0
    decimals: int = 0
    after: int | None = None
    goal: int | None = None
    title: str = ""
    rewards: str = ""


@begins_again
def press(actor: Actor, command: PressCommand, at: At, *, now: datetime, claim: Claim | None = None) -> UUID:
    """Do what was pressed and keep that it was; the id of the press.

    Refuses: Forbidden, NotFound, Invalid, NotValidHere, CardNotActive, CardTooOften, StaffTooOften, and what stamps, orders, vouchers, rewards, memberships and cards refuse.
    Raises Answered where the key was used before: its answer is the id (`prs_…`) of the first press.
    """
    with edge_unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        result = _do(actor, command, at, now=now)
        if command.kind in GIVING:
            # Only now: what was done holds the card, so that two tills at once do not both find the last free place.
            refuse_too_often(actor, result.card_id, now=now)
        press_id = keep_press(actor, command.kind, result, at, now=now)
        answer(lambda made: (303, encode("prs", made)), press_id)
    return press_id


def keep_press(actor: Actor, kind: Kind, result: Result, at: At, *, now: datetime) -> UUID:
    """Keep that something was pressed and what came of it, inside the unit of work that does it; the id of the press."""
    assert actor.staff_id is not None
    made = TillPress.objects.create(
        chain_id=actor.chain_id,
        kind=kind,
        source=at.source,
        card_id=result.card_id,
        subject_id=result.subject_id,
        of_id=result.of_id,
        amount=result.amount,
        decimals=result.decimals,
        after=result.after,
        goal=result.goal,
        title=result.title,
        rewards=result.rewards,
        staff_id=actor.staff_id,
        location_id=at.location_id,
        pressed_at=now,
    )
    return made.id


def _do(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    match command.kind:
        case "stamps":
            return _stamp(actor, command, at, now=now)
        case "purchase":
            return _purchase(actor, command, at, now=now)
        case "spend":
            return _spend(actor, command, at, now=now)
        case "voucher":
            return _redeem_voucher(actor, command, at, now=now)
        case "award":
            return _hand_over(actor, command, at, now=now)
        case "reward":
            return _buy_reward(actor, command, at, now=now)
        case "membership":
            return _use_membership(actor, command, at, now=now)
        case "issue":
            return _issue(actor, command, at, now=now)
        case _:
            assert_never(command.kind)


def _stamp(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    card = _usable_card(actor, command.card, at, now=now)
    if command.count is not None and not 1 <= command.count <= STAMPS_AT_ONCE_MAX:
        detail = f"1 to {STAMPS_AT_ONCE_MAX} stamps at a time."
        raise Refused(Invalid(errors=(FieldProblem("/count", "out_of_range", detail),)))
    stamped = stamp_card(
        actor,
        StampCommand(
            card=command.card,
            count=command.count if not command.amount else None,
            amount=command.amount or None,
            location_id=at.location_id,
            source=at.source,
            again=command.again,
        ),
        now=now,
    )
    after, goal = stamps_standing(actor, card, stamped.posted.balance_after)
    return Result(
        subject_id=stamped.posted.transaction_id,
        card_id=card.id,
        amount=stamped.given,
        after=after,
        goal=goal,
        rewards=", ".join(one.title for one in stamped.rewards if one.kind != "nothing"),
    )


def stamps_standing(actor: Actor, card: CardView, balance_after: int) -> tuple[int, int | None]:
    """The stamps of the round and its goal afterwards, where the card has goals; else all its stamps."""
    standing = find_card_standing(actor.chain_id, card.id)
    if standing is not None:
        return standing.filled, standing.size
    return balance_after, card.goal


def _purchase(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    card = _usable_card(actor, command.card, at, now=now)
    view = record_order(
        actor,
        OrderDraft(
            lines=(LineDraft(price=command.amount, name=command.line),),
            card=command.card,
            location=encode("loc", at.location_id) if at.location_id else None,
            channel="pos",
            contact_point=CONTACT_POINT if at.source == "staff" else f"{CONTACT_POINT}-{at.source}",
        ),
        now=now,
    )
    assert view.id is not None
    changed = changed_balance(actor, card, now=now)
    return Result(
        subject_id=view.id,
        card_id=card.id,
        amount=view.total,
        decimals=view.currency_decimals,
        after=changed[0],
        title=changed[1],
        rewards=", ".join(one.title for one in view.rewards),
    )


def _spend(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    card = _usable_card(actor, command.card, at, now=now)
    posted: Posted = send_to_card(
        actor,
        Send(
            card=command.card,
            action="redeem",
            balance_type=command.subject,
            amount=command.amount,
            location_id=at.location_id,
        ),
        now=now,
        explain=lambda reason: reason.code,
    )
    name = next((one.name for one in card.balances if one.external_id == posted.balance_type), "")
    return Result(
        subject_id=posted.transaction_id,
        card_id=card.id,
        amount=posted.amount,
        decimals=posted.decimals,
        after=posted.balance_after,
        title=name,
    )


def _redeem_voucher(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    redeemed = redeem_voucher(actor, RedeemCommand(command.subject, at.location_id), now=now)
    return Result(subject_id=redeemed.id, card_id=redeemed.card_id, title=redeemed.title)


def _hand_over(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    given = hand_over(actor, command.subject, location_id=at.location_id, now=now)
    _usable_card(actor, encode("crd", given.card_id), at, now=now)
    return Result(subject_id=given.id, card_id=given.card_id, title=given.title)


def _buy_reward(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    card = _usable_card(actor, command.card, at, now=now)
    given = redeem_reward(actor, command.subject, command.card, location_id=at.location_id, now=now)
    return Result(subject_id=given.id, card_id=card.id, title=given.title)


def _use_membership(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    place = MembershipPlace(zone=at.zone, decimals=at.currency_decimals, location_id=at.location_id)
    asked = UseCommand(visits=command.count or 1, sku=command.sku or None, again=command.again)
    view, use = use_membership(actor, command.subject, asked, at=place, now=now)
    return Result(
        subject_id=use.id,
        of_id=view.id,
        card_id=view.now.card_id,
        amount=use.visits,
        after=view.now.remaining,
        title=view.now.type_name,
    )


def _issue(actor: Actor, command: PressCommand, at: At, *, now: datetime) -> Result:
    asked = IssueCommand(card_type=command.subject, phone=command.phone, location_id=at.location_id)
    card = issue_card(actor, asked, country=at.country, now=now)
    return Result(subject_id=card.id, card_id=card.id, title=card.type_name)


def _usable_card(actor: Actor, identifier: str, at: At, *, now: datetime) -> CardView:
    """The card, where it can be used here and now. Refuses: NotFound, CardNotActive, NotValidHere."""
    found = judge_card(actor, access_card(actor, identifier, now=now), location_id=at.location_id, now=now)
    assert found.card is not None
    match found.problem:
        case "":
            return found.card
        case "not_here":
            raise Refused(NotValidHere(places=found.places))
        case problem:
            raise Refused(CardNotActive(status_of_card=problem))


def changed_balance(actor: Actor, before: CardView, *, now: datetime) -> tuple[int | None, str]:
    """The balance that stands for the card, as it is now, and what it is called."""
    card = access_card(actor, encode("crd", before.id), now=now)
    changed = [one for one, old in zip(card.balances, before.balances, strict=True) if one.total != old.total] or (
        [card.shown] if card.shown else []
    )
    return (changed[0].total, changed[0].name) if changed else (None, "")
