"""How a change of an account is planned: what is drawn from which lots, what comes in, what is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from regulars.kernel.amount import AMOUNT_MAX

BALANCE_MAX: Final = AMOUNT_MAX
RETURNED_LOT_LIFE: Final = timedelta(days=30)
"""How long points live that come back to a lot which has expired meanwhile (LED-4)."""
CLOCKS_APART_MAX: Final = timedelta(seconds=5)
"""How far the clocks of two tills or servers may differ: what one has just given, the other can take at once."""


class Lot(Struct, frozen=True):
    """Units that came in together; `activates_at` and `expires_at` bound when they can be spent, `held` are set aside."""

    id: UUID
    amount: int
    remaining: int
    activates_at: datetime
    expires_at: datetime | None
    held: int = 0

    @property
    def free(self) -> int:
        """What no hold has set aside."""
        return self.remaining - self.held

    def is_spendable(self, now: datetime) -> bool:
        """Whether units of this lot can be taken now."""
        return self.free > 0 and self.is_active(now) and not self.is_expired(now)

    def is_active(self, now: datetime) -> bool:
        """Whether its time has begun; a moment that only clocks disagree about counts as begun."""
        return self.activates_at <= now + CLOCKS_APART_MAX

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over, be it booked or not."""
        return self.expires_at is not None and self.expires_at <= now


class AccountState(Struct, frozen=True):
    """An account as it was read under its lock: whole smallest units, lots that still hold something.

    Where only the lots that are spent first were read (`has_all_lots` false), the account allows no debt, and `available`
    is at least what these lots give.
    """

    id: UUID
    balance: int
    held: int
    version: int
    lots: tuple[Lot, ...]
    allows_debt: bool = False
    has_all_lots: bool = True

    @property
    def debt(self) -> int:
        """What the next units that come in have to fill first."""
        if not self.has_all_lots:
            return 0
        return sum(lot.remaining for lot in self.lots) - self.balance

    def available(self, now: datetime, *, first_lot: UUID | None = None) -> int:
        """What can be spent now: what live lots hold and no hold has set aside, less a debt; never below zero.

        What a reversal finds in its own lot (`first_lot`) counts as well.
        """
        return max(0, sum(lot.free for lot in self.usable(now, first_lot=first_lot)) - self.debt)

    def usable(self, now: datetime, *, first_lot: UUID | None = None) -> list[Lot]:
        """The lots that a minus may draw from, the first before all others, then soonest expiry first."""
        found = [lot for lot in self.lots if lot.is_spendable(now) or (lot.id == first_lot and lot.free > 0)]
        return sorted(found, key=lambda lot: (lot.id != first_lot, *spending_order(lot)))

    def pending(self, now: datetime) -> int:
        """What came in but cannot be spent before a later time."""
        return sum(lot.remaining for lot in self.lots if not lot.is_active(now))


class Draw(Struct, frozen=True):
    """Units taken from one lot, or given back to it (negative)."""

    lot_id: UUID
    amount: int


class NewLot(Struct, frozen=True):
    """A lot that a change brings in; `remaining` is less than `amount` where a debt was filled."""

    amount: int
    remaining: int
    activates_at: datetime
    expires_at: datetime | None

    def opened(self, lot_id: UUID) -> Lot:
        """The lot that it becomes."""
        return Lot(lot_id, self.amount, self.remaining, self.activates_at, self.expires_at)


