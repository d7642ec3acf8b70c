"""Cancelling an order, and refunding some or all of it, at any later time (LED-4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg import errors

from regulars.cards.actions.balances.change import retry_lost_races
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.errors import BalanceTooLarge
from regulars.ledger.queries.accounts import drawn_lots_left, lock_accounts
from regulars.orders.actions.codes import Giving, plan_giving, settle_rewards, undone_part
from regulars.orders.actions.goals import before_taking_back, stamps_taken
from regulars.orders.actions.lapsed import give_back
from regulars.orders.actions.refund_rows import allow_debt, end_reservations, refund_parts
from regulars.orders.errors import AmountExceedsPaid, OrderNotRefundable, QuantityExceedsSold, RefundExists
from regulars.orders.queries.orders import may_see
from regulars.orders.queries.refundable import LockedOrder, find_refund_by_external_id, lock_order
from regulars.orders.rules.effects import By
from regulars.orders.rules.redemptions import PREFIXES
from regulars.orders.rules.refund import (
    CancelRequest,
    MoreThanBought,
    MoreThanPaid,
    NothingLeft,
    RefundPlan,
    Returned,
    TakenBack,
    TwiceInOne,
    UnknownLine,
    plan_refund,
)
from regulars.orders.rules.refund.booking import Undoing, book_refund
from regulars.orders.rules.refund.codes import CodesBack, all_kept, plan_codes_back, without_gifts
from regulars.orders.rules.refund.outcome import GivenBack, Outcome, RewardBack, outcome_json, read_outcome
from regulars.orders.rules.refund.reading import RefundDraft, read_refund
from regulars.orders.rules.refund.values import Request, Unfit
from regulars.orders.rules.visits import with_undone
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim, Present, StoredAnswer
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.promotions.actions.limits import Part, give_back_limits


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund as it is answered. `refund_id` None where an order that nobody had paid was cancelled."""

    order_id: UUID
    state: str
    outcome: Outcome
    refund_id: UUID | None = None
    is_repeated: bool = False


@retry_lost_races
def refund_order(
    actor: Actor,
    order: str,
    draft: RefundDraft,
    *,
    now: datetime,
    location_id: UUID | None = None,
    claim: Claim | None = None,
    present: Present[Refunded] | None = None,
) -> Refunded:
    """Give back lines or an amount of an order, take back what the rest does not deserve, return what had paid for it.

    The same external id with the same content gives the first answer again. Refuses: Forbidden, NotFound, Invalid,
    OrderNotRefundable, QuantityExceedsSold, AmountExceedsPaid, RefundExists, BalanceTooLarge. Raises Answered where the
    key was used before.
    """
    actor.require("orders:write")
    with hot_unit_of_work(actor.chain_id) as cursor:
        locked = _access(cursor, actor, order, claim)
        request = read_refund(draft, locked.decimals)
        if isinstance(request, Invalid):
            raise Refused(request)
        content = draft.content_hash(str(locked.id))
        if draft.external_id is not None:
            found = find_refund_by_external_id(cursor, actor.chain_id, draft.external_id)
            if found is not None:
                if found.outcome.get("content") != content:
                    raise Refused(RefundExists(external_id=draft.external_id))
                return Refunded(locked.id, locked.state, read_outcome(found.outcome["answer"]), is_repeated=True)
        if locked.state not in ("paid", "completed", "partly_refunded"):
            raise Refused(OrderNotRefundable(state=locked.state))
        undo = _Undo("refund", now, location_id, draft.external_id, content)
        return _write(cursor, actor, locked, request, undo, claim, present)


@retry_lost_races
def cancel_order(
    actor: Actor,
    order: str,
    *,
    now: datetime,
    location_id: UUID | None = None,
    claim: Claim | None = None,
    present: Present[Refunded] | None = None,
) -> Refunded:
    """Undo all that is left of an order: of an open one what it had reserved, of a paid one everything.

    Refuses: Forbidden, NotFound, OrderNotRefundable, BalanceTooLarge. Raises Answered where the key was used before.
    """
    actor.require("orders:write")
    with hot_unit_of_work(actor.chain_id) as cursor:
        locked = _access(cursor, actor, order, claim)
        if locked.state in ("cancelled", "refunded"):
            raise Refused(OrderNotRefundable(state=locked.state))
        undo = _Undo("cancel", now, location_id)
        return _write(cursor, actor, locked, CancelRequest(), undo, claim, present)


