"""What a type of membership promises: visits or a period or both, where, for what, and how far it may be frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, cast, get_args
from uuid import UUID

from regulars.kernel.fields import check_choice, check_external_id, check_name
from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.expiry import months_after

PeriodUnit = Literal["days", "months"]
Begins = Literal["sale", "first_use"]

PERIOD_UNITS: Final[tuple[str, ...]] = get_args(PeriodUnit)
BEGINS: Final[tuple[str, ...]] = get_args(Begins)
KINDS: Final = ("goods", "service")
VISITS_MAX: Final = 10_000
PERIOD_MAX: Final[Mapping[str, int]] = {"days": 3650, "months": 120}
HOURS_MAX: Final = 24 * 31
DAYS_MAX: Final = 3650
FREEZES_MAX: Final = 100
NAMED_MAX: Final = 200
NAMED_LENGTH_MAX: Final = 300
PATH_SIGN: Final = " > "


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one membership promises; those of a type are copied when it is sold, so that what was sold stays what it was.

    `visits` None: not counted; `period_unit` None: no end. `kinds`, `categories` and `skus` say what it is for: nothing
    named means anything. `locations` empty means everywhere. `every_hours`: used again sooner only when confirmed.
    `freezes_max` None and `freeze_days_max` None: as often and as long as one likes; 0 freezes: never.
    """

    visits: int | None = None
    period_unit: PeriodUnit | None = None
    period: int = 0
    begins: Begins = "sale"
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    locations: tuple[UUID, ...] = ()
    every_hours: int | None = None
    freezes_max: int | None = 0
    freeze_days_max: int | None = None
    freeze_days_min: int = 1
    notice_days: int | None = None
    notice_visits: int | None = None

    @property
    def has_limits_of_goods(self) -> bool:
        """Whether it is for some goods or services only."""
        return bool(self.kinds or self.categories or self.skus)

    def last_day(self, starts_on: date) -> date | None:
        """The last day, of one that begins on this day; None where it has no end.

        As everything else that ends (PRG-3): with the day so many days or months after; a month after 31 January is the
        last of February.
        """
        match self.period_unit:
            case None:
                return None
            case "days":
                return starts_on + timedelta(days=self.period)
            case "months":
                return months_after(starts_on, self.period)

    def covers(self, *, sku: str, category: str, kind: str) -> bool:
        """Whether a visit can be this; a category means those below it as well."""
        if self.kinds and kind not in self.kinds:
            return False
        if not self.categories and not self.skus:
            return True
        return sku in self.skus or any(
            category == one or category.startswith(f"{one}{PATH_SIGN}") for one in self.categories
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDraft:
    """A type of membership as somebody wrote it; the price in the currency's smallest unit."""

    name: str
    terms: Terms
    external_id: str | None = None
    price: int | None = None


def check_type(draft: TypeDraft) -> list[FieldProblem]:
    """Say what is wrong with a type, field by field."""
    terms = draft.terms
    problems = [*check_name(draft.name, "/name"), *check_external_id(draft.external_id, "/external_id")]
    if draft.price is not None and draft.price < 0:
        problems.append(FieldProblem("/price", "out_of_range", "A price is not below zero."))
    if terms.visits is None and terms.period_unit is None:
        problems.append(FieldProblem("/visits", "required", "Give a number of visits, a period, or both."))
    problems += _range("/visits", terms.visits, 1, VISITS_MAX)
    problems += check_choice(terms.begins, BEGINS, "/begins")
    if terms.period_unit is not None:
        problems += check_choice(terms.period_unit, PERIOD_UNITS, "/period/unit")
        problems += _range("/period/value", terms.period, 1, PERIOD_MAX.get(terms.period_unit, DAYS_MAX))
    for name in ("kinds", "categories", "skus"):
        problems += _named(f"/{name}", getattr(terms, name))
    for at, kind in enumerate(terms.kinds):
        problems += check_choice(kind, KINDS, f"/kinds/{at}")
    problems += _range("/every_hours", terms.every_hours, 1, HOURS_MAX)
    problems += _range("/freezes_max", terms.freezes_max, 0, FREEZES_MAX)
    problems += _range("/freeze_days_max", terms.freeze_days_max, 1, DAYS_MAX)
    problems += _range("/freeze_days_min", terms.freeze_days_min, 1, DAYS_MAX)
    return problems + _notices(terms) + _freezing(terms)


def _notices(terms: Terms) -> list[FieldProblem]:
    problems = _range("/notice_days", terms.notice_days, 1, 366) + _range(
        "/notice_visits", terms.notice_visits, 1, VISITS_MAX
    )
    if terms.notice_days is not None and terms.period_unit is None:
        problems.append(FieldProblem("/notice_days", "no_period", "Without a period it has no end to tell of."))
    if terms.notice_visits is not None and (terms.visits is None or terms.notice_visits >= terms.visits):
        problems.append(FieldProblem("/notice_visits", "out_of_range", "Fewer visits than the membership has."))
    return problems


def _freezing(terms: Terms) -> list[FieldProblem]:
    if terms.period_unit is None and terms.freezes_max != 0:
        return [FieldProblem("/freezes_max", "no_period", "Without a period there is nothing to freeze: 0.")]
    if terms.freeze_days_max is not None and terms.freeze_days_min > terms.freeze_days_max:
        return [FieldProblem("/freeze_days_min", "out_of_range", "Not more than all its freezes together.")]
    return []


def _range(pointer: str, value: int | None, least: int, most: int) -> list[FieldProblem]:
    if value is None or least <= value <= most:
        return []
    return [FieldProblem(pointer, "out_of_range", f"A whole number from {least} to {most}.")]


def _named(pointer: str, values: tuple[str, ...]) -> list[FieldProblem]:
    if len(values) > NAMED_MAX:
        return [FieldProblem(pointer, "too_many", f"At most {NAMED_MAX}.")]
    return [
        FieldProblem(f"{pointer}/{at}", "out_of_range", f"A text of 1 to {NAMED_LENGTH_MAX} characters.")
        for at, value in enumerate(values)
        if not value.strip() or len(value) > NAMED_LENGTH_MAX
    ]


def terms_json(terms: Terms) -> dict[str, Any]:
    """The terms as JSON, which read_terms turns back into them."""
    return {
        "visits": terms.visits,
        "period_unit": terms.period_unit,
        "period": terms.period,
        "begins": terms.begins,
        "kinds": list(terms.kinds),
        "categories": list(terms.categories),
        "skus": list(terms.skus),
        "locations": [str(one) for one in terms.locations],
        "every_hours": terms.every_hours,
        "freezes_max": terms.freezes_max,
        "freeze_days_max": terms.freeze_days_max,
        "freeze_days_min": terms.freeze_days_min,
        "notice_days": terms.notice_days,
        "notice_visits": terms.notice_visits,
    }


def read_terms(stored: Mapping[str, Any]) -> Terms:
    """The terms that stored JSON tells."""
    return Terms(
        visits=stored["visits"],
        period_unit=cast("PeriodUnit | None", stored["period_unit"]),
        period=stored["period"],
        begins=cast("Begins", stored["begins"]),
        kinds=tuple(stored["kinds"]),
        categories=tuple(stored["categories"]),
        skus=tuple(stored["skus"]),
        locations=tuple(UUID(one) for one in stored["locations"]),
        every_hours=stored["every_hours"],
        freezes_max=stored["freezes_max"],
        freeze_days_max=stored["freeze_days_max"],
        freeze_days_min=stored["freeze_days_min"],
        notice_days=stored["notice_days"],
        notice_visits=stored["notice_visits"],
    )
