"""Reads of customers: one, a list, a search; scoped to the chain of the running unit of work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import phonenumbers
from django.db import connection
from django.db.utils import OperationalError
from psycopg import errors

from regulars.customers.errors import AddALetter
from regulars.customers.models import CustomField
from regulars.customers.rules import CustomFieldFacts, read_search
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import email_key, search_form
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows

CANDIDATES_MAX: Final = 1_000
SEARCH_MILLISECONDS_MAX: Final = 300
COUNT_MAX: Final = 10_000
PHONE_DIGITS_MIN: Final = 3
PHONE_TAIL_MIN: Final = 4

Order = Literal["newest", "name"]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer as pages and the API show them; phones in their order, the first is the main one."""

    id: UUID
    external_id: str | None
    name: str
    phones: tuple[str, ...]
    email: str | None
    birthday: date | None
    language: str
    tags: tuple[str, ...]
    custom: dict[str, Any]
    comment: str
    version: int
    created_at: datetime

    @property
    def phone(self) -> str | None:
        """The main phone."""
        return self.phones[0] if self.phones else None

    @property
    def label(self) -> str:
        """What a list calls them: the name, else phone or e-mail."""
        return self.name or self.phone or self.email or ""


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers are meant. Everything given must hold; `ids` (from a search) limits to those."""

    search: str = ""
    tag: str = ""
    phone: str = ""
    email: str = ""
    import_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list; `last` is where the next one goes on, None at the end."""

    customers: tuple[CustomerView, ...]
    last: tuple[str, UUID] | None = field(default=None)


COLUMNS: Final = """
    c.id, c.external_id, c.name,
    ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone),
    c.email, c.birthday, c.language, c.tags, c.custom, c.comment, c.version, c.created_at, c.search_name
"""


def view(values: Sequence[Any]) -> CustomerView:
    """The value of a row selected with COLUMNS."""
    return CustomerView(
        id=values[0],
        external_id=values[1],
        name=values[2],
        phones=tuple(values[3]),
        email=values[4],
        birthday=values[5],
        language=values[6],
        tags=tuple(values[7]),
        custom=values[8],
        comment=values[9],
        version=values[10],
        created_at=values[11],
    )


def access_customer(actor: Actor, identifier: str) -> CustomerView:
    """The customer with this id (`cus_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("customers:read")
    found = find_customer(actor.chain_id, identifier)
    if found is None:
        raise Refused(NotFound())
    return found


def find_customer(chain_id: UUID, identifier: str | UUID) -> CustomerView | None:
    """The customer with this id or external id, or None."""
    if isinstance(identifier, str) and identifier.startswith("ext:"):
        condition, value = "c.external_id = %s", identifier.removeprefix("ext:")
    else:
        decoded = identifier if isinstance(identifier, UUID) else decode("cus", identifier)
        if decoded is None:
            return None
        condition, value = "c.id = %s", str(decoded)
    found = row(f"SELECT {COLUMNS} FROM customers c WHERE c.chain_id = %s AND {condition}", [chain_id, value])
    return view(found) if found else None


def find_customer_by_phone(chain_id: UUID, phone: str) -> UUID | None:
    """Whose phone (E.164) this is."""
    found = row("SELECT customer_id FROM customer_phones WHERE chain_id = %s AND phone = %s", [chain_id, phone])
    return found[0] if found else None


def list_customers_by_ids(chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, CustomerView]:
    """These customers by id, in one query."""
    found = rows(f"SELECT {COLUMNS} FROM customers c WHERE c.chain_id = %s AND c.id = ANY(%s)", [chain_id, list(ids)])
    return {values[0]: view(values) for values in found}


def list_customers(
    actor: Actor,
    wanted: CustomerFilter,
    *,
    country: str,
    order: Order = "newest",
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> CustomerPage:
    """One page of the customers that a filter means, newest first or by name.

    A search is bounded: at most CANDIDATES_MAX people are ordered. Refuses: Forbidden, AddALetter.
    """
    actor.require("customers:read")
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    if order == "name":
        keyset, by = "(c.search_name, c.id) > (%(after_name)s, %(after_id)s)", "c.search_name, c.id"
    else:
        keyset, by = "c.id < %(after_id)s", "c.id DESC"
    if after:
        conditions.append(keyset)
        parameters |= {"after_name": after[0], "after_id": after[1]}
    found = rows(
        f"SELECT {COLUMNS} FROM customers c WHERE {' AND '.join(conditions)} ORDER BY {by} LIMIT %(limit)s",
        parameters | {"limit": limit + 1},
    )
    shown = found[:limit]
    last = (shown[-1][12], shown[-1][0]) if len(found) > limit else None
    return CustomerPage(customers=tuple(view(values) for values in shown), last=last)


def count_customers(actor: Actor, wanted: CustomerFilter, *, country: str) -> int:
    """How many customers a filter means, counted up to COUNT_MAX + 1."""
    actor.require("customers:read")
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    found = row(
        f"SELECT count(*) FROM (SELECT FROM customers c WHERE {' AND '.join(conditions)} LIMIT %(most)s) AS counted",
        parameters | {"most": COUNT_MAX + 1},
    )
    return int(found[0]) if found else 0


def filter_sql(chain_id: UUID, wanted: CustomerFilter, *, country: str) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `customers c` that a filter means, with their parameters."""
    conditions = ["c.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": chain_id}
    if wanted.search.strip():
        condition, more = search_sql(chain_id, wanted.search, country=country)
        conditions.append(condition)
        parameters |= more
    if wanted.tag:
        conditions.append(
            "c.id IN (SELECT t.customer_id FROM customer_tags t WHERE t.chain_id = %(chain)s AND t.tag = %(tag)s)"
        )
        parameters["tag"] = wanted.tag
    if wanted.phone:
        conditions.append(
            "c.id = (SELECT p.customer_id FROM customer_phones p WHERE p.chain_id = %(chain)s AND p.phone = %(phone)s)"
        )
        parameters["phone"] = parse_phone(wanted.phone, country) or wanted.phone
    if wanted.email:
        conditions.append("c.email_key = %(email)s")
        parameters["email"] = email_key(wanted.email)
    if wanted.import_id:
        conditions.append("c.import_id = %(import_id)s")
        parameters["import_id"] = wanted.import_id
    if wanted.ids is not None:
        conditions.append("c.id = ANY(%(ids)s)")
        parameters["ids"] = list(wanted.ids)
    return conditions, parameters


