"""The rows of an export of vouchers: one voucher a line, as the list of vouchers means them (IMP-8)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from regulars.exports.rules.cells import Cell, day_cell, phone_cell, time_cell
from regulars.kernel.ids import decode, encode
from regulars.platform.actor import Actor
from regulars.platform.database import from_json
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings
from regulars.vouchers.queries.vouchers import LIVE_STATES, VoucherFilter, conditions_of

NOTHING: Final = UUID(int=0)
COLUMNS: Final = f"""
f.id, f.code, f.title, {LIVE_STATES}, f.benefit::text, f.card_number,
coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = f.holder_id ORDER BY p.position, p.phone LIMIT 1),
    f.card_phone),
f.holder_name, f.source, f.issued_at, f.starts_at, f.expires_at, f.redeemed_at, f.redeemed_location, f.redeemed_by,
f.state_reason
"""

Row = Sequence[Any]
Present = Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]


def voucher_source(
    actor: Actor, chain: ChainSettings, kept: Mapping[str, str], columns: Sequence[str], *, now: datetime
) -> tuple[tuple[str, ...], str, dict[str, Any], Present]:
    """Headers, the view with conditions, parameters, and how rows become cells. Refuses: Forbidden."""
    actor.require("rewards:read")
    wanted = VoucherFilter(
        search=kept.get("search", ""),
        state=cast("Any", kept.get("state")),
        source=kept.get("source", ""),
        card_id=_id("crd", kept.get("card")),
        customer_id=_id("cus", kept.get("customer")),
        batch_id=_id("vbt", kept.get("batch")),
    )
    conditions, parameters = conditions_of(wanted)
    readers = _readers(chain, may_see_people=actor.may("customers:read"))
    headers = tuple(column for column in columns if column in readers)

    def present(_snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    from_sql = "voucher_facts f WHERE " + " AND ".join(["f.chain_id = %(chain)s", *conditions])
    return headers, from_sql, parameters | {"chain": actor.chain_id, "now": now}, present


def _readers(chain: ChainSettings, *, may_see_people: bool) -> dict[str, Callable[[Row], Cell]]:
    zone = chain.zone
    return {
        "id": lambda v: encode("vch", v[0]),
        # Only whoever may redeem has this column chosen.
        "bearer_code": lambda v: v[1],
        "title": lambda v: v[2],
        "state": lambda v: v[3],
        "benefit": lambda v: json.dumps(from_json(v[4]), sort_keys=True) if v[4] and v[4] != "null" else "",
        "number": lambda v: v[5],
        "phone": lambda v: phone_cell(v[6], chain.country) if may_see_people else "",
        "name": lambda v: v[7] if may_see_people else "",
        "source": lambda v: v[8],
        "issued": lambda v: day_cell(v[9], zone),
        "starts_at": lambda v: time_cell(v[10], zone),
        "expires_at": lambda v: time_cell(v[11], zone),
        "redeemed_at": lambda v: time_cell(v[12], zone),
        "location": lambda v: v[13],
        "staff": lambda v: v[14],
        "reason": lambda v: v[15],
    }


def _id(prefix: str, text: str | None) -> UUID | None:
    return (decode(prefix, text) or NOTHING) if text else None
