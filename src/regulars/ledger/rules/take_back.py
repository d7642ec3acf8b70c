"""Taking back what an earning brought, when some of it is gone (LED-4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.ledger.rules.plan import AccountState, Plan, draw


@dataclass(frozen=True, slots=True)
class TakeBack:
    """What is taken now: `plan` None where nothing is. `owed` of it becomes a debt, `missing` of what was wanted is not taken."""

    plan: Plan | None
    taken: int
    owed: int
    missing: int


def plan_take_back(
    account: AccountState, wanted: int, *, first_lot: UUID | None, now: datetime, may_owe: bool
) -> TakeBack:
    """Plan taking units back from the lot that they made, pending or over, then from those that are spent first.

    What is not there becomes a debt that the next units fill, or, unless the program lets cards owe, is left at that.
    """
    assert wanted > 0
    drawn = min(wanted, account.available(now, first_lot=first_lot))
    taken = wanted if may_owe else drawn
    if taken == 0:
        return TakeBack(plan=None, taken=0, owed=0, missing=wanted)
    plan = Plan(
        account_id=account.id,
        version=account.version,
        amount=-taken,
        balance_after=account.balance - taken,
        draws=draw(account.usable(now, first_lot=first_lot), drawn),
    )
    return TakeBack(plan=plan, taken=taken, owed=taken - drawn, missing=wanted - taken)
