"""When units end (PRG-3). Every end is the end of a day in the chain's zone; a month after 31 January is the last of February."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, cast, get_args
from zoneinfo import ZoneInfo

from regulars.kernel.refusal import FieldProblem

ExpiryKind = Literal["never", "days", "months", "month_end", "quarter_end", "year_end", "inactive_months"]

EXPIRY_KINDS: Final[tuple[str, ...]] = get_args(ExpiryKind)
PERIOD_MONTHS: Final[dict[str, int]] = {"month_end": 1, "quarter_end": 3, "year_end": 12}
VALUES: Final[dict[str, tuple[int, int]]] = {
    "never": (0, 0),
    "days": (1, 3650),
    "months": (1, 120),
    "month_end": (0, 120),
    "quarter_end": (0, 40),
    "year_end": (0, 10),
    "inactive_months": (1, 120),
}
"""The least and the largest number that each kind takes; of the ends of periods it counts further whole periods."""


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    """How long units of a balance type live; the default is for ever.

    `days`, `months`: each lot ends with the day that many days or months after the one it can first be spent on.
    `month_end`, `quarter_end`, `year_end`: it ends with that period, or `value` whole periods later.
    `inactive_months`: lots have no end of their own; the whole balance ends where no order earned or redeemed for so long.
    """

    kind: ExpiryKind = "never"
    value: int = 0

    @property
    def is_of_lots(self) -> bool:
        """Whether each lot has an end of its own."""
        return self.kind not in ("never", "inactive_months")

    @property
    def is_of_whole_balance(self) -> bool:
        """Whether the whole balance ends for want of orders."""
        return self.kind == "inactive_months"


NEVER: Final = ExpiryPolicy()


def lot_end(policy: ExpiryPolicy, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
    """When a lot ends that can be spent from `starts_at`; None where it has no end of its own."""
    if not policy.is_of_lots:
        return None
    day = starts_at.astimezone(zone).date()
    match policy.kind:
        case "days":
            last = day + timedelta(days=policy.value)
        case "months":
            last = months_after(day, policy.value)
        case "month_end" | "quarter_end" | "year_end":
            last = _period_end(day, months=PERIOD_MONTHS[policy.kind], further=policy.value)
        case _:
            raise AssertionError(policy.kind)
    return end_of_day(last, zone)


def balance_end(policy: ExpiryPolicy, counted_from: datetime, zone: ZoneInfo) -> datetime | None:
    """When a whole balance ends that was last used at `counted_from`; None where the policy is another one."""
    if not policy.is_of_whole_balance:
        return None
    return end_of_day(months_after(counted_from.astimezone(zone).date(), policy.value), zone)


def inactive_since(policy: ExpiryPolicy, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment before which a balance must have been last used to have ended by now: balance_end, turned round."""
    assert policy.is_of_whole_balance
    today = now.astimezone(zone).date()
    day = months_after(today, -policy.value)
    # Several days may have the same day so many months later (28 to 31 January end with 28 February).
    while months_after(day, policy.value) < today:
        day += timedelta(days=1)
    while months_after(day - timedelta(days=1), policy.value) >= today:
        day -= timedelta(days=1)
    return start_of_day(day, zone)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter; earlier where negative."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in a zone, also where clocks leave midnight out or have it twice."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment a day in a zone is over: the first of the next."""
    return start_of_day(day + timedelta(days=1), zone)


def _period_end(day: date, *, months: int, further: int) -> date:
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return months_after(first, months * (further + 1)) - timedelta(days=1)


def check_expiry(policy: Any, pointer: str, *, kind: str) -> list[FieldProblem]:
    """Say what is wrong with a policy as somebody wrote it (`{"kind": …, "value": …}`) for a balance type of a kind."""
    if not isinstance(policy, dict):
        return [FieldProblem(pointer, "invalid_type", "An object with kind and value.")]
    wanted, value = policy.get("kind", "never"), policy.get("value")
    if wanted not in EXPIRY_KINDS:
        return [FieldProblem(f"{pointer}/kind", "unknown_value", f"One of: {', '.join(EXPIRY_KINDS)}.")]
    unknown = sorted(set(policy) - {"kind", "value"})
    if unknown:
        return [FieldProblem(f"{pointer}/{unknown[0]}", "unknown_field", "A policy has kind and value only.")]
    if kind == "deposit" and wanted != "never":
        return [FieldProblem(f"{pointer}/kind", "not_for_deposit", "A deposit is prepaid: it never expires.")]
    least, most = VALUES[wanted]
    if value is None and least == 0:
        return []
    if value is None:
        return [FieldProblem(f"{pointer}/value", "required", f"Give a whole number from {least} to {most}.")]
    if wanted == "never" and value not in (0, None):
        return [FieldProblem(f"{pointer}/value", "out_of_range", "What never expires takes no number.")]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        return [FieldProblem(f"{pointer}/value", "out_of_range", f"A whole number from {least} to {most}.")]
    return []


def read_expiry(stored: dict[str, Any]) -> ExpiryPolicy:
    """The policy that checked JSON tells; nothing in it means never."""
    kind = stored.get("kind", "never")
    assert kind in EXPIRY_KINDS
    return ExpiryPolicy(kind=cast("ExpiryKind", kind), value=stored.get("value") or 0)


def present_expiry(policy: ExpiryPolicy) -> dict[str, Any]:
    """The policy as JSON, which read_expiry turns back into it."""
    return {"kind": policy.kind, "value": None if policy.kind == "never" else policy.value}
