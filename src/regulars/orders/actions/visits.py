"""What orders write of memberships: visits taken with the order, given back with it (RWD-6, LED-4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.memberships.actions.parts import GivenBack, NewUse, use_parts
from regulars.memberships.actions.use import give_back
from regulars.memberships.actions.write import Place
from regulars.memberships.queries.usable import lock_memberships
from regulars.memberships.queries.uses import UseView, uses_of_order
from regulars.memberships.rules.use import plan_use
from regulars.orders.queries.brought import Held
from regulars.orders.rules.redemptions import Redemption, held
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor

ZONE: Final = "SELECT time_zone FROM chains WHERE id = %(chain)s"


def parts_of_visits(actor: Actor, source: Held, view: OrderView, *, now: datetime) -> list[Part]:
    """The visits that an order takes, one use for each: so that each can come back by itself."""
    uses = []
    for one in held(view.redemptions, "membership"):
        assert one.owner_id is not None
        assert source.today is not None
        skus = tuple(view.lines[cover.line].line.sku for cover in one.covers for _ in range(cover.visits))
        plan = plan_use(source.memberships[one.owner_id], len(skus), use_id=new_id(), now=now, today=source.today)
        uses.append(NewUse(plan=plan, skus=skus, location_id=view.location_id, order_id=view.id))
    return use_parts(actor, uses, now=now)


def plan_visits_back(
    cursor: HotCursor,
    actor: Actor,
    order_id: UUID,
    wanted: Sequence[tuple[Redemption, Mapping[int, int]]],
    skus: Sequence[str],
    *,
    location_id: UUID | None,
    now: datetime,
) -> list[GivenBack]:
    """Lock the memberships that get visits back, and plan it; `wanted` are the visits by place among what each covers.

    `skus` are those of the order's lines, so that what comes back is a use for the same thing where there is one.
    """
    found = lock_memberships(cursor, actor.chain_id, [one.owner_id for one, _visits in wanted if one.owner_id])
    if not found:
        return []
    (name,) = cursor.row(ZONE, {"chain": actor.chain_id}) or ("UTC",)
    at = Place(zone=ZoneInfo(name), decimals=0, location_id=location_id)
    left = uses_of_order(cursor.rows, actor.chain_id, order_id)
    gives = []
    for one, visits in wanted:
        assert one.owner_id is not None
        own = [use for use in left if use.membership_id == one.owner_id]
        back: list[UseView] = []
        for place, count in visits.items():
            sku = skus[one.covers[place].line] if one.covers[place].line < len(skus) else ""
            own.sort(key=lambda use: use.sku == sku)
            back += [own.pop() for _ in range(count)]
        gives.append(
            give_back(cursor.rows, actor.chain_id, found[one.owner_id], back, at=at, now=now, order_id=order_id)
        )
    return gives
