"""The reference names every kind and every field that a definition may have."""

from pathlib import Path

import pytest

from regulars.promotions.rules.definition.codecs import object_of
from regulars.promotions.rules.definition.registry import Family, kind_of, kinds_of
from regulars.promotions.rules.definition.values import Definition

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "reference" / "promotions.md").read_text()


@pytest.mark.parametrize("family", ["condition", "benefit", "earning"])
def test_every_kind_and_its_fields_stand_in_the_reference(family: Family) -> None:
    for cls in kinds_of(family).values():
        for name in (kind_of(cls), *(member.name for member in object_of(cls).members)):
            assert f"`{name}`" in PAGE, f"{cls.__name__}: {name}"


def test_every_field_of_a_definition_stands_in_the_reference() -> None:
    for member in object_of(Definition).members:
        assert f"`{member.name}`" in PAGE
