"""Codecs that are built of others: lists, objects of a dataclass, objects of a family by their kind, and values that
another field explains."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from typing import Any, Final

from regulars.kernel.amount import format_amount
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.definition.plain import (
    DECIMAL_SCHEMA,
    HUNDREDTHS,
    Alone,
    Codec,
    Whole,
    read_smallest,
    write_decimal,
)
from regulars.promotions.rules.definition.reading import DEPTH_MAX, WRONG, Json, Names, Reading, Scope, Wrong, under
from regulars.promotions.rules.definition.registry import Family, find_kind, kind_of, kinds_of
from regulars.promotions.rules.meanings import COUNT_MAX

VISITS: Final = Whole(0, COUNT_MAX)
NO_BALANCE: Final = ""


@dataclass(frozen=True, slots=True)
class OrNothing:
    """A value, or null."""

    inner: Codec

    @property
    def waits_for(self) -> Sequence[str]:
        """What the value waits for."""
        return self.inner.waits_for

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """null is nothing."""
        return None if value is None else self.inner.read(value, at, reading, scope)

    def write(self, value: Any, names: Names, scope: Scope) -> Json:
        """Nothing is null."""
        return None if value is None else self.inner.write(value, names, scope)

    def schema(self) -> dict[str, Any]:
        """The value or null."""
        return {"anyOf": [self.inner.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class Many(Alone):
    """A list; of a set each value stands in it once, sorted when written."""

    inner: Codec
    is_set: bool
    length_max: int

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """All of them, or WRONG where one is wrong."""
        if not isinstance(value, list):
            return reading.wrong(at, "wrong_type_list")
        if len(value) > self.length_max:
            return reading.wrong(at, "too_many")
        read = [self.inner.read(one, under(at, index), reading, scope) for index, one in enumerate(value)]
        if any(isinstance(one, Wrong) for one in read):
            return WRONG
        if not self.is_set:
            return tuple(read)
        for index, one in enumerate(read):
            if one in read[:index]:
                return reading.wrong(under(at, index), "duplicate")
        return frozenset(read)

    def write(self, value: Iterable[Any], names: Names, scope: Scope) -> Json:
        """Sets in the order of what is written."""
        written = [self.inner.write(one, names, scope) for one in value]
        return sorted(written) if self.is_set else written

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.inner.schema(), "maxItems": self.length_max}


@dataclass(frozen=True, slots=True)
class Member:
    """A field of an object."""

    name: str
    codec: Codec
    default: object = MISSING

    def left_out(self, reading: Reading, scope: Scope) -> object:
        """The value of a field that was not sent; MISSING where it must be."""
        if isinstance(self.codec, OfBalance):
            return self.codec.told(reading.names, scope)
        return self.default

    def is_left_out(self, value: object, names: Names, scope: Scope) -> bool:
        """Whether it need not be written, since leaving it out says the same."""
        if isinstance(self.codec, OfBalance):
            return value == self.codec.told(names, scope)
        return value == self.default


@dataclass(frozen=True, slots=True)
class Object(Alone):
    """An object with the fields of a dataclass; what is left out has the dataclass's own value."""

    cls: type
    members: tuple[Member, ...]
    kind: str = ""

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Every field that is wrong is noted, and every one too many."""
        if not isinstance(value, Mapping):
            return reading.wrong(at, "wrong_type_object")
        known = {member.name for member in self.members} | ({"kind"} if self.kind else set())
        for name in value:
            if name not in known:
                reading.wrong(under(at, name), "unknown_field")
        read: dict[str, object] = {}
        inner: Scope = ChainMap(read, dict(scope))
        for member in self.members:
            place = under(at, member.name)
            if member.name in value:
                read[member.name] = member.codec.read(value[member.name], place, reading, inner)
            else:
                absent = member.left_out(reading, inner)
                read[member.name] = reading.wrong(place, "required") if absent is MISSING else absent
        if any(isinstance(one, Wrong) for one in read.values()) or known < set(value):
            return WRONG
        return self._make(read, at, reading)

    def _make(self, read: dict[str, object], at: str, reading: Reading) -> object:
        if self.cls is ShippingOff and sum(one is not None for one in read.values()) != 1:
            return reading.wrong(at, "one_of_three")
        return self.cls(**read)

    def write(self, value: Any, names: Names, scope: Scope) -> Json:
        """The kind first, then the fields that say something."""
        own = {member.name: getattr(value, member.name) for member in self.members}
        inner: Scope = ChainMap(own, dict(scope))
        written: dict[str, Json] = {"kind": self.kind} if self.kind else {}
        order = [one.name for one in fields(self.cls)]
        for member in sorted(self.members, key=lambda one: order.index(one.name)):
            if not member.is_left_out(own[member.name], names, inner):
                written[member.name] = member.codec.write(own[member.name], names, inner)
        return written

    def schema(self) -> dict[str, Any]:
        """An object that takes these fields only."""
        properties = {member.name: member.codec.schema() for member in self.members}
        required = [one.name for one in self.members if one.default is MISSING and not isinstance(one.codec, OfBalance)]
        if self.kind:
            properties = {"kind": {"const": self.kind}, **properties}
            required = ["kind", *required]
        made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**made, "required": required} if required else made


@dataclass(frozen=True, slots=True)
class OfFamily(Alone):
    """An object whose `kind` says which class of a family it is."""

    family: Family

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Groups of conditions stand in each other only so deep."""
        if not isinstance(value, Mapping):
            return reading.wrong(at, "wrong_type_object")
        if "kind" not in value:
            return reading.wrong(under(at, "kind"), "required")
        kind = value["kind"]
        cls = find_kind(self.family, kind) if isinstance(kind, str) else None
        if cls is None:
            return reading.wrong(under(at, "kind"), "unknown_kind")
        if reading.depth >= DEPTH_MAX:
            return reading.wrong(at, "too_deep")
        reading.depth += 1
        try:
            return _object_of(cls).read(value, at, reading, scope)
        finally:
            reading.depth -= 1

    def write(self, value: Any, names: Names, scope: Scope) -> Json:
        """With its kind."""
        return _object_of(type(value)).write(value, names, scope)

    def schema(self) -> dict[str, Any]:
        """An object with a kind; what it may hold beside stands in the reference of the kinds."""
        return {
            "type": "object",
            "properties": {"kind": {"enum": sorted(kinds_of(self.family))}},
            "required": ["kind"],
        }


