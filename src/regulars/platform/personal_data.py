"""What tables and files hold about people, declared beside the models of each feature.

`docs/reference/personal-data.md` is written from these declarations, and a test finds every column that could hold a person's words and has none.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

AS_LONG_AS_THE_BUSINESS: Final = "as long as the business"
WITH_THE_CUSTOMER: Final = "with the customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Something about a person. `place` is a table, or a folder of the home that ends with a slash and has no columns."""

    place: str
    columns: str = ""
    use: str
    erased: str
    kept: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns one by one."""
        return tuple(self.columns.split())


@dataclass(frozen=True, slots=True)
class Impersonal:
    """Columns of a table that could hold a person's words, by their type, and do not."""

    place: str
    columns: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns one by one."""
        return tuple(self.columns.split())


Declared = Personal | Impersonal


def days(kept: timedelta) -> str:
    """A time after which a job forgets, as the page says it."""
    return f"{kept.days} days"