def preview_refund(
    actor: Actor, order: str, draft: RefundDraft | None, *, now: datetime, location_id: UUID | None = None
) -> Refunded:
    """What a refund would do, or without a draft the cancelling of the order, at this moment; nothing is written.

    Refuses: what the refund itself would.
    """
    actor.require("orders:write")
    try:
        with hot_unit_of_work(actor.chain_id) as cursor:
            # What it would give back of rounds and rewards is done to be looked at, and rolled back.
            raise _Looked(_look(cursor, actor, order, draft, now=now, location_id=location_id))
    except _Looked as looked:
        return looked.refunded


class _Looked(Exception):
    """A refund was tried out; its transaction is rolled back."""

    def __init__(self, refunded: Refunded) -> None:
        super().__init__()
        self.refunded = refunded


def _look(
    cursor: HotCursor,
    actor: Actor,
    order: str,
    draft: RefundDraft | None,
    *,
    now: datetime,
    location_id: UUID | None,
) -> Refunded:
    locked = _access(cursor, actor, order, None)
    is_cancel = draft is None
    if locked.state in ("cancelled", "refunded") or (locked.state == "open" and not is_cancel):
        raise Refused(OrderNotRefundable(state=locked.state))
    request = CancelRequest() if draft is None else read_refund(draft, locked.decimals)
    if isinstance(request, Invalid):
        raise Refused(request)
    undo = _Undo("cancel" if is_cancel else "refund", now, location_id)
    if locked.state == "open":
        plan, undoing = NOTHING, Undoing({}, _by(actor, locked, undo), now)
    else:
        plan = _planned(locked, request)
        undoing = _booked(cursor, actor, locked, plan, undo)
    codes = _codes_back(locked, plan, was_open=locked.state == "open")
    giving = _giving(cursor, actor, locked, codes, undo)
    state = "cancelled" if is_cancel else "refunded" if plan.is_last else "partly_refunded"
    return Refunded(locked.id, state, _outcome(locked, plan, undoing, codes, giving))


@dataclass(frozen=True, slots=True)
class _Undo:
    """What is written about a refund beside what it does."""

    kind: str
    at: datetime
    location_id: UUID | None
    external_id: str | None = None
    content: str = ""


def _access(cursor: HotCursor, actor: Actor, order: str, claim: Claim | None) -> LockedOrder:
    """The order, locked. Refuses: NotFound. Raises Answered."""
    locked = lock_order(cursor, actor.chain_id, order)
    if claim is not None:
        # Asked once the lock is there: whoever held it before may have been this very request, sent twice.
        found = cursor.row(
            "SELECT body_hash, status, answer FROM idempotency_keys"
            " WHERE holder_id = %(holder)s AND route = %(route)s AND key = %(key)s",
            {"holder": claim.holder_id, "route": claim.route, "key": claim.key},
        )
        if found is not None:
            raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(found[0]), found[1], found[2]))
    if locked is None or not may_see(actor, locked.location_id):
        raise Refused(NotFound())
    return locked