class Plan(Struct, frozen=True):
    """One change of one account, ready to be posted."""

    account_id: UUID
    version: int
    amount: int
    balance_after: int
    draws: tuple[Draw, ...] = ()
    new_lot: NewLot | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """The account cannot give what was asked for."""

    available: int
    wanted: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The balance would pass BALANCE_MAX."""


def plan_change(
    account: AccountState,
    amount: int,
    *,
    now: datetime,
    activates_at: datetime | None = None,
    expires_at: datetime | None = None,
    first_lot: UUID | None = None,
) -> Plan | Short | TooLarge:
    """Plan one signed change: a plus opens a lot, a minus draws from the lots that expire soonest.

    Refuses to draw more than is available (Short) and to pass BALANCE_MAX (TooLarge). `first_lot` is drawn before
    all others, also while it is pending or over: what a reversal takes back comes from where it went.
    """
    assert amount != 0
    if amount > 0:
        return _plan_plus(account, amount, activates_at=activates_at or now, expires_at=expires_at)
    return _plan_minus(account, -amount, now=now, first_lot=first_lot)


def _plan_plus(
    account: AccountState, amount: int, *, activates_at: datetime, expires_at: datetime | None
) -> Plan | TooLarge:
    if account.balance + amount > BALANCE_MAX:
        return TooLarge()
    filled = min(account.debt, amount)
    lot = NewLot(amount=amount, remaining=amount - filled, activates_at=activates_at, expires_at=expires_at)
    return Plan(
        account_id=account.id,
        version=account.version,
        amount=amount,
        balance_after=account.balance + amount,
        new_lot=lot,
    )


def _plan_minus(account: AccountState, wanted: int, *, now: datetime, first_lot: UUID | None) -> Plan | Short:
    available = account.available(now, first_lot=first_lot)
    if wanted > available:
        return Short(available=available, wanted=wanted)
    draws = draw(account.usable(now, first_lot=first_lot), wanted)
    assert sum(draw.amount for draw in draws) == wanted
    return Plan(
        account_id=account.id,
        version=account.version,
        amount=-wanted,
        balance_after=account.balance - wanted,
        draws=draws,
    )


def draw(lots: Iterable[Lot], wanted: int) -> tuple[Draw, ...]:
    """Take units from lots in their order, as far as they are free."""
    draws: list[Draw] = []
    missing = wanted
    for lot in lots:
        if missing == 0:
            break
        taken = min(lot.free, missing)
        draws.append(Draw(lot.id, taken))
        missing -= taken
    return tuple(draws)


def spending_order(lot: Lot) -> tuple[bool, datetime, UUID]:
    """Soonest expiry first, among equals what came first; what never expires goes last, so that less is lost.

    It is the order of the index of live lots, so that a change reads only the few it needs.
    """
    return (lot.expires_at is None, lot.expires_at or datetime.max.replace(tzinfo=UTC), lot.id)


@dataclass(frozen=True, slots=True)
class DrawnLot:
    """A lot that a posted minus drew from, as it is now; how much of the draw has not yet come back, and its moment."""

    lot: Lot
    drawn: int
    drawn_at: datetime


def plan_return(
    account: AccountState,
    amount: int,
    *,
    drawn: tuple[DrawnLot, ...],
    now: datetime,
    life: timedelta = RETURNED_LOT_LIFE,
) -> Plan | TooLarge:
    """Plan giving `amount` back to the lots that a minus took it from.

    What belongs to a lot that has expired meanwhile comes back as a new lot that lives 30 more days, or `life`. What was drawn
    from a lot after its end (a card was closed) goes back there and is as expired as it was.
    """
    assert 0 < amount <= sum(part.drawn for part in drawn)
    if account.balance + amount > BALANCE_MAX:
        return TooLarge()
    returns, renewed, missing = _back(drawn, amount, now=now)
    renewed += missing
    lot = NewLot(renewed, renewed, now, now + life if missing == 0 else None) if renewed else None
    return Plan(
        account_id=account.id,
        version=account.version,
        amount=amount,
        balance_after=account.balance + amount,
        draws=returns,
        new_lot=lot,
    )


def _back(drawn: tuple[DrawnLot, ...], amount: int, *, now: datetime) -> tuple[tuple[Draw, ...], int, int]:
    """Which lots take units back, how many belong to lots that expired meanwhile, and how many find no lot at all."""
    returns: list[Draw] = []
    renewed = 0
    missing = amount
    # The last drawn comes back first: a part given back leaves the soonest expiry spent, as it was.
    for part in reversed(drawn):
        back = min(part.drawn, missing, part.lot.amount - part.lot.remaining)
        if back == 0:
            continue
        missing -= back
        if part.lot.is_expired(now) and not part.lot.is_expired(part.drawn_at):
            renewed += back
        else:
            returns.append(Draw(part.lot.id, -back))
    return tuple(returns), renewed, missing


def plan_reopen(
    account: AccountState,
    amount: int,
    *,
    drawn: tuple[DrawnLot, ...],
    now: datetime,
    life: timedelta = RETURNED_LOT_LIFE,
) -> Plan:
    """Plan putting an account back as plan_close found it: `amount` is what it held, below zero where it owed.

    All that its lots held comes back to them, so that what is owed is again what they hold more than the balance.
    """
    returns, renewed, missing = _back(drawn, sum(part.drawn for part in drawn), now=now)
    assert missing == 0
    lot = NewLot(renewed, renewed, now, now + life) if renewed else None
    return Plan(
        account_id=account.id,
        version=account.version,
        amount=amount,
        balance_after=account.balance + amount,
        draws=returns,
        new_lot=lot,
    )


def plan_round(account: AccountState, amount: int, *, now: datetime) -> Plan | None:
    """Plan taking the stamps of a round: those that can be spent first, then pending ones, last what has run out by now
    and is not booked yet. None where holds or a debt leave too few.
    """
    assert amount > 0
    usable = account.usable(now)
    named = {lot.id for lot in usable}
    others = [lot for lot in account.lots if lot.free > 0 and lot.id not in named]
    others.sort(key=lambda lot: (lot.is_expired(now), lot.activates_at, lot.id))
    draws = draw([*usable, *others], amount)
    return _plan_draws(account, draws) if sum(one.amount for one in draws) == amount else None


def plan_hold(account: AccountState, amount: int, *, now: datetime) -> tuple[Draw, ...] | Short:
    """Choose the units that a hold sets aside: those that a minus would take now. Refuses more than is available."""
    assert amount > 0
    plan = _plan_minus(account, amount, now=now, first_lot=None)
    return plan if isinstance(plan, Short) else plan.draws


def plan_capture(account: AccountState, amount: int, *, parts: tuple[Draw, ...]) -> Plan:
    """Plan spending `amount` of what an ended hold had set aside, the units of soonest expiry first, also where they
    expired meanwhile: what was set aside in time is there.
    """
    assert 0 < amount <= sum(part.amount for part in parts)
    draws: list[Draw] = []
    missing = amount
    for part in parts:
        taken = min(part.amount, missing)
        if taken:
            draws.append(Draw(part.lot_id, taken))
        missing -= taken
    return _plan_draws(account, tuple(draws))


def plan_expire(account: AccountState, *, now: datetime) -> Plan | None:
    """Plan posting off what has expired by now, except what holds have set aside; None where nothing has."""
    over = [lot for lot in account.lots if lot.is_expired(now) and lot.free > 0]
    return _plan_draws(account, tuple(Draw(lot.id, lot.free) for lot in over)) if over else None


def plan_lapse(account: AccountState, *, now: datetime) -> Plan | None:
    """Plan posting off a whole balance for want of orders: all that no hold has set aside and that is not pending."""
    over = [lot for lot in account.lots if lot.activates_at <= now and lot.free > 0]
    return _plan_draws(account, tuple(Draw(lot.id, lot.free) for lot in over)) if over else None


def _plan_draws(account: AccountState, draws: tuple[Draw, ...]) -> Plan:
    amount = sum(draw.amount for draw in draws)
    return Plan(
        account_id=account.id,
        version=account.version,
        amount=-amount,
        balance_after=account.balance - amount,
        draws=draws,
    )


def plan_close(account: AccountState) -> Plan | None:
    """Plan posting off whatever is left, pending and expired lots too; None where nothing is. Holds must have ended."""
    assert account.held == 0
    if account.balance == 0:
        return None
    draws = tuple(Draw(lot.id, lot.remaining) for lot in account.lots if lot.remaining)
    return Plan(account_id=account.id, version=account.version, amount=-account.balance, balance_after=0, draws=draws)
