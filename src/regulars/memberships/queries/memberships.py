"""Reads of memberships, one and in lists; what a night has brought and nobody has written down yet is told all the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import search_form
from regulars.memberships.queries.usable import STATE_COLUMNS, STATE_COLUMNS_COUNT, state_of
from regulars.memberships.rules.states import MembershipState, as_of
from regulars.memberships.rules.terms import Terms
from regulars.platform.actor import Actor
from regulars.platform.database import rows

Ending = Literal["days", "visits"]

_COLUMNS: Final = f"""
    {STATE_COLUMNS}, m.external_id, m.code, m.refunded, m.sold_at, m.location_id, coalesce(l.name, ''), m.cancelled_at,
    coalesce(c.name, ''), coalesce(k.number, ''),
    coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1),
        c.email, '')
"""
TABLES: Final = """
    memberships m JOIN membership_types t ON t.id = m.type_id
    LEFT JOIN customers c ON c.id = m.customer_id LEFT JOIN cards k ON k.id = m.card_id
    LEFT JOIN locations l ON l.id = m.location_id
"""
# `as_of` in words of the database: what the list is asked for is what it shows.
STATE_NOW: Final = """
CASE WHEN m.state NOT IN ('active', 'frozen') THEN m.state
    WHEN m.ends_on < %(today)s THEN 'expired'
    WHEN m.frozen_from <= %(today)s AND m.frozen_until >= %(today)s THEN 'frozen'
    ELSE 'active' END