@dataclass(frozen=True, slots=True)
class UnitsAmount:
    """An amount in the smallest units of a balance type that another field names."""

    least: int
    of: str

    @property
    def waits_for(self) -> Sequence[str]:
        """The field that names the balance type."""
        return (self.of,)

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Nothing can be said where the balance type itself is wrong."""
        told = scope.get(self.of, WRONG)
        if isinstance(told, Wrong):
            return WRONG
        name = self._name(told)
        if name == NO_BALANCE:
            return reading.wrong(at, "no_earnings")
        return read_smallest(value, reading.names.units(name).decimals, self.least, at, reading)

    def write(self, value: int, names: Names, scope: Scope) -> Json:
        """With all decimals of the balance type."""
        return format_amount(value, names.units(self._name(scope[self.of])).decimals)

    def _name(self, told: object) -> str:
        if isinstance(told, str):
            return told
        earnings = told if isinstance(told, tuple) else ()
        return next((str(one.balance_type) for one in earnings), NO_BALANCE)

    def schema(self) -> dict[str, Any]:
        """A decimal."""
        return DECIMAL_SCHEMA


@dataclass(frozen=True, slots=True)
class OfBalance:
    """What the balance type beside it says where it is left out."""

    attribute: str
    inner: Codec
    waits_for: Sequence[str] = ("balance_type",)

    def told(self, names: Names, scope: Scope) -> object:
        """What the balance type says."""
        balance_type = scope.get("balance_type", WRONG)
        if not isinstance(balance_type, str):
            return WRONG
        return getattr(names.units(balance_type), self.attribute)

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Null is as good as left out."""
        return self.told(reading.names, scope) if value is None else self.inner.read(value, at, reading, scope)

    def write(self, value: Any, names: Names, scope: Scope) -> Json:
        """As its codec does."""
        return self.inner.write(value, names, scope)

    def schema(self) -> dict[str, Any]:
        """As its codec says."""
        return self.inner.schema()


