"""Setting a part of a balance aside for a while, then spending it or giving it back (PRG-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances.change import CardFacts, lock_and_read, post_all, read_amount, refuse_unfit
from regulars.cards.errors import CardNotActive
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import check_external_id
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.actions.holds import NewHold, end_hold, note_capture, place_hold
from regulars.ledger.errors import HoldEnded, HoldExpired, InsufficientBalance, MoreThanHeld
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.queries.holds import HoldView, find_hold, find_hold_by_external_id
from regulars.ledger.rules.plan import Short, plan_capture, plan_hold
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.hot import open_cursor
from regulars.programs.errors import ProgramNotActive

SECONDS_MAX: Final = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class HoldCommand:
    """A part of a balance to set aside for so many seconds."""

    card: str
    balance_type: str
    amount: str | int | Decimal
    seconds: int
    external_id: str | None = None


def make_hold(actor: Actor, command: HoldCommand, *, now: datetime) -> HoldView:
    """Set a part of what is available aside: nothing else can spend it before the hold ends.

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, UnknownBalanceType, InsufficientBalance, CardNotActive,
    CardNotAssigned, ProgramNotActive, ExternalIdTaken.
    """
    actor.require("balances:write")
    problems = check_external_id(command.external_id, "/external_id")
    if not 1 <= command.seconds <= SECONDS_MAX:
        problems.append(FieldProblem("/seconds", "out_of_range", f"A whole number from 1 to {SECONDS_MAX}."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        facts = lock_and_read(cursor, actor, card_id, command.balance_type, None, now=now)
        amount = read_amount(command.amount, facts.decimals)
        if amount < 0:
            raise Refused(Invalid(errors=(FieldProblem("/amount", "out_of_range", "A positive amount."),)))
        _refuse_no_spending(facts, amount)
        parts = plan_hold(facts.account, amount, now=now)
        if isinstance(parts, Short):
            available = format_amount(parts.available, facts.decimals)
            raise Refused(InsufficientBalance(available=available, wanted=format_amount(amount, facts.decimals)))
        hold = NewHold(
            account_id=facts.account.id,
            card_id=card_id,
            parts=parts,
            expires_at=now + timedelta(seconds=command.seconds),
            external_id=command.external_id,
        )
        hold_id = place_hold(cursor, actor, hold, now=now)
        view = _get(actor, hold_id, now=now)
        _record(actor, "hold.placed", view, now=now)
        return view


def capture_hold(
    actor: Actor,
    hold: str,
    *,
    amount: str | int | Decimal | None = None,
    location_id: UUID | None = None,
    now: datetime,
) -> HoldView:
    """Spend what a hold had set aside, or a part of it; the rest is free again. In time it is never refused for want.

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, MoreThanHeld, HoldExpired, HoldEnded.
    """
    actor.require("balances:write")
    with unit_of_work(actor.chain_id):
        cursor = open_cursor()
        view = _lock(actor, hold, now=now)
        units = view.amount if amount is None else read_amount(amount, view.decimals)
        if not 0 < units <= view.amount:
            held = format_amount(view.amount, view.decimals)
            raise Refused(MoreThanHeld(held=held, wanted=format_amount(units, view.decimals)))
        end_hold(cursor, view.id, "captured", now=now)
        state = lock_accounts(cursor, [view.account_id], now=now)[view.account_id]
        plan = plan_capture(state, units, parts=view.parts)
        posting = Posting(
            kind="redeem",
            source="hold",
            at=now,
            legs=(Leg(plan=plan, card_id=view.card_id, balance_type_id=view.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=location_id,
        )
        post_all(cursor, actor, [posting], answer=None)
        note_capture(cursor, view.id, amount=units, transaction_id=posting.id)
        return _get(actor, view.id, now=now)


def release_hold(actor: Actor, hold: str, *, now: datetime) -> HoldView:
    """Give back what a hold had set aside. Releasing what is released, or whose time is over, changes nothing.

    Refuses: Forbidden, NotFound, HoldEnded where it was captured.
    """
    actor.require("balances:write")
    with unit_of_work(actor.chain_id):
        view = access_hold(actor, hold, now=now)
        if view.state in ("released", "expired"):
            return view
        try:
            view = _lock(actor, hold, now=now)
        except Refused as refused:
            # Somebody else ended it while we waited.
            ended = access_hold(actor, hold, now=now)
            if isinstance(refused.refusal, HoldEnded | HoldExpired) and ended.state in ("released", "expired"):
                return ended
            raise
        end_hold(open_cursor(), view.id, "released", now=now)
        _record(actor, "hold.released", view, now=now)
        return _get(actor, view.id, now=now)


def access_hold(actor: Actor, identifier: str, *, now: datetime) -> HoldView:
    """The hold with this id (`hld_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("balances:read")
    if identifier.startswith("ext:"):
        found = find_hold_by_external_id(actor.chain_id, identifier.removeprefix("ext:"), now=now)
    else:
        hold_id = decode("hld", identifier)
        found = find_hold(actor.chain_id, hold_id, now=now) if hold_id else None
    if found is None:
        raise Refused(NotFound())
    return found


def _lock(actor: Actor, identifier: str, *, now: datetime) -> HoldView:
    """The hold, active under its account's lock. Refuses: NotFound, HoldExpired, HoldEnded."""
    found = access_hold(actor, identifier, now=now)
    lock_accounts(open_cursor(), [found.account_id], now=now)
    view = _get(actor, found.id, now=now)
    if view.state == "expired":
        raise Refused(HoldExpired(expired_at=view.expires_at.isoformat()))
    if view.state != "active":
        raise Refused(HoldEnded(state=view.state))
    return view


def _get(actor: Actor, hold_id: UUID, *, now: datetime) -> HoldView:
    view = find_hold(actor.chain_id, hold_id, now=now)
    assert view is not None
    return view


def _refuse_no_spending(facts: CardFacts, amount: int) -> None:
    refuse_unfit(facts, -amount)
    if facts.status != "active":
        raise Refused(CardNotActive(status_of_card=facts.status))
    if facts.program_state != "active":
        raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))


def _record(actor: Actor, verb: str, view: HoldView, *, now: datetime) -> None:
    after = {
        "hold": encode("hld", view.id),
        "balance": view.balance_name,
        "amount": format_amount(view.amount, view.decimals),
    }
    if verb == "hold.placed":
        after["until"] = view.expires_at.isoformat()
    record(actor, verb=verb, object_kind="card", object_id=view.card_id, now=now, after=after)
