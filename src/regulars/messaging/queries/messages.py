"""Reads of messages: whom each channel reaches, what was said, how it went on (MSG-5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.cards import CardView, access_card, find_card, list_cards_by_ids
from regulars.customers.queries import CustomerView, access_customer, find_customer, list_card_ids, list_consents
from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.messaging.rules import Kind, check_consent
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows
from regulars.plugins.channels import Channel, Person, Reach, Unreachable, list_channels

CARDS_MAX: Final = 20
NEWEST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_MESSAGES: Final = """
SELECT m.id, m.at, m.kind, m.subject, m.text, m.through, m.customer_id, m.card_id,
    coalesce(nullif(g.name, ''), g.email, ''), d.told
FROM (
    SELECT * FROM messages m WHERE m.chain_id = %(chain)s AND {condition}
        AND m.id < coalesce(%(before)s::uuid, '{newest}')
    ORDER BY m.id DESC LIMIT %(limit)s
) m
LEFT JOIN staff s ON s.id = m.staff_id
LEFT JOIN logins g ON g.id = s.login_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(d.channel, d.state, d.reason, d.detail, d.state_at) ORDER BY d.id) AS told
    FROM message_deliveries d WHERE d.message_id = m.id
) d ON true
ORDER BY m.id DESC
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went on with a message on one channel."""

    channel: str
    state: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message as pages and the API show it."""

    id: UUID
    at: datetime
    kind: Kind
    subject: str
    text: str
    through: str
    customer_id: UUID | None
    card_id: UUID | None
    staff_name: str
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel and whom it reaches; or why it does not, for each kind of message."""

    channel: Channel
    found: Reach | Unreachable
    forbidden: dict[Kind, Unreachable | None]

    def says(self, kind: Kind) -> Reach | Unreachable:
        """Whether it carries a message of a kind."""
        return self.forbidden[kind] or self.found

    @property
    def is_open(self) -> bool:
        """Whether it carries any kind."""
        return isinstance(self.found, Reach) and self.forbidden["service"] is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom a message is for, as who may see them found them."""

    customer: CustomerView | None
    card: CardView | None
    person: Person
    link: str


def access_addressee(actor: Actor, *, customer: str | None, card: str | None, now: datetime) -> Addressee:
    """The customer with this id, or the card and its holder. Refuses: Forbidden, NotFound."""
    actor.require("customers:read")
    if card is not None:
        found = access_card(actor, card, now=now)
        if found.status == "deleted":
            raise Refused(NotFound())
        holder = find_customer(actor.chain_id, found.customer_id) if found.customer_id else None
        return _addressee(actor.chain_id, holder, found, [found])
    view = access_customer(actor, customer or "")
    ids = list_card_ids(actor.chain_id, [view.id], each=CARDS_MAX).get(view.id, [])
    held = list_cards_by_ids(actor.chain_id, ids, now=now)
    return _addressee(actor.chain_id, view, None, [held[one] for one in ids])


def find_addressee(chain_id: UUID, customer_id: UUID | None, card_id: UUID | None, *, now: datetime) -> Addressee:
    """Whom a message that was written is for, as they are now."""
    holder = find_customer(chain_id, customer_id) if customer_id else None
    card = find_card(chain_id, card_id, now=now) if card_id else None
    if card is not None:
        return _addressee(chain_id, holder, card, [card])
    ids = list_card_ids(chain_id, [customer_id], each=CARDS_MAX).get(customer_id, []) if customer_id else []
    held = list_cards_by_ids(chain_id, ids, now=now)
    return _addressee(chain_id, holder, None, [held[one] for one in ids])


def _addressee(chain_id: UUID, holder: CustomerView | None, card: CardView | None, cards: list[CardView]) -> Addressee:
    live = [one for one in cards if one.status in ("active", "blocked")]
    person = Person(
        chain_id=chain_id,
        customer_id=holder.id if holder else None,
        email=(holder.email if holder else "") or "",
        language=holder.language if holder else "",
        card_ids=tuple(one.id for one in live),
    )
    return Addressee(customer=holder, card=card, person=person, link=live[0].link if live else "")


def list_lines(person: Person, *, now: datetime) -> list[ChannelLine]:
    """Every channel, and whether it reaches somebody; in the running unit of work."""
    given: dict[str, bool] = {}
    if person.customer_id is not None:
        given = {one.purpose: one.given for one in list_consents(person.chain_id, person.customer_id)}
    return [
        ChannelLine(
            one,
            one.reach(person, now=now),
            {"service": check_consent(one, "service", given), "offer": check_consent(one, "offer", given)},
        )
        for one in list_channels()
    ]


def access_message(actor: Actor, identifier: str) -> MessageView:
    """The message with this id. Refuses: Forbidden, NotFound."""
    actor.require("customers:read")
    message_id = decode("msg", identifier)
    found = _read(actor, "m.id = %(one)s", {"one": message_id, "before": None, "limit": 1}) if message_id else []
    if not found:
        raise Refused(NotFound())
    return found[0]


def list_messages(
    actor: Actor, *, customer_id: UUID | None = None, card_id: UUID | None = None, before: UUID | None, limit: int
) -> list[MessageView]:
    """Messages to a customer or about a card, newest first, in one query; none for whoever may not see customers."""
    if not actor.may("customers:read"):
        return []
    column = "card_id" if card_id is not None else "customer_id"
    return _read(actor, f"m.{column} = %(one)s", {"one": card_id or customer_id, "before": before, "limit": limit})


def list_message_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """The messages to a customer, for the time line, in one query."""
    return [
        TimelineItem(
            id=one.id,
            at=one.at,
            kind="message",
            staff_name=one.staff_name,
            through=one.through,
            facts={
                "message": encode("msg", one.id),
                "subject": one.subject,
                "text": one.text,
                "deliveries": [
                    {"channel": each.channel, "state": each.state, "reason": each.reason, "detail": each.detail}
                    for each in one.deliveries
                ],
            },
        )
        for one in list_messages(actor, customer_id=customer_id, before=before, limit=limit)
    ]


def _read(actor: Actor, condition: str, parameters: dict[str, Any]) -> list[MessageView]:
    statement = _MESSAGES.format(condition=condition, newest=NEWEST)
    names = ("id", "at", "kind", "subject", "text", "through", "customer_id", "card_id", "staff_name")
    return [
        MessageView(**dict(zip(names, values, strict=False)), deliveries=_deliveries(values[-1]))
        for values in rows(statement, parameters | {"chain": actor.chain_id})
    ]


def _deliveries(told: Any) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(channel, state, reason, detail, datetime.fromisoformat(at))
        for channel, state, reason, detail, at in from_json(told) or ()
    )
