"""How long something is good: a voucher, a gift card. Every end is the end of a day in the chain's zone (RWD-2, RWD-5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, cast, get_args
from zoneinfo import ZoneInfo

from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.expiry import end_of_day, months_after

ValidityKind = Literal["unlimited", "days", "months", "until"]

VALIDITY_KINDS: Final[tuple[str, ...]] = get_args(ValidityKind)
COUNTED: Final[dict[str, int]] = {"days": 3650, "months": 120}
"""The largest number of each kind that is counted; the least is one."""
UNTIL_YEARS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Validity:
    """How long something is good from its first day on; the default is for ever.

    `days`, `months`: to the end of the day that many days or months after the first one; a month after 31 January is the
    last of February. `until`: to the end of a day.
    """

    kind: ValidityKind = "unlimited"
    count: int = 0
    day: date | None = None


UNLIMITED: Final = Validity()


def end_of(validity: Validity, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment at which ends what begins at `starts_at`; None where it has no end."""
    first = starts_at.astimezone(zone).date()
    match validity.kind:
        case "unlimited":
            return None
        case "days":
            return end_of_day(first + timedelta(days=validity.count), zone)
        case "months":
            return end_of_day(months_after(first, validity.count), zone)
        case "until":
            assert validity.day is not None
            return end_of_day(validity.day, zone)


def check_validity(written: Any, pointer: str, *, first_day: date | None) -> list[FieldProblem]:
    """Say what is wrong with a validity as somebody wrote it: `{"kind": …, "value": …}`.

    Without a `first_day` it is of what begins some time: any last day will do.
    """
    if not isinstance(written, dict):
        return [FieldProblem(pointer, "invalid_type", "An object with kind and value.")]
    kind, value = written.get("kind", "unlimited"), written.get("value")
    if kind not in VALIDITY_KINDS:
        return [FieldProblem(f"{pointer}/kind", "unknown_value", f"One of: {', '.join(VALIDITY_KINDS)}.")]
    if kind == "unlimited":
        if value is None:
            return []
        return [FieldProblem(f"{pointer}/value", "out_of_range", "What has no end takes no value.")]
    if kind == "until":
        return _check_day(value, f"{pointer}/value", first_day=first_day)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= COUNTED[kind]:
        return [FieldProblem(f"{pointer}/value", "out_of_range", f"A whole number from 1 to {COUNTED[kind]}.")]
    return []


def _check_day(value: Any, pointer: str, *, first_day: date | None) -> list[FieldProblem]:
    day = _day(value)
    if day is None:
        return [FieldProblem(pointer, "invalid_date", "A date is wanted: 2026-11-22.")]
    if first_day is None:
        return []
    if day < first_day:
        return [FieldProblem(pointer, "in_the_past", "This day is over before it begins.")]
    if day > months_after(first_day, 12 * UNTIL_YEARS_MAX):
        return [FieldProblem(pointer, "out_of_range", f"At most {UNTIL_YEARS_MAX} years ahead; or choose no end.")]
    return []


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-11-22") else None
    except ValueError:
        return None


def read_validity(stored: dict[str, Any]) -> Validity:
    """The validity that checked JSON tells; nothing in it means for ever."""
    kind, value = stored.get("kind", "unlimited"), stored.get("value")
    assert kind in VALIDITY_KINDS
    if kind == "until":
        return Validity(kind="until", day=_day(value))
    return Validity(kind=cast("ValidityKind", kind), count=value or 0)


def present_validity(validity: Validity) -> dict[str, Any]:
    """The validity as JSON, which read_validity turns back into it."""
    match validity.kind:
        case "unlimited":
            value: int | str | None = None
        case "until":
            assert validity.day is not None
            value = validity.day.isoformat()
        case _:
            value = validity.count
    return {"kind": validity.kind, "value": value}
