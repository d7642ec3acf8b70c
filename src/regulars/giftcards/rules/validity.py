"""How long a gift card of a type is good. Every end is the end of a day in the chain's zone."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.expiry import end_of_day, months_after

KINDS: Final = ("unlimited", "days", "months", "until")
COUNT_MAX: Final[Mapping[str, int]] = {"days": 3650, "months": 120}


def read_validity(value: Any, pointer: str) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The validity in one way of writing, `{"kind": …, "count": …}` or `{"kind": "until", "date": …}`, and what is wrong."""
    if not isinstance(value, Mapping):
        return {}, [FieldProblem(pointer, "invalid_type", "An object with kind, and count or date.")]
    kind = value.get("kind", "unlimited")
    if kind not in KINDS:
        return {}, [FieldProblem(f"{pointer}/kind", "unknown_value", f"One of: {', '.join(KINDS)}.")]
    wanted = {"kind"} | ({"count"} if kind in COUNT_MAX else {"date"} if kind == "until" else set())
    unknown = sorted(name for name in set(value) - wanted if value[name] is not None)
    if unknown:
        return {}, [FieldProblem(f"{pointer}/{unknown[0]}", "unknown_field", "There is no such field here.")]
    if kind == "unlimited":
        return {}, []
    if kind == "until":
        day = _day(value.get("date"))
        if day is None:
            return {}, [FieldProblem(f"{pointer}/date", "invalid_date", "A day like 2026-12-31.")]
        return {"kind": kind, "date": day.isoformat()}, []
    count, most = value.get("count"), COUNT_MAX[kind]
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
        return {}, [FieldProblem(f"{pointer}/count", "out_of_range", f"A whole number from 1 to {most}.")]
    return {"kind": kind, "count": count}, []


def end_of(validity: Mapping[str, Any], sold_at: datetime, zone: ZoneInfo) -> datetime | None:
    """When a gift card ends that is sold now; None where it never does. A month after 31 January is the last of February."""
    day = sold_at.astimezone(zone).date()
    match validity.get("kind", "unlimited"):
        case "days":
            return end_of_day(day + timedelta(days=validity["count"]), zone)
        case "months":
            return end_of_day(months_after(day, validity["count"]), zone)
        case "until":
            return end_of_day(date.fromisoformat(validity["date"]), zone)
        case _:
            return None


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None
