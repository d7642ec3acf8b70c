"""What an open order sets aside, so that paying it in time never refuses; and giving it back (API.md, Orders)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.holds import NewHold, place_hold
from regulars.ledger.errors import InsufficientBalance
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import Draw, Short, plan_hold
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.terms import Terms
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor

HOLDS: Final = """
SELECT id, account_id, lot_ids, lot_amounts FROM holds
WHERE id = ANY(%(ids)s::uuid[]) AND state = 'active' AND expires_at > %(now)s
"""
END: Final = "SELECT regulars_end_holds(%(ids)s::uuid[], %(now)s, %(state)s)"
ACTIVE: Final = "SELECT id FROM holds WHERE id = ANY(%(ids)s::uuid[]) AND state = 'active'"
ACCOUNTS: Final = """
SELECT card_id, balance_type_id, id FROM accounts WHERE card_id = ANY(%(cards)s::uuid[]) AND chain_id = %(chain)s
"""

AccountOf = dict[tuple[UUID, UUID], UUID]


def accounts_of(cursor: HotCursor, chain_id: UUID, effects: Sequence[Effect]) -> AccountOf:
    """The account of each card and balance type that an order is about."""
    cards = sorted({effect.card_id for effect in effects})
    found = cursor.rows(ACCOUNTS, {"cards": cards, "chain": chain_id})
    return {(card_id, type_id): account_id for card_id, type_id, account_id in found}


def set_aside(
    cursor: HotCursor,
    actor: Actor,
    effects: Sequence[Effect],
    account_of: AccountOf,
    terms: Terms,
    *,
    until: datetime,
    now: datetime,
) -> tuple[Effect, ...]:
    """Hold what an order will spend, until it is paid or the time is over. Refuses: InsufficientBalance."""
    kept = []
    for effect in effects:
        if effect.kind != "spend":
            kept.append(effect)
            continue
        account_id = account_of[effect.card_id, effect.balance_type_id]
        state = lock_accounts(cursor, [account_id], now=now)[account_id]
        parts = plan_hold(state, effect.amount, now=now)
        if isinstance(parts, Short):
            decimals = terms.balances[effect.balance_type_id].decimals
            available, wanted = format_amount(parts.available, decimals), format_amount(parts.wanted, decimals)
            raise Refused(InsufficientBalance(available=available, wanted=wanted))
        hold = NewHold(account_id=account_id, card_id=effect.card_id, parts=parts, expires_at=until)
        kept.append(replace(effect, hold_id=place_hold(cursor, actor, hold, now=now)))
    return tuple(kept)


def held_parts(
    cursor: HotCursor, effects: Sequence[Effect], account_of: AccountOf, *, now: datetime
) -> dict[UUID, tuple[Draw, ...]] | None:
    """The units that the holds of an order set aside, with the accounts locked; None where one has ended already."""
    holds = [effect.hold_id for effect in effects if effect.kind == "spend"]
    lock_accounts(cursor, set(account_of.values()), now=now)
    found = cursor.rows(HOLDS, {"ids": [one for one in holds if one], "now": now})
    if None in holds or len(found) != len(holds):
        return None
    return {
        hold_id: tuple(Draw(*part) for part in zip(lot_ids, amounts, strict=True))
        for hold_id, _account, lot_ids, amounts in found
    }


def end_holds(cursor: HotCursor, effects: Sequence[Effect], state: str, *, now: datetime) -> None:
    """End the holds of an order that have not ended by themselves; their accounts are locked."""
    ids = [effect.hold_id for effect in effects if effect.hold_id]
    active = [values[0] for values in cursor.rows(ACTIVE, {"ids": ids})] if ids else []
    if active:
        cursor.rows(END, {"ids": active, "now": now, "state": state})
