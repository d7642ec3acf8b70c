"""The figures of the overview: counted in a few passes, kept for a minute or longer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.database import row, rows
from regulars.reports.rules import WEEKS_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """What customers hold of one balance type, in its smallest unit, and on how many cards."""

    balance_type: UUID
    name: str
    kind: str
    decimals: int
    total: int
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StampCount:
    """For a card type with a goal: how many cards miss how many stamps, 0 for those that reached it."""

    card_type: UUID
    name: str
    goal: int
    missing: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The overview's figures. The weekly series end with the running week and begin WEEKS_KEPT weeks before."""

    at: datetime
    took_ms: int
    customers: int
    cards: int
    unclaimed: int
    first_week: date
    new_cards: tuple[int, ...]
    new_customers: tuple[int, ...]
    outstanding: tuple[Outstanding, ...]
    stamps: tuple[StampCount, ...]


def find_figures(actor: Actor) -> Figures | None:
    """The figures as they were last counted; None where they never were. Refuses: Forbidden."""
    actor.require("reports:read")
    found = row("SELECT content::text, took_ms, at FROM chain_figures WHERE chain_id = %s", [actor.chain_id])
    return read_figures(json.loads(found[0]), took_ms=found[1], at=found[2]) if found else None


def read_figures(content: Mapping[str, Any], *, took_ms: int, at: datetime) -> Figures:
    """The value of what `count_figures` counted."""
    return Figures(
        at=at,
        took_ms=took_ms,
        customers=content["customers"],
        cards=content["cards"],
        unclaimed=content["unclaimed"],
        first_week=date.fromisoformat(content["first_week"]),
        new_cards=tuple(content["new_cards"]),
        new_customers=tuple(content["new_customers"]),
        outstanding=tuple(
            Outstanding(**{**one, "balance_type": UUID(one["balance_type"])}) for one in content["outstanding"]
        ),
        stamps=tuple(
            StampCount(
                card_type=UUID(one["card_type"]),
                name=one["name"],
                goal=one["goal"],
                missing={int(miss): count for miss, count in one["missing"].items()},
            )
            for one in content["stamps"]
        ),
    )


def count_figures(chain_id: UUID, *, today: date, zone: str, places: Sequence[UUID] | None = None) -> dict[str, Any]:
    """Count everything anew in five statements; weeks begin on Monday in the chain's zone. Long for a large chain.

    With `places` the cards are those issued or used there, the customers those who hold one or came in there (ORG-1).
    """
    first_week = today - timedelta(days=today.weekday(), weeks=WEEKS_KEPT - 1)
    given = {"chain": chain_id, "zone": zone, "first": first_week, "weeks": WEEKS_KEPT, "places": list(places or ())}

    def of_places(statement: str) -> str:
        for mark, condition in _PLACES.items():
            statement = statement.replace(mark, "" if places is None else condition)
        return statement

    cards = row(of_places(_CARDS), given) or (0, 0)
    customers = row(of_places(_CUSTOMERS), given) or (0,)
    return {
        "customers": customers[0],
        "cards": cards[0],
        "unclaimed": cards[1],
        "first_week": first_week.isoformat(),
        "new_cards": _series(rows(of_places(_NEW_CARDS), given)),
        "new_customers": _series(rows(of_places(_NEW_CUSTOMERS), given)),
        "outstanding": [
            {
                "balance_type": str(values[0]),
                "name": values[1],
                "kind": values[2],
                "decimals": values[3],
                "total": int(values[4]),
                "cards": values[5],
            }
            for values in rows(of_places(_OUTSTANDING), given)
        ],
        "stamps": _stamps(rows(of_places(_STAMPS), given)),
    }


def _series(found: list[tuple[Any, ...]]) -> list[int]:
    by_week = dict(found)
    return [by_week.get(week, 0) for week in range(WEEKS_KEPT)]


def _stamps(counted: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for card_type, name, goal, missing, count in counted:
        one = found.setdefault(card_type, {"card_type": str(card_type), "name": name, "goal": goal, "missing": {}})
        one["missing"][str(missing)] = count
    return list(found.values())


_HERE: Final = """
SELECT id FROM cards WHERE chain_id = %(chain)s AND issued_location_id = ANY(%(places)s::uuid[])
UNION
SELECT e.card_id FROM transactions x JOIN entries e ON e.transaction_id = x.id
WHERE x.chain_id = %(chain)s AND x.location_id = ANY(%(places)s::uuid[])
"""
_PLACES: Final = {
    "/* cards */": f"AND k.id IN ({_HERE})",
    "/* issued */": "AND k.issued_location_id = ANY(%(places)s::uuid[])",
    "/* accounts */": f"AND card_id IN ({_HERE})",
    "/* customers */": (
        "AND (c.entered_location_id = ANY(%(places)s::uuid[])"
        f" OR c.id IN (SELECT customer_id FROM cards WHERE id IN ({_HERE}) AND customer_id IS NOT NULL))"
    ),
}
"""What stands for a mark in a statement where only some locations count; nothing where all do."""

_CARDS: Final = """
SELECT count(*), count(*) FILTER (WHERE customer_id IS NULL AND phone IS NOT NULL)
FROM cards k WHERE chain_id = %(chain)s AND status NOT IN ('deleted', 'undone') /* cards */
"""
_CUSTOMERS: Final = "SELECT count(*) FROM customers c WHERE chain_id = %(chain)s /* customers */"
_WEEK: Final = "(({0} AT TIME ZONE %(zone)s)::date - %(first)s::date) / 7"
_NEW_CARDS: Final = f"""
SELECT {_WEEK.format("issued_at")} AS week, count(*) FROM cards k
WHERE chain_id = %(chain)s AND status <> 'undone' AND issued_at >= %(first)s::timestamp AT TIME ZONE %(zone)s
    /* issued */ GROUP BY 1
"""
_NEW_CUSTOMERS: Final = f"""
SELECT {_WEEK.format("created_at")} AS week, count(*) FROM customers c
WHERE chain_id = %(chain)s AND created_at >= %(first)s::timestamp AT TIME ZONE %(zone)s /* customers */ GROUP BY 1
"""
_OUTSTANDING: Final = """
SELECT b.id, b.name, b.kind, b.decimals, coalesce(x.total, 0), coalesce(x.cards, 0)
FROM balance_types b JOIN programs p ON p.id = b.program_id AND p.state <> 'undone'
LEFT JOIN (
    SELECT balance_type_id, sum(balance) AS total, count(*) FILTER (WHERE balance > 0) AS cards
    FROM accounts WHERE chain_id = %(chain)s /* accounts */ GROUP BY 1
) x ON x.balance_type_id = b.id
WHERE b.chain_id = %(chain)s ORDER BY b.id
"""
_STAMPS: Final = """
SELECT t.id, t.name, t.goal, greatest(0, coalesce(g.goal, t.goal) - a.balance) AS missing, count(*)
FROM card_types t
JOIN cards k ON k.card_type_id = t.id AND k.chain_id = t.chain_id AND k.status = 'active'
JOIN balance_types b ON b.program_id = t.program_id AND b.kind = 'stamps'
JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = b.id
LEFT JOIN card_round_goals g ON g.card_id = k.id
WHERE t.chain_id = %(chain)s AND t.goal > 0 AND t.state = 'active' /* cards */
GROUP BY t.id, t.name, t.goal, 4 ORDER BY t.id, 4
"""