def search_sql(chain_id: UUID, text: str, *, country: str) -> tuple[str, dict[str, Any]]:
    """The condition that one search box means: an id, an e-mail, a phone in any notation, or part of a name."""
    cleaned = text.strip()[:200]
    if decoded := decode("cus", cleaned):
        return "c.id = %(search_id)s", {"search_id": decoded}
    if "@" in cleaned:
        key = email_key(cleaned)
        return (
            "c.email_key >= %(search)s AND c.email_key < %(search_end)s",
            {"search": key, "search_end": after_prefix(key)},
        )
    digits = "".join(character for character in cleaned if character.isdigit())
    if len(digits) >= PHONE_DIGITS_MIN and not any(character.isalpha() for character in cleaned):
        return "c.id = ANY(%(found)s)", {"found": search_phones(chain_id, cleaned, country=country)}
    words = read_search(cleaned)
    if not words.parts:
        start = search_form(cleaned)
        return (
            "c.search_name >= %(search)s AND c.search_name < %(search_end)s",
            {"search": start, "search_end": after_prefix(start)},
        )
    return "c.id = ANY(%(found)s)", {"found": search_names(words.parts, words.beginnings)}


def search_phones(chain_id: UUID, text: str, *, country: str) -> list[UUID]:
    """Up to CANDIDATES_MAX customers with this phone in any notation, with its beginning, or with these last digits."""
    ranges = phone_ranges(text, country=country)
    sql = " UNION ALL ".join(
        f"(SELECT customer_id FROM customer_phones WHERE chain_id = %s AND {one.column} >= %s AND {one.column} < %s"
        f" LIMIT {CANDIDATES_MAX})"
        for one in ranges
    )
    parameters = [value for one in ranges for value in (chain_id, one.start, after_prefix(one.start))]
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
    if not whole and len(digits) >= PHONE_TAIL_MIN and not text.strip().startswith("+"):
        ranges.append(PhoneRange("phone_reversed", digits[::-1]))
    return tuple(ranges)


def after_prefix(text: str) -> str:
    """The first text after all that begin with this one, in the C collation."""
    return text + "\U0010ffff"


def search_names(parts: Sequence[str], beginnings: Sequence[str]) -> list[UUID]:
    """Up to CANDIDATES_MAX customers whose name has all these words. Refuses: AddALetter where it takes too long."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT name_search")
        try:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SEARCH_MILLISECONDS_MAX}ms"])
            cursor.execute(
                "SELECT search_customers_by_name(%s, %s, %s)",
                [[_like(part) for part in parts], [_like(part) for part in beginnings], CANDIDATES_MAX],
            )
            found = [values[0] for values in cursor.fetchall()]
        except OperationalError as problem:
            if not isinstance(problem.__cause__, errors.QueryCanceled):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT name_search")
            raise Refused(AddALetter()) from problem
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        return found


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def list_custom_fields(chain_id: UUID) -> tuple[CustomFieldFacts, ...]:
    """The fields that the chain added, in the order they were made."""
    found = CustomField.objects.filter(chain_id=chain_id, archived_at=None).order_by("id")
    return tuple(CustomFieldFacts(key=one.key, kind=one.kind, choices=tuple(one.choices)) for one in found)


def list_tags(actor: Actor) -> list[str]:
    """The tags in use, by name; at most 200."""
    actor.require("customers:read")
    # A loose index scan: one step per distinct tag, however many customers have it.
    found = rows(
        """
        WITH RECURSIVE steps AS (
            (SELECT tag FROM customer_tags WHERE chain_id = %(chain)s ORDER BY tag LIMIT 1)
            UNION ALL
            SELECT (SELECT t.tag FROM customer_tags t WHERE t.chain_id = %(chain)s AND t.tag > steps.tag
                ORDER BY t.tag LIMIT 1) FROM steps WHERE steps.tag IS NOT NULL
        ) SELECT tag FROM steps WHERE tag IS NOT NULL LIMIT 200
        """,
        {"chain": actor.chain_id},
    )
    return [values[0] for values in found]


def lock_customer(chain_id: UUID, customer_id: UUID) -> bool:
    """Lock one customer's row until the end of the unit of work; False where there is none."""
    return (
        execute("SELECT FROM customers WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [chain_id, customer_id]) > 0
    )
