"""What a row changes in the record of a known customer, and what names say of each other."""

from datetime import date

import pytest

from regulars.imports.rules.details import do_names_agree, is_named, plan_details

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Anna Müller", "anna  müller", True),
        ("Müller Anna", "Anna Müller", True),
        ("A. Müller", "Anna Müller", True),
        ("Anna", "Anna Müller", True),
        ("", "Anna Müller", True),
        (None, "", True),
        ("Anna Maria Müller", "Anna Müller", True),
        ("Peter Müller", "Anna Müller", False),
        ("P. Müller", "Anna Müller", False),
        ("Anna Anna", "Anna Müller", False),
        ("Анна", "Anna", False),
    ],
)
def test_a_name_contradicts_another_or_does_not(one: str | None, other: str | None, agree: bool) -> None:
    assert do_names_agree(one, other) is agree
    assert do_names_agree(other, one) is agree


def test_details_fill_or_overwrite_and_never_erase() -> None:
    row = {"name": "Anna", "email": None, "birthday": TODAY, "tags": ["VIP", "Neu"], "custom:shoe": "38"}
    known = {"name": "Ännchen", "email": "a@example.com", "birthday": None, "tags": ["VIP"], "custom:shoe": "37"}
    assert plan_details(row, known, fields="fill") == {"birthday": TODAY, "tags": ["VIP", "Neu"]}
    assert plan_details(row, known, fields="overwrite") == {
        "name": "Anna",
        "birthday": TODAY,
        "custom:shoe": "38",
        "tags": ["VIP", "Neu"],
    }
    assert plan_details(row, known, fields="ignore") == {}
    for cell, fields, tags in (
        (["Neu"], "overwrite", ["Neu"]),
        (["Neu"], "fill", ["VIP", "Neu"]),
        ([], "overwrite", None),
        (None, "overwrite", None),
        (["VIP"], "overwrite", None),
        (["VIP"], "fill", None),
    ):
        assert plan_details({"tags": cell}, known, fields=fields).get("tags") == tags, (cell, fields)  # type: ignore[arg-type]
    assert is_named({"birthday": TODAY})
    assert not is_named({"tags": ["x"], "name": None})
