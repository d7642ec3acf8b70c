"""Requests of people at public pages, and whom an address belongs to (WAL-3, CUS-7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from regulars.cards.rules.links import card_token
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import email_key
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, row, rows
from regulars.storefront.rules.tokens import request_of_token, request_token

COLUMNS: Final = """
r.id, r.chain_id, r.kind, r.card_type_id, r.channel, r.name, r.phone, r.email, r.birthday, r.language, r.consents, r.pickup,
r.blank_card_id, r.customer_id, r.card_id, r.created_at, r.ends_at, r.done_at, r.done_by
"""
LISTED_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as it was written, and how far it has come."""

    id: UUID
    chain_id: UUID
    kind: str
    card_type_id: UUID | None
    channel: str
    name: str
    phone: str
    email: str
    birthday: date | None
    language: str
    consents: tuple[dict[str, Any], ...]
    pickup: str
    blank_card_id: UUID | None
    customer_id: UUID | None
    card_id: UUID | None
    created_at: datetime
    ends_at: datetime
    done_at: datetime | None
    done_by: str

    @property
    def token(self) -> str:
        """What stands in its address."""
        return request_token(self.id, key=settings.LINK_KEY)

    @property
    def public_id(self) -> str:
        """How staff's pages call it."""
        return encode("jrq", self.id)

    @property
    def address(self) -> str:
        """Where the code goes; "" where nothing can be sent."""
        return {"phone": self.phone, "email": self.email}.get(self.channel, "")

    def is_over(self, now: datetime) -> bool:
        """Whether it can be answered no more."""
        return now >= self.ends_at


def find_request_door(token: str) -> tuple[UUID, UUID] | None:
    """The chain and the id of the request that a token opens, before any chain is entered; None where it opens nothing."""
    request_id = request_of_token(token, key=settings.LINK_KEY)
    found = row("SELECT chain_id FROM door_join_request(%s)", [request_id]) if request_id else None
    return (found[0], request_id) if found and request_id else None


def find_request(chain_id: UUID, request_id: UUID, *, locked: bool = False) -> RequestView | None:
    """One request; `locked` keeps it until the end of the unit of work."""
    found = row(
        f"SELECT {COLUMNS} FROM join_requests r WHERE r.chain_id = %s AND r.id = %s{' FOR UPDATE' if locked else ''}",
        [chain_id, request_id],
    )
    return view_request(found) if found else None


def access_pickup(actor: Actor, pickup: str, *, now: datetime) -> RequestView:
    """The request that somebody shows at the till. Refuses: Forbidden, NotFound."""
    actor.require("cards:write")
    actor.require("customers:write")
    found = row(
        f"SELECT {COLUMNS} FROM join_requests r"
        " WHERE r.chain_id = %s AND r.pickup = %s AND r.kind = 'join' AND r.ends_at > %s",
        [actor.chain_id, pickup, now],
    )
    if found is None:
        raise Refused(NotFound())
    return view_request(found)


def list_waiting(actor: Actor, *, now: datetime) -> list[RequestView]:
    """Who waits for a card, newest first. Refuses: Forbidden."""
    actor.require("cards:write")
    actor.require("customers:write")
    found = rows(
        f"SELECT {COLUMNS} FROM join_requests r WHERE r.chain_id = %s AND r.kind = 'join' AND r.done_at IS NULL"
        " AND r.ends_at > %s AND r.created_at > %s - interval '7 days' ORDER BY r.created_at DESC LIMIT %s",
        [actor.chain_id, now, now, LISTED_MAX],
    )
    return [view_request(values) for values in found]


def find_person(chain_id: UUID, card_type_id: UUID | None, *, phone: str = "", email: str = "") -> UUID | None:
    """Whose address this is. An e-mail may be several people's: then whoever holds the type, then whoever came first."""
    if phone:
        found = row("SELECT customer_id FROM customer_phones WHERE chain_id = %s AND phone = %s", [chain_id, phone])
        if found:
            return UUID(str(found[0]))
    if not email:
        return None
    found = row(
        "SELECT c.id FROM customers c WHERE c.chain_id = %(chain)s AND c.email_key = %(key)s"
        " ORDER BY EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id AND k.card_type_id = %(type)s"
        " AND k.status NOT IN ('deleted', 'undone')) DESC, c.id LIMIT 1",
        {"chain": chain_id, "key": email_key(email), "type": card_type_id},
    )
    return found[0] if found else None


def is_address_known(chain_id: UUID, *, phone: str, email: str) -> bool:
    """Whether somebody has this phone or e-mail, or a card waits for the phone."""
    found = row(
        "SELECT EXISTS (SELECT FROM customer_phones p WHERE p.chain_id = %(chain)s AND p.phone = %(phone)s)"
        " OR EXISTS (SELECT FROM cards k WHERE k.chain_id = %(chain)s AND k.phone = %(phone)s"
        "   AND k.customer_id IS NULL AND k.status <> 'undone')"
        " OR EXISTS (SELECT FROM customers c WHERE c.chain_id = %(chain)s AND c.email_key = %(key)s)",
        {"chain": chain_id, "phone": phone or None, "key": email_key(email) if email else None},
    )
    return bool(found and found[0])


def find_held_card(chain_id: UUID, customer_id: UUID, card_type_id: UUID | None, *, now: datetime) -> UUID | None:
    """The card of a type that a person is led to: highest available balance, then newest (CRD-2); one in use before others."""
    found = row(
        "SELECT k.id FROM cards k JOIN card_types t ON t.id = k.card_type_id"
        " LEFT JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = coalesce(t.shown_balance_id,"
        "   (SELECT b.id FROM balance_types b WHERE b.program_id = t.program_id ORDER BY b.id LIMIT 1))"
        " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status NOT IN ('deleted', 'undone')"
        " AND (%(type)s::uuid IS NULL OR k.card_type_id = %(type)s)"
        " ORDER BY k.status = 'active' AND (k.expires_at IS NULL OR k.expires_at > %(now)s) DESC,"
        " coalesce(a.balance - a.held, 0) DESC, k.id DESC LIMIT 1",
        {"chain": chain_id, "customer": customer_id, "type": card_type_id, "now": now},
    )
    return found[0] if found else None


def card_path(chain_id: UUID, card_id: UUID) -> str:
    """The secret address of a card, below the installation's own."""
    found = row("SELECT link_version FROM cards WHERE chain_id = %s AND id = %s", [chain_id, card_id])
    assert found is not None, card_id
    return f"/c/{card_token(card_id, found[0], key=settings.LINK_KEY)}"


def view_request(values: tuple[Any, ...]) -> RequestView:
    """The value of a row selected with COLUMNS."""
    read = [*values[:10], tuple(from_json(values[10])), *values[11:]]
    return RequestView(*read)
