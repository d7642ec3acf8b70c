"""Rewards whose goal was taken back while an order had their voucher: decided when the order lets it go (ORD-13, RWD-10)."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.ledger.queries.accounts import lock_accounts
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor
from regulars.rewards.actions.giving import cancel_given
from regulars.rewards.queries.standings import read_stamp_accounts
from regulars.rewards.rules.milestones import Reached, is_reached
from regulars.vouchers.queries.redeemable import lock_vouchers

WAITING: Final = """
SELECT account_id FROM given_rewards
WHERE chain_id = %(chain)s AND voucher_id = ANY(%(vouchers)s::uuid[]) AND waits_for_order
"""
LOCKED: Final = """
SELECT id, card_id, account_id, number, goal, voucher_id, state FROM given_rewards
WHERE chain_id = %(chain)s AND voucher_id = ANY(%(vouchers)s::uuid[]) AND waits_for_order
ORDER BY id FOR NO KEY UPDATE
"""
DECIDED: Final = """
UPDATE given_rewards SET waits_for_order = false
WHERE chain_id = %(chain)s AND voucher_id = ANY(%(vouchers)s::uuid[]) AND waits_for_order
"""


def settle_waiting(cursor: HotCursor, actor: Actor, vouchers: Collection[UUID], *, now: datetime) -> None:
    """Decide on the rewards of vouchers that an order has let go without being paid with them, after they are free again.

    One whose goal the card has reached again stays; any other is cancelled with its voucher, and its goal may be reached
    again. Costs one read where none of them waits.
    """
    wanted = {"chain": actor.chain_id, "vouchers": sorted(vouchers)}
    accounts = {values[0] for values in cursor.rows(WAITING, wanted)} if vouchers else set()
    if not accounts:
        return
    # Stamps that come at the same instant are given before, and reach the goal again, or after, and bring a reward anew.
    lock_accounts(cursor, accounts, now=now)
    standings = read_stamp_accounts(cursor, accounts)
    lost = []
    for given_id, card_id, account_id, number, goal, voucher_id, state in cursor.rows(LOCKED, wanted):
        account = standings.get(account_id)
        stays = account is not None and is_reached(account.standing, Reached(number, goal))
        if not stays and state == "given":
            lost.append((given_id, card_id, voucher_id))
    cursor.rows(DECIDED, wanted)
    states = lock_vouchers(cursor, actor.chain_id, [voucher_id for _, _, voucher_id in lost])
    given = [(given_id, card_id, states.get(voucher_id)) for given_id, card_id, voucher_id in lost]
    cancel_given(cursor, actor, given, now=now, is_undone=True)


def keep_waiting(cursor: HotCursor, actor: Actor, vouchers: Collection[UUID]) -> None:
    """Let the rewards of vouchers stay that a paid order had used and gives back: what has been used is kept for good."""
    if vouchers:
        cursor.rows(DECIDED, {"chain": actor.chain_id, "vouchers": sorted(vouchers)})