def _write(
    cursor: HotCursor,
    actor: Actor,
    locked: LockedOrder,
    request: Request,
    undo: _Undo,
    claim: Claim | None,
    present: Present[Refunded] | None,
) -> Refunded:
    """Decide under the lock and write it all in one statement."""
    was_open = locked.state == "open"
    if was_open:
        plan, undoing = NOTHING, Undoing({}, _by(actor, locked, undo), undo.at)
        end_reservations(cursor, locked, now=undo.at)
    else:
        plan = _planned(locked, request)
        undoing = _booked(cursor, actor, locked, plan, undo)
    codes = _codes_back(locked, plan, was_open=was_open)
    giving = _giving(cursor, actor, locked, codes, undo)
    if was_open:
        give_back(cursor, actor.chain_id, [locked.id])
    state = "cancelled" if undo.kind == "cancel" else "refunded" if plan.is_last else "partly_refunded"
    outcome = _outcome(locked, plan, undoing, codes, giving)
    refund_id = None if was_open else new_id()
    refunded = Refunded(locked.id, state, outcome, refund_id)
    stored = {
        "value": plan.value,
        "is_last": plan.is_last,
        "content": undo.content,
        "answer": outcome_json(outcome),
    }
    parts = refund_parts(
        actor,
        locked,
        without_gifts(plan),
        kind=undo.kind,
        state=state,
        refund_id=refund_id,
        external_id=undo.external_id,
        location_id=undo.location_id,
        money_back=plan.money_back + undoing.paid_out + giving.paid_out,
        stored=json.dumps(stored, ensure_ascii=False),
        now=undo.at,
    )
    undone = {**dict.fromkeys(codes.free, 0), **dict(codes.money), **codes.worth}
    covers = {at: with_undone(locked.redemptions[at].covers, back) for at, back in codes.visits.items()}
    parts += [*giving.parts(actor, now=undo.at), *undone_part(undone, covers)]
    allow_debt(cursor, undoing.owing)
    limits = {UUID(one.rule.id): one.rule.limits for one in locked.recorded.promotions}
    give_back_limits(cursor, _limit_parts(locked, plan), limits)
    answer = None
    if claim is not None and present is not None:
        status, text = present(refunded)
        answer = claim.answered(status=status, answer=text)
    try:
        post(cursor, actor, undoing.postings, answers=[answer] if answer else (), also=parts)
        settle_rewards(cursor, actor, giving, was_open=was_open, now=undo.at)
    except errors.UniqueViolation as problem:
        if problem.diag.constraint_name in ("refund_external_id", "refund_in_turn", "reversals_pkey"):
            # Somebody made the same refund, or took something back by hand, at the same instant: look again.
            raise LostRace from problem
        raise
    return refunded


def _codes_back(locked: LockedOrder, plan: RefundPlan, *, was_open: bool) -> CodesBack:
    """What goes back of codes, vouchers and gift cards; of an open order all that it kept."""
    if not locked.redemptions:
        return CodesBack()
    if not was_open:
        return plan_codes_back(locked.recorded, locked.redemptions, plan)
    return all_kept(locked.redemptions)


def _giving(cursor: HotCursor, actor: Actor, locked: LockedOrder, codes: CodesBack, undo: _Undo) -> Giving:
    """The same with what is given back locked."""
    if codes.is_nothing:
        return Giving()
    return plan_giving(
        cursor,
        actor,
        locked.id,
        [locked.redemptions[position] for position in codes.free],
        [(locked.redemptions[position], money) for position, money in codes.money],
        [(locked.redemptions[position], visits) for position, visits in codes.visits.items()],
        skus=[line.sku for line in locked.recorded.facts.lines],
        location_id=undo.location_id or locked.location_id,
        currency_decimals=locked.decimals,
        was_open=locked.state == "open",
        now=undo.at,
    )


def _given_back(locked: LockedOrder, codes: CodesBack, giving: Giving) -> tuple[GivenBack, ...]:
    money = {**dict(codes.money), **codes.worth}
    told = []
    for position in sorted({*codes.free, *money}):
        one = locked.redemptions[position]
        assert one.owner_id is not None
        if one.owner_id in giving.closed:
            continue
        amount = format_amount(money[position], locked.decimals) if position in money else None
        visits = sum(codes.visits[position].values()) if position in codes.visits else None
        told.append(GivenBack(one.kind, encode(PREFIXES[one.kind], one.owner_id), one.shown, amount, visits))
    return tuple(told)


