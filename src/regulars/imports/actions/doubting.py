"""What a check tells beside the rows: that the phones of a file are rather from another country."""

from dataclasses import asdict
from typing import Any, Final

from regulars.imports.queries.tables import Staging
from regulars.imports.rules.phones import doubt_country
from regulars.imports.rules.plan import ReadingPlan
from regulars.platform.database import rows

COUNTRIES: Final = ("DE", "RU", "IN", "US", "GB", "FR", "ES", "IT", "PL", "TR", "UA", "BR", "KZ")
"""Where lists of customers come from most; the chain's own country is asked as well."""

ROWS_LOOKED_AT_MAX: Final = 5_000
PHONES_LOOKED_AT_MAX: Final = 500
"""In the first rows: a country that is wrong is wrong from the beginning, and a million rows are not read for it again."""


def doubt_phones(tables: Staging, plan: ReadingPlan, *, home: str) -> dict[str, Any] | None:
    """Ask the staged rows whether their phones without a country code rather belong to another country than the file's."""
    column = plan.column_of("phone")
    if column is None:
        return None
    found = rows(
        f'WITH first AS (SELECT cells FROM {tables.rows} WHERE skip IS NULL ORDER BY "row" LIMIT %(rows)s)'
        r" SELECT DISTINCT cells[%(at)s] FROM first"
        r" WHERE cells[%(at)s] ~ '[0-9]{5}|[0-9].*[0-9].*[0-9].*[0-9].*[0-9].*[0-9]'"
        r" AND cells[%(at)s] !~ '^[^0-9+]*(\+|00)' LIMIT %(limit)s",
        {"at": column.index + 1, "rows": ROWS_LOOKED_AT_MAX, "limit": PHONES_LOOKED_AT_MAX},
    )
    doubt = doubt_country([values[0] for values in found], plan.country, (home, *COUNTRIES))
    return asdict(doubt) if doubt else None
