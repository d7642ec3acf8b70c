"""One regular expression for whole rows, learnt from the rows of a sheet.

A program writes all rows of a sheet alike: the same columns, styles and types. So the first rows teach an expression
with one group per column and form, and the others are read by a single match each, three times as fast as cell by
cell. A row that does not match is read cell by cell and may teach another form.
"""

import re
from typing import Final

_FORMS_MAX: Final = 120
_LESSONS_MAX: Final = 40
_PREFACE_ROWS: Final = 6

_OPENING: Final = r'(?:<row\b[^>]*/>)*<row\b[^>]*?\br="([0-9]{1,7})"[^>]*>'
_VALUES: Final = {
    "n": r"<v>(0|-?[1-9][0-9]{0,14}|-?[0-9]{1,8}\.[0-9]{1,6})</v>",
    "s": r"<v>([0-9]{1,9})</v>",
    "t": r"<is><t(?: [^>]*)?>([^<&]+)</t></is>",
    "date": r"<v>([0-9]{1,7}(?:\.[0-9]{1,12})?)</v>",
}

Form = tuple[int, str, str, str]
"""Column index, its letters, the cell's attributes, and n, s, t or date: how its value is written."""


class RowShape:
    """The forms learnt so far and the expression that reads a row of them."""

    def __init__(self) -> None:
        self._forms: set[Form] = set()
        self._lessons = 0
        self._seen = 0
        self._pattern: re.Pattern[str] | None = None
        self.plan: tuple[tuple[int, str], ...] = ()
        self.plain_letters: str | None = None
        """The type letters of a row that fills every group, where groups and columns are one to one."""

    def learn(self, forms: set[Form]) -> None:
        """Take in the forms of a row that did not match; the first rows, titles and headers, teach nothing."""
        self._seen += 1
        if self._seen <= _PREFACE_ROWS:
            return
        fresh = forms - self._forms
        if not fresh or self._lessons >= _LESSONS_MAX or len(self._forms) + len(fresh) > _FORMS_MAX:
            return
        self._lessons += 1
        self._forms |= fresh
        ordered = sorted(self._forms)
        self.plan = tuple((column, how) for column, _, _, how in ordered)
        self._pattern = re.compile(_OPENING + "".join(_cell_pattern(form) for form in ordered))
        one_to_one = [column for column, _ in self.plan] == list(range(len(self.plan)))
        plain = all(how in "nt" for _, how in self.plan)
        self.plain_letters = "".join(how for _, how in self.plan) if one_to_one and plain else None

    def match(self, markup: str) -> tuple[str | None, ...] | None:
        """The row's number and one text or None per entry of `plan`; None where the row is of another shape."""
        if self._pattern is None:
            return None
        match = self._pattern.fullmatch(markup)
        return match.groups() if match else None


def _cell_pattern(form: Form) -> str:
    _, letters, attributes, how = form
    blank = rf'(?:<c r="{letters}[0-9]+"[^>]*/>)?'
    return rf'(?:<c r="{letters}[0-9]+"{re.escape(attributes)}>{_VALUES[how]}</c>|{blank})'
