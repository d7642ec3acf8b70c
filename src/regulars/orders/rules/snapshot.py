"""What promotions saw of an order, kept with it, so that a refund decides again on the same ground (LED-4).

The lines stand in rows of their own; here is what was beside them. What is as it usually is, is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from regulars.kernel.codes import code_key
from regulars.orders.rules.presented import is_token
from regulars.promotions.rules.facts import Customer, Facts, History, HistoryScope, Line, Uses

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """Facts as they were evaluated, and the money paid with points that did not earn."""

    facts: Facts
    paid_with_points: int = 0


def to_json(seen: Seen) -> Json:
    """Write what was seen beside the lines; `from_json` with the same lines reads the same."""
    facts = seen.facts
    stored: Json = {"at": facts.at.isoformat()}
    if seen.paid_with_points:
        stored["paid_with_points"] = seen.paid_with_points
    for name in _SIMPLE:
        value = getattr(facts, name)
        if value:
            stored[name] = value
    if not facts.prices_include_tax:
        stored["prices_include_tax"] = False
    if facts.codes:
        stored["codes"] = sorted(facts.codes)
    if facts.customer is not None:
        stored["customer"] = _customer_json(facts.customer)
    for name in ("balances", "carried"):
        value = {key: amount for key, amount in getattr(facts, name).items() if amount}
        if value:
            stored[name] = value
    used = {key: uses for key, one in facts.uses.items() if (uses := _uses_json(one))}
    if used:
        stored["uses"] = used
    return stored


def from_json(stored: Mapping[str, Any], lines: tuple[Line, ...]) -> Seen:
    """Read what `to_json` wrote; what is not there is as it usually is."""
    customer = stored.get("customer")
    facts = Facts(
        lines=lines,
        at=datetime.fromisoformat(stored["at"]),
        **{name: stored[name] for name in _SIMPLE if name in stored},
        # Older orders keep their codes as these were compared then.
        codes=frozenset(one if is_token(one) else code_key(one) for one in stored.get("codes", ())),
        customer=_read_customer(customer) if customer is not None else None,
        prices_include_tax=stored.get("prices_include_tax", True),
        uses={key: Uses(**uses) for key, uses in stored.get("uses", {}).items()},
        balances=dict(stored.get("balances", {})),
        carried=dict(stored.get("carried", {})),
    )
    return Seen(facts, stored.get("paid_with_points", 0))


_SIMPLE: Final = ("shipping", "shipping_method", "tips", "location", "channel", "contact_point")
_SETS: Final = ("tags", "card_types", "tiers")
_COUNTS: Final = ("orders_before", "sold_before", "paid_before")
_USES: Final = ("total", "by_customer", "today", "discount", "units", "earned_today")


def _customer_json(customer: Customer) -> Json:
    stored: Json = {"id": customer.id}
    for name in _SETS:
        if getattr(customer, name):
            stored[name] = sorted(getattr(customer, name))
    for name in _COUNTS:
        if getattr(customer, name):
            stored[name] = getattr(customer, name)
    if customer.histories:
        stored["histories"] = [_history_json(scope, one) for scope, one in customer.histories.items()]
    if customer.birthday:
        stored["birthday"] = list(customer.birthday)
    if customer.fields:
        stored["fields"] = dict(customer.fields)
    return stored


def _read_customer(stored: Mapping[str, Any]) -> Customer:
    sets: Any = {name: frozenset(stored.get(name, ())) for name in _SETS}
    counts: Any = {name: stored.get(name, 0) for name in _COUNTS}
    histories = dict(_read_history(one) for one in stored.get("histories", ()))
    month, day = stored.get("birthday", (0, 0))
    return Customer(
        id=stored["id"],
        fields=stored.get("fields", {}),
        histories=histories,
        birthday=(month, day) if month else None,
        **sets,
        **counts,
    )


def _history_json(scope: HistoryScope, history: History) -> Json:
    return {
        "since": scope.since.isoformat() if scope.since else None,
        "locations": sorted(scope.locations),
        "sums": [history.sold, history.paid, history.visits],
    }


def _read_history(stored: Mapping[str, Any]) -> tuple[HistoryScope, History]:
    since = date.fromisoformat(stored["since"]) if stored["since"] else None
    return HistoryScope(since, frozenset(stored["locations"])), History(*stored["sums"])


def _uses_json(uses: Uses) -> Json:
    return {name: getattr(uses, name) for name in _USES if getattr(uses, name)}
