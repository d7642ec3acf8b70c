"""Promotions as JSON: read with exact problems, written in one way, driven by the engine's own dataclasses."""

from collections.abc import Mapping
from typing import Any

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.rules.definition.codecs import object_of
from regulars.promotions.rules.definition.reading import Json, Names, Reading, Wrong
from regulars.promotions.rules.definition.values import Definition, SegmentDefinition


def read_definition(
    content: Mapping[str, Json], names: Names, *, at: str = ""
) -> Definition | tuple[FieldProblem, ...]:
    """The definition that JSON says, or everything that is wrong with it, each with its pointer below `at`."""
    reading = Reading(names)
    read = object_of(Definition).read(content, at, reading, {})
    if isinstance(read, Wrong) or reading.problems:
        return tuple(reading.problems)
    assert isinstance(read, Definition)
    return read


def present_definition(definition: Definition, names: Names) -> dict[str, Json]:
    """The definition as JSON; what it leaves at the usual value is left out."""
    written: dict[str, Any] = object_of(Definition).write(definition, names, {})
    return written


def read_segment(conditions: Json, names: Names) -> SegmentDefinition | tuple[FieldProblem, ...]:
    """The order segment with these conditions, or everything that is wrong with them."""
    reading = Reading(names)
    read = object_of(SegmentDefinition).read({"conditions": conditions}, "", reading, {})
    if isinstance(read, Wrong) or reading.problems:
        return tuple(reading.problems)
    assert isinstance(read, SegmentDefinition)
    return read


def present_segment(segment: SegmentDefinition, names: Names) -> list[Json]:
    """Its conditions as JSON."""
    written: list[Json] = object_of(SegmentDefinition).write(segment, names, {}).get("conditions", [])
    return written


def definition_schema() -> dict[str, Any]:
    """The fields of a definition as JSON schemas, by name."""
    return {member.name: member.codec.schema() for member in object_of(Definition).members}
