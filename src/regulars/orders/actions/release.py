"""Staff let go what an open order keeps: codes, vouchers, gift cards, points and limits are free for others (RWD-10)."""

from datetime import datetime

from regulars.cards.actions.balances.change import retry_lost_races
from regulars.kernel.refusal import Refused
from regulars.ledger.queries.accounts import lock_accounts
from regulars.orders.actions.codes import free_locked, kept_vouchers
from regulars.orders.actions.lapsed import give_back
from regulars.orders.actions.proceed import lock_open
from regulars.orders.actions.reserve import accounts_of, end_holds
from regulars.orders.errors import NothingKept
from regulars.orders.events import ORDER_CHANGED
from regulars.orders.queries.orders import find_order
from regulars.orders.rules.view import OrderView
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import open_cursor
from regulars.rewards.actions.waiting import settle_waiting


@retry_lost_races
def release_order(actor: Actor, identifier: str, *, now: datetime) -> OrderView:
    """Give back all that an open order keeps before its time is over; the order stays open and is decided anew when paid.

    Refuses: Forbidden, NotFound, OrderNotOpen, NothingKept.
    """
    actor.require("orders:write")
    with unit_of_work(actor.chain_id):
        order = lock_open(actor, identifier)
        assert order.id is not None
        if order.reserved_until is None:
            raise Refused(NothingKept())
        cursor = open_cursor()
        account_of = accounts_of(cursor, actor.chain_id, order.effects)
        lock_accounts(cursor, set(account_of.values()), now=now)
        end_holds(cursor, order.effects, "released", now=now)
        free_locked(
            cursor,
            actor,
            order.id,
            order.redemptions,
            location_id=order.location_id,
            currency_decimals=order.currency_decimals,
            after="released",
            now=now,
        )
        settle_waiting(cursor, actor, kept_vouchers(order.redemptions), now=now)
        give_back(cursor, actor.chain_id, [order.id])
        execute(
            "UPDATE orders SET reserved_until = NULL, version = version + 1 WHERE chain_id = %s AND id = %s",
            [actor.chain_id, order.id],
        )
        cards = sorted({one.card_id for one in order.effects})
        payload = {"order_id": str(order.id), "state": "open"}
        announce(actor.chain_id, ORDER_CHANGED, now=now, card_ids=cards, payload=payload)
        audit.record(
            actor,
            verb="order.released",
            object_kind="order",
            object_id=order.id,
            now=now,
            location_id=order.location_id,
        )
        found = find_order(actor.chain_id, order.id)
        assert found is not None
        return found
