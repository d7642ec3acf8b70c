"""The search box: a name in parts, a phone in any notation, an e-mail, a card or till number, an id (CUS-2)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import phonenumbers
from django.db import connection
from django.db.utils import OperationalError
from psycopg import errors

from regulars.customers.errors import AddALetter
from regulars.customers.rules import read_search
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import Refused
from regulars.kernel.text import email_key, number_key, search_form
from regulars.platform.database import rows

CANDIDATES_MAX: Final = 1_000
LISTED_MAX: Final = 300
"""What a list looks for: each is one or two places on the disk to read, and nobody pages further instead of adding a letter."""
SEARCH_MILLISECONDS_MAX: Final = 300
TEXT_LENGTH_MAX: Final = 200
PHONE_DIGITS_MIN: Final = 3
PHONE_TAIL_MIN: Final = 4
NUMBER_LENGTH_MIN: Final = 3


def search_ids(chain_id: UUID, text: str, *, country: str, most: int = CANDIDATES_MAX) -> list[UUID]:
    """The customers that one search box means, `most` of each reading at most. Refuses: AddALetter."""
    cleaned = text.strip()[:TEXT_LENGTH_MAX]
    if decoded := decode("cus", cleaned):
        return [decoded]
    if cleaned.startswith("ext:"):
        return _by_external_id(chain_id, cleaned.removeprefix("ext:"))
    if "@" in cleaned:
        return search_by_email(chain_id, cleaned, most)
    found = dict.fromkeys(_by_external_id(chain_id, cleaned))
    digits = sum(character.isdigit() for character in cleaned)
    if digits and len(number_key(cleaned)) >= NUMBER_LENGTH_MIN:
        found |= dict.fromkeys(_by_card_number(chain_id, cleaned, most))
    if digits and not any(character.isalpha() for character in cleaned):
        if digits >= PHONE_DIGITS_MIN:
            found |= dict.fromkeys(search_phones(chain_id, cleaned, country=country, most=most))
        return list(found)
    words = read_search(cleaned)
    if words.parts:
        return [*found, *search_names(words.parts, words.beginnings, most)]
    return [*found, *search_by_beginning(search_form(cleaned), most)]


def ids_of_page(found: Sequence[UUID], beyond: UUID | None, *, descending: bool, most: int) -> tuple[UUID, ...]:
    """Of what a search found, the first by id on the far side of `beyond`: the page of a list in the order of ids."""
    far = [one for one in found if beyond is None or (one < beyond if descending else one > beyond)]
    return tuple(sorted(far, reverse=descending)[:most])


def search_phones(chain_id: UUID, text: str, *, country: str, most: int) -> list[UUID]:
    """Up to `most` customers for each reading with this phone in any notation, with its beginning, or with these last digits."""
    ranges = phone_ranges(text, country=country)
    sql = " UNION ALL ".join(
        f"(SELECT customer_id FROM customer_phones WHERE chain_id = %s AND {one.column} >= %s AND {one.column} < %s"
        " LIMIT %s)"
        for one in ranges
    )
    parameters = [value for one in ranges for value in (chain_id, one.start, after_prefix(one.start), most)]
    return list({values[0] for values in rows(sql, parameters)})


@dataclass(frozen=True, slots=True)
class PhoneRange:
    """A range of phones: those whose `column` (phone, or the phone reversed) begins with `start`."""

    column: Literal["phone", "phone_reversed"]
    start: str


def phone_ranges(text: str, *, country: str) -> tuple[PhoneRange, ...]:
    """What a part of a phone can mean: the number itself, its beginning with or without the country, its end."""
    whole = parse_phone(text, country)
    digits = "".join(character for character in text if character.isdigit())
    bare = digits.lstrip("0") or digits
    starts = {whole} if whole else {f"+{bare}", f"+{phonenumbers.country_code_for_region(country)}{bare}"}
    ranges = [PhoneRange("phone", start) for start in sorted(starts)]
    # The last digits are looked for even where they could be a short number of their own: 456789 is one in Germany.
    if len(digits) >= PHONE_TAIL_MIN and not text.strip().startswith("+"):
        ranges.append(PhoneRange("phone_reversed", digits[::-1]))
    return tuple(ranges)


def after_prefix(text: str) -> str:
    """The first text after all that begin with this one, in the C collation."""
    return text + "\U0010ffff"


def search_names(parts: Sequence[str], beginnings: Sequence[str], most: int) -> list[UUID]:
    """Up to `most` customers whose name has all these words. Refuses: AddALetter where it takes too long."""
    with time_limit(SEARCH_MILLISECONDS_MAX):
        found = rows(
            "SELECT search_customers_by_name(%s, %s, %s)",
            [[_like(part) for part in parts], [_like(part) for part in beginnings], most],
        )
    # Somebody may be found twice, by each of the two ways that the search goes.
    return list(dict.fromkeys(values[0] for values in found))[:most]


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Give the statements inside this much time each, and the unit of work goes on where they were given up.

    No statement inside reads a whole table: with LIMIT the planner hopes for an early end that may never come.
    Refuses: AddALetter.
    """
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT time_limit")
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', 'off', true)",
            [f"{milliseconds}ms"],
        )
        try:
            yield
        except OperationalError as problem:
            if not isinstance(problem.__cause__, errors.QueryCanceled):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT time_limit")
            raise Refused(AddALetter()) from problem
        cursor.execute("SELECT set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)")


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _by_external_id(chain_id: UUID, text: str) -> list[UUID]:
    found = rows("SELECT id FROM customers WHERE chain_id = %s AND external_id = %s", [chain_id, text])
    return [values[0] for values in found]


def search_by_email(chain_id: UUID, text: str, most: int) -> list[UUID]:
    """Customers whose e-mail begins like this, at most `most`."""
    key = email_key(text)
    found = rows(
        "SELECT id FROM customers WHERE chain_id = %s AND email_key >= %s AND email_key < %s"
        " ORDER BY email_key LIMIT %s",
        [chain_id, key, after_prefix(key), most],
    )
    return [values[0] for values in found]


def search_by_beginning(start: str, most: int) -> list[UUID]:
    """Customers whose name, as `search_form` writes it, begins like this, at most `most`. Refuses: AddALetter."""
    with time_limit(SEARCH_MILLISECONDS_MAX):
        found = rows("SELECT search_customers_by_beginning(%s, %s, %s)", [start, after_prefix(start), most])
    return list(dict.fromkeys(values[0] for values in found))[:most]


def _by_card_number(chain_id: UUID, text: str, most: int) -> list[UUID]:
    key = number_key(text)
    found = rows(
        """
        SELECT k.customer_id FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id IS NOT NULL AND k.id = ANY(ARRAY(
            (SELECT card_id FROM card_numbers WHERE chain_id = %(chain)s AND key >= %(key)s AND key < %(end)s
                LIMIT %(most)s)
            UNION ALL
            (SELECT card_id FROM card_short_numbers WHERE chain_id = %(chain)s AND number = %(key)s AND freed_at IS NULL)
        ))
        """,
        {"chain": chain_id, "key": key, "end": after_prefix(key), "most": most},
    )
    return [values[0] for values in found]
