"""Using a membership at the till, and undoing a use by a reversal (RWD-6)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.chains.queries import refuse_elsewhere
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.actions.post import post
from regulars.memberships.actions.parts import GivenBack, NewUse, give_back_parts, use_parts
from regulars.memberships.actions.write import Place, keep, read_reason, view_of, write
from regulars.memberships.errors import MembershipCancelled, UseAlreadyUndone, UseOfOrder
from regulars.memberships.events import MEMBERSHIP_USE_UNDONE, MEMBERSHIP_USED
from regulars.memberships.queries.memberships import MembershipView, places_of
from regulars.memberships.queries.uses import Run, UseView, find_use, last_use_at
from regulars.memberships.rules.states import MembershipState
from regulars.memberships.rules.use import (
    VISITS_AT_ONCE_MAX,
    Service,
    check_recent,
    check_service,
    check_usable,
    plan_undo,
    plan_use,
)
from regulars.platform.actor import Actor
from regulars.products.queries import find_by_skus


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCommand:
    """Visits to take. `sku` says what for, where the membership is for some services only; `again` confirms it."""

    visits: int = 1
    sku: str | None = None
    again: bool = False


def use_membership(
    actor: Actor, membership: str, command: UseCommand, *, at: Place, now: datetime
) -> tuple[MembershipView, UseView]:
    """Take visits of a membership; the first begins one that had not begun, the last uses it up.

    Refuses: Forbidden, NotFound, Invalid, WrongLocation, NotCovered, UsedRecently, TooFewVisits, and why it cannot be used.
    """
    actor.require("rewards:write")
    _refuse_count(command.visits)
    with write(actor, membership, zone=at.zone, now=now) as locked:
        state = locked.state
        sku = (command.sku or "").strip()
        refusal = (
            check_usable(
                state,
                command.visits,
                location_id=at.location_id,
                today=locked.today,
                valid_at=_valid_at(actor.chain_id, state),
            )
            or (check_service(state, _service(actor.chain_id, sku), sku) if sku else _refuse_unsaid(state))
            or (None if command.again else check_recent(state, now))
        )
        if refusal is not None:
            raise Refused(refusal)
        plan = plan_use(state, command.visits, use_id=new_id(), now=now, today=locked.today)
        new = NewUse(plan=plan, location_id=at.location_id, sku=sku)
        post(locked.cursor, actor, [], also=use_parts(actor, [new], now=now))
        keep(
            actor,
            plan.after,
            MEMBERSHIP_USED,
            now=now,
            after_facts={"visits": command.visits, "remaining": plan.after.remaining, "sku": sku or None},
            location_id=at.location_id,
        )
        return view_of(actor.chain_id, state.id, locked.today), _use(actor, state.id, plan.use_id)


def undo_use(
    actor: Actor, membership: str, use: str, *, reason: str, at: Place, now: datetime
) -> tuple[MembershipView, UseView]:
    """Give the visits of a use back by a use of as many below zero; it stays to be seen.

    Refuses: Forbidden, NotFound, Invalid, UseAlreadyUndone, UseOfOrder, MembershipCancelled, DoneElsewhere.
    """
    actor.require("rewards:write")
    reason = read_reason(reason)
    with write(actor, membership, zone=at.zone, now=now) as locked:
        state = locked.state
        found = find_use(actor.chain_id, state.id, use)
        if found is None:
            raise Refused(NotFound())
        refuse_elsewhere(actor, found.location_id)
        if found.undone:
            raise Refused(UseAlreadyUndone())
        if found.order_id is not None:
            raise Refused(UseOfOrder(order=encode("ord", found.order_id)))
        if state.state == "cancelled":
            raise Refused(MembershipCancelled())
        given = give_back(locked.cursor.rows, actor.chain_id, state, [found], at=at, now=now)
        post(locked.cursor, actor, [], also=give_back_parts(actor, [given], now=now))
        keep(
            actor,
            given.after,
            MEMBERSHIP_USE_UNDONE,
            now=now,
            after_facts={"visits": found.visits, "remaining": given.after.remaining, "reason": reason},
            location_id=at.location_id,
        )
        return view_of(actor.chain_id, state.id, locked.today), _use(actor, state.id, found.id)


def give_back(
    run: Run,
    chain_id: UUID,
    state: MembershipState,
    uses: list[UseView],
    *,
    at: Place,
    now: datetime,
    order_id: UUID | None = None,
) -> GivenBack:
    """What giving back these uses of a locked membership makes of it; one or several, all of the same membership."""
    assert uses
    today = now.astimezone(at.zone).date()
    left, last = last_use_at(run, chain_id, state.id, without=[one.id for one in uses])
    visits = sum(one.visits for one in uses)
    after = replace(plan_undo(state, visits, today=today, uses_left=left), last_used_at=last)
    return GivenBack(
        before=state,
        after=after,
        uses=tuple((one.id, one.visits) for one in uses),
        location_id=at.location_id,
        order_id=order_id,
    )


def _refuse_count(visits: int) -> None:
    if not 1 <= visits <= VISITS_AT_ONCE_MAX:
        detail = f"A whole number from 1 to {VISITS_AT_ONCE_MAX}."
        raise Refused(Invalid(errors=(FieldProblem("/visits", "out_of_range", detail),)))


def _refuse_unsaid(one: MembershipState) -> Invalid | None:
    """A visit for some things only has to say which it is for."""
    if not one.terms.skus and not one.terms.categories:
        return None
    detail = "This membership is for some things only: say what the visit is for."
    return Invalid(errors=(FieldProblem("/sku", "required", detail),))


def _service(chain_id: UUID, sku: str) -> Service:
    """What an SKU means; one that is no product stands for itself, as a service."""
    known = find_by_skus(chain_id, [sku]).get(sku)
    return Service(sku=sku, category=known.category, kind=known.kind) if known else Service(sku=sku)


_PLACES_SHOWN: Final = 5


def _valid_at(chain_id: UUID, state: MembershipState) -> str:
    if not state.terms.locations:
        return ""
    names = list(places_of(chain_id, state.terms.locations).values())
    return ", ".join(names[:_PLACES_SHOWN]) + (" …" if len(names) > _PLACES_SHOWN else "")


def _use(actor: Actor, membership_id: UUID, use_id: UUID) -> UseView:
    found = find_use(actor.chain_id, membership_id, encode("mbu", use_id))
    assert found is not None
    return found
