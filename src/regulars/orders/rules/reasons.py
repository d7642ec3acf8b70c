"""Verdicts of promotions as JSON, so that they can be told later in any language (ORD-7)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.orders.rules.terms import Terms
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced, Reason

Json = dict[str, Any]


class Verdict(Struct, frozen=True):
    """What one promotion said about an order: what it gave with the arithmetic, or the reason why not."""

    promotion_id: UUID
    number: int
    name: str
    is_applied: bool
    steps: tuple[Reason, ...]
    discount: int = 0
    earned: tuple[tuple[UUID, int], ...] = ()
    """Balance type and units."""


def verdicts_of(priced: Priced, terms: Terms) -> tuple[Verdict, ...]:
    """The verdicts of a price, in the order in which promotions were asked."""
    return tuple(_verdict(one, terms) for one in priced.verdicts)


def _verdict(verdict: Applied | NotApplied, terms: Terms) -> Verdict:
    promotion = terms.promotions[verdict.promotion]
    if isinstance(verdict, NotApplied):
        return Verdict(promotion.id, promotion.number, promotion.name, False, (verdict.reason,))
    return Verdict(
        promotion_id=promotion.id,
        number=promotion.number,
        name=promotion.name,
        is_applied=True,
        steps=(*verdict.cut.steps, *(step for one in verdict.earned for step in one.steps)),
        discount=verdict.cut.total,
        earned=tuple((id_of(one.balance_type), one.amount) for one in verdict.earned),
    )


@lru_cache(maxsize=4096)
def id_of(name: str) -> UUID:
    """The id behind a name of the engine: a few dozen, asked for with every order."""
    return UUID(name)


def verdict_json(verdict: Verdict) -> Json:
    """Write a verdict for orjson with `other_json`; `read_verdict` reads the same."""
    stored: Json = {
        "promotion": verdict.promotion_id,
        "number": verdict.number,
        "name": verdict.name,
        "steps": [reason_json(step) for step in verdict.steps],
    }
    if verdict.is_applied:
        stored["applied"] = True
    if verdict.discount:
        stored["discount"] = verdict.discount
    if verdict.earned:
        stored["earned"] = verdict.earned
    return stored


def read_verdict(stored: Mapping[str, Any]) -> Verdict:
    """Read what `verdict_json` wrote."""
    return Verdict(
        promotion_id=UUID(stored["promotion"]),
        number=stored["number"],
        name=stored["name"],
        is_applied=stored.get("applied", False),
        steps=tuple(read_reason(step) for step in stored["steps"]),
        discount=stored.get("discount", 0),
        earned=tuple((UUID(one[0]), one[1]) for one in stored.get("earned", ())),
    )


def reason_json(reason: Reason) -> Json:
    """Write one step or reason; `read_reason` reads the same."""
    values = reason.values
    if not values:
        return {"code": reason.code}
    if any(type(value) is tuple for value in values.values()):
        # Else it would be written as a list.
        values = {name: _write(value) for name, value in values.items()}
    return {"code": reason.code, "values": values}


def read_reason(stored: Mapping[str, Any]) -> Reason:
    """Read what `reason_json` wrote."""
    values = {name: _read(value) for name, value in stored.get("values", {}).items()}
    return Reason(stored["code"], values)


def _write(value: object) -> Any:
    match value:
        case tuple():
            return {"reasons": [_write(one) for one in value]}
        case list():
            return [_write(one) for one in value]
        case _:
            return value


def other_json(value: object) -> Any:
    """What JSON does not have, under the name of its kind."""
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Reason():
            return {"reason": reason_json(value)}
        case _:
            raise TypeError(f"no way to write {type(value).__name__}")


_READERS: Final[dict[str, Callable[[Any], object]]] = {
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "reason": read_reason,
    "reasons": lambda values: tuple(_read(one) for one in values),
}


def _read(stored: Any) -> object:
    if isinstance(stored, dict):
        ((kind, value),) = stored.items()
        return _READERS[kind](value)
    return [_read(one) for one in stored] if isinstance(stored, list) else stored
