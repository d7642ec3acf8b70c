"""Finding vouchers: by id, by code, as lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import search_form
from regulars.platform.actor import Actor
from regulars.platform.database import kept_rows, rows
from regulars.vouchers.queries.rows import SELECT, VoucherView, view_of
from regulars.vouchers.rules.states import State

# A state as time has made it by now: what was written, and what falls due later than it was looked at.
LIVE_STATES: Final = """(CASE
    WHEN f.state IN ('issued', 'active') AND f.expires_at <= %(now)s THEN 'expired'
    WHEN f.state = 'issued' AND f.starts_at <= %(now)s THEN 'active' ELSE f.state END)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherFilter:
    """Which vouchers; everything given must hold."""

    search: str = ""
    state: State | None = None
    card_id: UUID | None = None
    customer_id: UUID | None = None
    batch_id: UUID | None = None
    source: str = ""


def access_voucher(actor: Actor, identifier: str, *, now: datetime) -> VoucherView:
    """The voucher with this id (`vch_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    voucher_id = decode("vch", identifier)
    found = get_vouchers(actor.chain_id, [voucher_id], now=now) if voucher_id else []
    if not found:
        raise Refused(NotFound())
    return found[0]


def get_vouchers(chain_id: UUID, ids: Sequence[UUID], *, now: datetime) -> list[VoucherView]:
    """These vouchers of the chain as they are now, in their order; what is not there is left out."""
    found = _select("f.id = ANY(%(ids)s::uuid[])", {"chain": chain_id, "ids": list(ids), "limit": len(ids)}, now=now)
    by_id = {view.id: view for view in found}
    return [by_id[one] for one in ids if one in by_id]


def list_vouchers(
    actor: Actor, wanted: VoucherFilter, *, now: datetime, after: UUID | None = None, limit: int = 50
) -> tuple[list[VoucherView], UUID | None]:
    """One page of vouchers, newest first, and where the next page goes on. Refuses: Forbidden.

    A search finds a card number, a part of the holder's name, or of the title of one of the newest. Never a code: that
    would stand in addresses, and looking codes up is counted (`actions.lookup`).
    """
    actor.require("rewards:read")
    conditions, parameters = conditions_of(wanted)
    if after is not None:
        conditions.append("f.id < %(after)s")
    found = _select(
        " AND ".join(conditions) or "true",
        parameters | {"chain": actor.chain_id, "after": after, "limit": limit + 1},
        now=now,
    )
    return found[:limit], found[limit - 1].id if len(found) > limit else None


SHOWN_AFTERWARDS: Final = timedelta(days=30)
"""So long a voucher that was redeemed or is over still stands on the web card."""


def list_vouchers_of_holder(
    chain_id: UUID, card_id: UUID, customer_id: UUID | None, *, now: datetime, limit: int
) -> list[VoucherView]:
    """The vouchers of a card and of its holder as the holder sees them: those that count first, then what was of late."""
    return _select(
        "(f.card_id = %(card)s OR f.customer_id = %(customer)s) AND f.state <> 'cancelled'"
        " AND (f.state IN ('issued', 'active') OR f.redeemed_at > %(since)s OR f.expires_at > %(since)s)",
        {
            "chain": chain_id,
            "card": card_id,
            "customer": customer_id,
            "since": now - SHOWN_AFTERWARDS,
            "order": list(SHOWN_ORDER),
            "limit": limit,
        },
        now=now,
        order=f"array_position(%(order)s::text[], {LIVE_STATES}), f.id DESC",
    )


SHOWN_ORDER: Final[tuple[State, ...]] = ("active", "issued", "redeemed", "expired", "cancelled")
_TITLES: Final = f"""
SELECT w.card, v.titles FROM unnest(%(cards)s::uuid[], %(customers)s::uuid[]) AS w (card, customer)
CROSS JOIN LATERAL (
    SELECT array_agg(one.title ORDER BY one.id DESC) AS titles FROM (
        SELECT f.id, f.title FROM vouchers f
        WHERE f.chain_id = %(chain)s AND (f.card_id = w.card OR f.customer_id = w.customer) AND {LIVE_STATES} = 'active'
        ORDER BY f.id DESC LIMIT %(limit)s
    ) one
) v WHERE v.titles IS NOT NULL
"""


def list_titles_of_holders(
    chain_id: UUID, holders: Mapping[UUID, UUID | None], *, now: datetime, limit: int
) -> dict[UUID, list[str]]:
    """What the vouchers are called that holders can redeem, by card, the newest first; `holders` are customers by card."""
    wanted = {
        "chain": chain_id,
        "cards": list(holders),
        "customers": list(holders.values()),
        "now": now,
        "limit": limit,
    }
    return dict(kept_rows(_TITLES, wanted)) if holders else {}


def conditions_of(wanted: VoucherFilter) -> tuple[list[str], dict[str, Any]]:
    """A filter as conditions on `voucher_facts f`; `now` is among the values that they name."""
    conditions: list[str] = []
    if wanted.state is not None:
        conditions.append(f"{LIVE_STATES} = %(state)s")
    if wanted.card_id is not None:
        conditions.append("f.card_id = %(card)s")
    if wanted.customer_id is not None:
        conditions.append(OF_CUSTOMER)
    if wanted.batch_id is not None:
        conditions.append("f.batch_id = %(batch)s")
    if wanted.source:
        conditions.append("f.source = %(source)s")
    text = wanted.search.strip()
    if text:
        conditions.append(SEARCH)
    return conditions, {
        "state": wanted.state,
        "card": wanted.card_id,
        "customer": wanted.customer_id,
        "batch": wanted.batch_id,
        "source": wanted.source,
        "text": text,
        "like": _like(text),
        "name": _like(search_form(text)),
        "people_most": PEOPLE_MAX,
        "titles_most": TITLES_MAX,
    }


def _like(text: str) -> str:
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


PEOPLE_MAX: Final = 1_000
TITLES_MAX: Final = 20_000
# Each part is answered by an index or ends early: titles have none, as it would be written with every redemption.
SEARCH: Final = """(
    f.customer_id = ANY(ARRAY(SELECT c.id FROM customers c WHERE c.chain_id = %(chain)s AND c.search_name LIKE %(name)s
        LIMIT %(people_most)s))
    OR f.card_id = ANY(ARRAY(SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND (k.number = %(text)s
        OR k.customer_id = ANY(ARRAY(SELECT c.id FROM customers c WHERE c.chain_id = %(chain)s
            AND c.search_name LIKE %(name)s LIMIT %(people_most)s)))))
    OR f.id = ANY(ARRAY(SELECT t.id FROM (SELECT v.id, v.title FROM vouchers v WHERE v.chain_id = %(chain)s
        ORDER BY v.id DESC LIMIT %(titles_most)s) t WHERE t.title ILIKE %(like)s)))"""
OF_CUSTOMER: Final = """(f.customer_id = %(customer)s OR f.card_id IN (
    SELECT held.id FROM cards held WHERE held.chain_id = %(chain)s AND held.customer_id = %(customer)s))"""


def _select(
    condition: str, parameters: dict[str, Any], *, now: datetime, order: str = "f.id DESC"
) -> list[VoucherView]:
    found = rows(
        f"SELECT {SELECT} FROM voucher_facts f WHERE f.chain_id = %(chain)s AND {condition}"
        f" ORDER BY {order} LIMIT %(limit)s",
        parameters | {"now": now},
    )
    return [view_of(values).at(now) for values in found]