def _outcome(locked: LockedOrder, plan: RefundPlan, undoing: Undoing, codes: CodesBack, giving: Giving) -> Outcome:
    return Outcome(
        given_back=_given_back(locked, codes, giving),
        money_back=format_amount(plan.money_back + undoing.paid_out + giving.paid_out, locked.decimals),
        taken_back=tuple(undoing.taken_back),
        returned=tuple(undoing.returned),
        not_recovered=tuple(undoing.not_recovered),
        kept_rewards=tuple(one.id for one in undoing.rewards if one.is_kept),
        cancelled_rewards=tuple(one.id for one in undoing.rewards if not one.is_kept),
    )


def _limit_parts(locked: LockedOrder, plan: RefundPlan) -> list[Part]:
    """What limits get back, for whom and on which day it was taken."""
    rows = {str(row.promotion_id): row for row in locked.promotions}
    return [
        Part(
            promotion_id=rows[back.promotion].promotion_id,
            holder_id=rows[back.promotion].holder_id,
            day=rows[back.promotion].day,
            uses=back.uses,
            discount=back.discount,
            units=back.units,
            earned=back.earned,
        )
        for back in sorted(plan.limits, key=lambda one: one.promotion)
    ]


def _planned(locked: LockedOrder, request: Request) -> RefundPlan:
    """The plan. Refuses: what fits the reason why there is none."""
    plan = plan_refund(locked.recorded, request)
    if isinstance(plan, RefundPlan):
        return plan
    raise Refused(_refusal(plan, locked))


def _refusal(unfit: Unfit, locked: LockedOrder) -> Refusal:
    match unfit:
        case NothingLeft():
            return OrderNotRefundable(state=locked.state)
        case UnknownLine(position=position):
            pointer = f"/lines/{position}/index"
            problem = FieldProblem(pointer, "unknown_line", "The order has no such line; the first one is 0.")
            return Invalid(errors=(problem,))
        case TwiceInOne(position=position):
            problem = FieldProblem(f"/lines/{position}/index", "duplicate", "This line is named twice.")
            return Invalid(errors=(problem,))
        case MoreThanBought(index=index, left=left):
            return QuantityExceedsSold(index=index, left=format_amount(left, 3).rstrip("0").rstrip("."))
        case MoreThanPaid(left=left):
            return AmountExceedsPaid(left=format_amount(left, locked.decimals))


NOTHING: Final = RefundPlan(0, 0, 0, (), (), (), (), (), is_last=True)
"""What there is to give back of an order that nobody has paid."""


def _booked(cursor: HotCursor, actor: Actor, locked: LockedOrder, plan: RefundPlan, undo: _Undo) -> Undoing:
    """The transactions, planned on accounts that are locked. Refuses: BalanceTooLarge."""
    effects = {row.position: row for row in locked.effects}
    plan = without_gifts(plan)
    parts: list[Returned | TakenBack] = [*plan.returned, *plan.taken_back]
    touched = [effects[part.position] for part in parts]
    wanted = {row.account_id for row in touched if not row.is_closed}
    accounts = lock_accounts(cursor, wanted, now=undo.at)
    rewards: tuple[RewardBack, ...] = ()
    stamps = stamps_taken({part.position: part.amount for part in plan.taken_back}, effects)
    if stamps:
        rewards = before_taking_back(cursor, actor, stamps, now=undo.at)
        # Rounds that these stamps had begun may have come back.
        accounts = lock_accounts(cursor, wanted, now=undo.at)
    returning = [effects[part.position] for part in plan.returned]
    entries: Mapping[UUID, int] = {row.entry_id: row.recovered for row in returning if row.entry_id is not None}
    undoing = book_refund(
        plan,
        effects,
        accounts,
        drawn_lots_left(cursor, entries) if entries else {},
        _by(actor, locked, undo),
        currency_decimals=locked.decimals,
        now=undo.at,
    )
    if isinstance(undoing, BalanceTooLarge):
        raise Refused(undoing)
    undoing.rewards = rewards
    return undoing


def _by(actor: Actor, locked: LockedOrder, undo: _Undo) -> By:
    return By(locked.id, actor.through, actor.staff_id, actor.key_id, undo.location_id or locked.location_id)