@dataclass(frozen=True, slots=True)
class ReachedBefore:
    """What earlier orders must reach: money, or a number of visits."""

    waits_for: Sequence[str] = ()

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Nothing is where everybody begins."""
        if scope.get("over") == "visits":
            return VISITS.read(value, at, reading, scope)
        return read_smallest(value, reading.names.currency_decimals, 0, at, reading)

    def write(self, value: int, names: Names, scope: Scope) -> Json:
        """A decimal, or a whole number."""
        return value if scope.get("over") == "visits" else format_amount(value, names.currency_decimals)

    def schema(self) -> dict[str, Any]:
        """A decimal."""
        return DECIMAL_SCHEMA


@dataclass(frozen=True, slots=True)
class StepOff:
    """What is off by a step: percent in hundredths, or money."""

    waits_for: Sequence[str] = ("is_percent",)

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Percent up to all of it."""
        if not scope.get("is_percent"):
            return read_smallest(value, reading.names.currency_decimals, 0, at, reading)
        read = read_smallest(value, HUNDREDTHS, 0, at, reading)
        return reading.wrong(at, "out_of_range_percent") if isinstance(read, int) and read > 10_000 else read

    def write(self, value: int, names: Names, scope: Scope) -> Json:
        """A decimal."""
        if scope.get("is_percent"):
            return write_decimal(Decimal(value).scaleb(-HUNDREDTHS))
        return format_amount(value, names.currency_decimals)

    def schema(self) -> dict[str, Any]:
        """A decimal."""
        return DECIMAL_SCHEMA


STEPS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Staircase:
    """Steps as objects of `from` and `off`, sorted."""

    waits_for: Sequence[str] = ("is_percent",)

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Each `from` stands once."""
        if not isinstance(value, list):
            return reading.wrong(at, "wrong_type_list")
        if len(value) > STEPS_MAX:
            return reading.wrong(at, "too_many")
        steps = [self._step(one, under(at, index), reading, scope) for index, one in enumerate(value)]
        if any(isinstance(one, Wrong) for one in steps):
            return WRONG
        read: list[Any] = steps
        reached = [step[0] for step in read]
        for index, one in enumerate(reached):
            if one in reached[:index]:
                return reading.wrong(under(under(at, index), "from"), "duplicate")
        return tuple(sorted(read))

    def _step(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        if not isinstance(value, Mapping):
            return reading.wrong(at, "wrong_type_object")
        unknown = [name for name in value if name not in ("from", "off")]
        absent = [name for name in ("from", "off") if name not in value]
        for name in unknown:
            reading.wrong(under(at, name), "unknown_field")
        for name in absent:
            reading.wrong(under(at, name), "required")
        if unknown or absent:
            return WRONG
        reached = read_smallest(value["from"], reading.names.currency_decimals, 0, under(at, "from"), reading)
        off = StepOff().read(value["off"], under(at, "off"), reading, scope)
        return WRONG if isinstance(reached, Wrong) or isinstance(off, Wrong) else (reached, off)

    def write(self, value: Iterable[tuple[int, int]], names: Names, scope: Scope) -> Json:
        """The lowest first."""
        return [
            {
                "from": format_amount(reached, names.currency_decimals),
                "off": StepOff().write(off, names, scope),
            }
            for reached, off in sorted(value)
        ]

    def schema(self) -> dict[str, Any]:
        """An array of steps."""
        step = {"type": "object", "properties": {"from": DECIMAL_SCHEMA, "off": DECIMAL_SCHEMA}}
        return {"type": "array", "items": {**step, "required": ["from", "off"]}, "maxItems": STEPS_MAX}


def _object_of(cls: type) -> Object:
    from regulars.promotions.rules.definition.codecs import object_of

    return object_of(cls, kind=kind_of(cls))