"""


@dataclass(frozen=True, slots=True)
class MembershipView:
    """A membership as it is on a day, with whose it is and where it was sold."""

    now: MembershipState
    external_id: str | None
    code: str | None
    refunded: int
    sold_at: datetime
    location_id: UUID | None
    place_name: str
    cancelled_at: datetime | None
    customer_name: str
    card_number: str
    contact: str
    today: date

    @property
    def id(self) -> UUID:
        """Its id."""
        return self.now.id

    @property
    def terms(self) -> Terms:
        """What was sold."""
        return self.now.terms

    @property
    def days_left(self) -> int | None:
        """Days until the last one, today not counted; None where it has no end or is over."""
        if self.now.ends_on is None or self.now.state in ("expired", "cancelled"):
            return None
        return (self.now.ends_on - self.today).days

    @property
    def ending(self) -> Ending | None:
        """Why it is about to end, by what its type says; None where it is not."""
        return ending_of(self.now, self.today)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipFilter:
    """Which memberships; everything given must hold. `search` is a name, phone, e-mail or card number: codes never stand in an address."""

    search: str = ""
    state: str = ""
    type_id: UUID | None = None
    customer_id: UUID | None = None
    card_id: UUID | None = None
    ends_within: int | None = None
    """Those that end within so many days."""


def ending_of(one: MembershipState, today: date) -> Ending | None:
    """Why a membership is about to end, by its terms: N visits are left, or N days; None where it is not."""
    if one.state != "active":
        return None
    terms = one.terms
    if terms.notice_visits is not None and one.remaining is not None and one.remaining <= terms.notice_visits:
        return "visits"
    if terms.notice_days is not None and one.ends_on is not None:
        return "days" if (one.ends_on - today).days <= terms.notice_days else None
    return None


def access_membership(actor: Actor, identifier: str, *, today: date) -> MembershipView:
    """The membership with this id (`mbr_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    found = find_membership(actor.chain_id, identifier, today=today)
    if found is None:
        raise Refused(NotFound())
    return found


def find_membership(chain_id: UUID, identifier: str | UUID, *, today: date) -> MembershipView | None:
    """The membership with this id or external id, or None."""
    name, value = _named(identifier)
    found = rows(
        f"SELECT {_COLUMNS} FROM {TABLES} WHERE m.chain_id = %(chain)s AND m.{name} = %(value)s",
        {"chain": chain_id, "value": value},
    )
    return _view(found[0], today) if found else None


def list_memberships(
    actor: Actor, wanted: MembershipFilter, *, today: date, after: UUID | None = None, limit: int = 50
) -> list[MembershipView]:
    """One page of the memberships, newest first; one more than `limit` where more follow. Refuses: Forbidden."""
    actor.require("rewards:read")
    conditions, parameters = conditions_of(actor.chain_id, wanted, today)
    if after is not None:
        conditions.append("m.id < %(after)s")
    found = rows(
        f"SELECT {_COLUMNS} FROM {TABLES} WHERE {' AND '.join(conditions)} ORDER BY m.id DESC LIMIT %(limit)s",
        parameters | {"after": after, "limit": limit + 1},
    )
    return [_view(values, today) for values in found]


def list_of_customer(chain_id: UUID, customer_id: UUID, *, today: date, limit: int = 20) -> list[MembershipView]:
    """A customer's memberships, newest first."""
    return _list_of(chain_id, "m.customer_id = %(of)s", customer_id, today, limit)


def list_of_card(
    chain_id: UUID, card_id: UUID, customer_id: UUID | None, *, today: date, limit: int = 20
) -> list[MembershipView]:
    """The memberships that were sold at a card, and those of its holder that belong to no card, newest first."""
    found = _list_of(chain_id, "m.card_id = %(of)s", card_id, today, limit)
    if customer_id is not None:
        found += _list_of(chain_id, "m.customer_id = %(of)s AND m.card_id IS NULL", customer_id, today, limit)
    return sorted(found, key=lambda one: one.id, reverse=True)[:limit]


def count_by_state(chain_id: UUID, *, today: date) -> dict[str, int]:
    """How many memberships are in each state today."""
    found = rows(
        f"SELECT {STATE_NOW}, count(*) FROM memberships m WHERE m.chain_id = %(chain)s GROUP BY 1",
        {"chain": chain_id, "today": today},
    )
    return dict(found)


def places_of(chain_id: UUID, location_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these locations."""
    found = rows(
        "SELECT id, name FROM locations WHERE chain_id = %s AND id = ANY(%s::uuid[]) ORDER BY name, id",
        [chain_id, list(location_ids)],
    )
    return dict(found)


def _list_of(chain_id: UUID, condition: str, of: UUID, today: date, limit: int) -> list[MembershipView]:
    found = rows(
        f"SELECT {_COLUMNS} FROM {TABLES} WHERE m.chain_id = %(chain)s AND {condition} ORDER BY m.id DESC LIMIT %(limit)s",
        {"chain": chain_id, "of": of, "limit": limit},
    )
    return [_view(values, today) for values in found]


def conditions_of(chain_id: UUID, wanted: MembershipFilter, today: date) -> tuple[list[str], dict[str, Any]]:
    """The conditions on TABLES that a filter means on a day, with their parameters."""
    conditions = ["m.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": chain_id, "today": today}
    for name in ("type_id", "customer_id", "card_id"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"m.{name} = %({name})s")
            parameters[name] = value
    if wanted.state:
        conditions.append(f"{STATE_NOW} = %(state)s")
        parameters["state"] = wanted.state
    if wanted.ends_within is not None:
        conditions.append(f"m.ends_on <= %(until)s AND {STATE_NOW} IN ('active', 'frozen')")
        parameters["until"] = today + timedelta(days=wanted.ends_within)
    if wanted.search.strip():
        conditions.append(_SEARCH)
        parameters |= _search_words(wanted.search)
    return conditions, parameters


_SEARCH: Final = """
(c.search_name LIKE %(name)s OR c.email_key = %(exact)s OR k.number = %(number)s
    OR EXISTS (SELECT FROM customer_phones p WHERE p.customer_id = c.id AND p.phone LIKE %(phone)s))
"""


def _search_words(text: str) -> dict[str, str]:
    digits = "".join(letter for letter in text if letter.isdigit())
    return {
        "name": f"%{_escaped(search_form(text))}%",
        "exact": text.strip().lower(),
        "number": text.strip(),
        # Fewer digits would be in half of all phones.
        "phone": f"%{digits}%" if len(digits) >= 5 else "",
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _named(identifier: str | UUID) -> tuple[str, str | UUID | None]:
    if isinstance(identifier, UUID):
        return "id", identifier
    if identifier.startswith("ext:"):
        return "external_id", identifier.removeprefix("ext:")
    return "id", decode("mbr", identifier)


def _view(values: Sequence[Any], today: date) -> MembershipView:
    state, rest = as_of(state_of(values), today), values[STATE_COLUMNS_COUNT:]
    return MembershipView(state, *rest, today)  # type: ignore[call-arg]
