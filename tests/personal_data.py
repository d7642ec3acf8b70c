"""`python -m tests.personal_data` writes docs/reference/personal-data.md from what the models declare."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.platform.personal_data import Declared, Personal

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "personal-data.md"
HEAD = """# What is kept about people

Written from the declarations beside the models by `python -m tests.personal_data`; a test fails when this page is stale, and when a column that
could hold a person's words is not declared. Times are those that the background jobs use.

*With the customer* means: in the transaction that deletes the customer, who must hold no card. *With the business* means: all of its rows at once, as
when the sample is removed; a business of your own is not removed in this release. A [backup](../how-to/backup.md) holds all of it until you
delete the backup; what was erased since comes back with a restore, so erase it again there.
"""
TABLE = "| where | what | for what | erased | kept |\n|---|---|---|---|---|\n"
NOT_PERSONAL = """
## Columns that name nobody

They could, by their type. They hold kinds, states, settings of the business, ids, and hashes with a salt that is stored elsewhere.

"""


def page(declared: Iterable[Declared]) -> str:
    """The whole page."""
    from regulars.platform.personal_data import Personal

    one_by_one = list(declared)
    personal = [one for one in one_by_one if isinstance(one, Personal)]
    tables = "".join(line(one) for one in personal if one.columns)
    files = "".join(line(one) for one in personal if not one.columns)
    others = sorted(f"- `{one.place}`: {listed(one)}\n" for one in one_by_one if not isinstance(one, Personal))
    return (
        f"{HEAD}\n## In the database\n\n{TABLE}{tables}\n## In files of the home\n\n{TABLE}{files}"
        f"{NOT_PERSONAL}{''.join(others)}"
    )


def line(one: Personal) -> str:
    return f"| `{one.place}` | {listed(one)} | {one.use} | {one.erased} | {one.kept} |\n"


def listed(one: Declared) -> str:
    return " ".join(f"`{name}`" for name in one.names)


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
    with tempfile.TemporaryDirectory() as home:
        os.environ["REGULARS_HOME"] = home
        import django

        django.setup()
        from regulars.project.personal_data import DECLARED

        PAGE.write_text(page(DECLARED), encoding="utf-8")


if __name__ == "__main__":
    main()
