"""Codes of orders are no way to guess codes: wrong ones are counted as at the door of lookups (RWD-9)."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from msgspec import structs

from regulars.codes.actions.lookup import RIGHT, begin_looking, count_wrong_codes, not_heard
from regulars.kernel.codes import code_key
from regulars.kernel.refusal import Refused
from regulars.orders.queries.brought import Held
from regulars.orders.queries.terms import kept_terms
from regulars.orders.rules.command import OrderDraft, SpendDraft
from regulars.platform.actor import Actor
from regulars.platform.attempts import TooManyAttempts, Turn, end_turn
from regulars.platform.database import after_edge

T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """How many codes of one order were wrong, however often it is decided before it is answered."""

    wrong: int = 0
    mistyped: int = 0


_tally: Final[ContextVar[Tally | None]] = ContextVar("wrong_codes", default=None)


def note_wrong(held: Held) -> None:
    """Keep how many codes of the order that is being decided were wrong: they are counted whatever is answered."""
    tally = _tally.get()
    if tally is not None:
        tally.wrong, tally.mistyped = max(tally.wrong, held.wrong), max(tally.mistyped, held.mistyped)


def tallied(run: Callable[[], T]) -> Callable[[], T]:
    """The same, counting for the order under way here wherever it runs: somebody else's request may run it."""
    tally = _tally.get()

    def counting() -> T:
        token = _tally.set(tally)
        try:
            return run()
        finally:
            _tally.reset(token)

    return counting


def guarded(actor: Actor, draft: OrderDraft, run: Callable[[OrderDraft], T], *, now: datetime) -> T:
    """Run what prices or records an order, and count each wrong code of it, also where it is refused.

    Orders of one source that gave wrong codes lately run one after another, so that many at the same instant learn no more.

    Of whoever gave too many wrong ones only slogans of promotions are heard for a while, and so of somebody who may
    neither see rewards nor record orders; the order says so of the other codes. Nothing is counted for an order whose codes
    are slogans. Refuses: TooManyAttempts and Forbidden where a gift card is named by its code, Forbidden where memberships of
    the customer are to pay, and what `run` does.
    """
    if draft.uses_memberships and not actor.may("orders:write"):
        actor.require(RIGHT)
    if not _may_guess(actor, draft):
        return run(draft)
    if not actor.may("orders:write") and not actor.may(RIGHT):
        if _names_gift_card(draft):
            actor.require(RIGHT)
        return run(structs.replace(draft, hears_slogans_only="code_not_looked_at"))
    tally = Tally()
    turn = begin_looking(actor, now=now)
    token = _tally.set(tally)
    try:
        return run(_as_heard(draft, not_heard(turn)))
    finally:
        _tally.reset(token)
        after_edge(lambda: _end(actor, tally, turn, now=now))


def guarded_change(
    actor: Actor, codes: Sequence[str], spend: Sequence[SpendDraft], run: Callable[[str], T], *, now: datetime
) -> T:
    """The same for codes that come to an order that is there; `run` is told why it hears slogans only, "" where it hears all."""
    came = OrderDraft(lines=(), codes=tuple(codes), spend=tuple(spend))
    return guarded(actor, came, lambda heard: run(heard.hears_slogans_only), now=now)


def _end(actor: Actor, tally: Tally, turn: Turn, *, now: datetime) -> None:
    """Count what was wrong, and only then let the next one look."""
    try:
        if tally.wrong or tally.mistyped:
            count_wrong_codes(actor, tally.wrong, mistyped=tally.mistyped, now=now)
    finally:
        end_turn(turn)


def _as_heard(draft: OrderDraft, too_many: TooManyAttempts | None) -> OrderDraft:
    if too_many is None:
        return draft
    if _names_gift_card(draft):
        # What it was to pay would have to be paid otherwise: that is for a person to decide.
        raise Refused(too_many)
    return structs.replace(draft, hears_slogans_only=too_many.code)


def _names_gift_card(draft: OrderDraft) -> bool:
    return any(one.code is not None for one in draft.spend)


def _may_guess(actor: Actor, draft: OrderDraft) -> bool:
    """Whether the order names a gift card by its code, or has codes that promotions do not know by themselves."""
    if _names_gift_card(draft):
        return True
    if not draft.codes:
        return False
    terms = kept_terms(actor.chain_id)
    return terms is None or any(code_key(one) not in terms.compiled.codes for one in draft.codes)
