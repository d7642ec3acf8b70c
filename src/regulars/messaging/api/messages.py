"""Routes of messages: whom channels reach, write, read how it went on (MSG-5)."""

from uuid import UUID

from ninja import Query

from regulars.cards.queries.cards import access_card
from regulars.customers.queries import access_customer
from regulars.kernel.refusal import NotFound
from regulars.messaging.actions.send import send_message
from regulars.messaging.api.schemas import (
    ChannelList,
    MessageFilters,
    MessageIn,
    MessageList,
    MessageOut,
    present_channel,
    present_message,
)
from regulars.messaging.errors import ChannelUnavailable, NobodyReached
from regulars.messaging.jobs import defer_delivery
from regulars.messaging.queries.messages import access_addressee, access_message, list_lines, list_messages
from regulars.messaging.rules import MessageDraft
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.listing import list_body, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes

routes = Routes("Messages")
REFUSES = (NotFound, ChannelUnavailable, NobodyReached)


@routes.post("/customers/{customer}/messages", needs="customers:write", answers={201: MessageOut}, refuses=REFUSES)
def write_to_customer(request: ApiRequest, customer: str, body: MessageIn) -> Answer:
    """Write to a customer.

    The answer comes at once; the sending goes on, and `GET /messages/{message}` says how. Where a channel cannot tell whether
    a message arrived, it is not sent a second time.
    """
    return _send(request, body, customer=check_reference(customer))


@routes.post("/cards/{card}/messages", needs="customers:write", answers={201: MessageOut}, refuses=REFUSES)
def write_to_holder(request: ApiRequest, card: str, body: MessageIn) -> Answer:
    """Write to the holder of a card; in wallets, on this card alone. A card that is nobody's yet is reached by its wallet."""
    return _send(request, body, card=check_reference(card))


@routes.get("/customers/{customer}/channels", needs="customers:read", answers={200: ChannelList})
def list_channels_to_customer(request: ApiRequest, customer: str) -> Answer:
    """List the channels to a customer: whom each reaches, why not, and what it carries."""
    found = access_addressee(request.actor, customer=check_reference(customer), card=None, now=request.now)
    return answer(list_body(map(present_channel, list_lines(found.person, now=request.now)), None))


@routes.get("/cards/{card}/channels", needs="customers:read", answers={200: ChannelList}, refuses=[NotFound])
def list_channels_to_holder(request: ApiRequest, card: str) -> Answer:
    """List the channels to the holder of a card."""
    found = access_addressee(request.actor, customer=None, card=check_reference(card), now=request.now)
    return answer(list_body(map(present_channel, list_lines(found.person, now=request.now)), None))


@routes.get("/customers/{customer}/messages", needs="customers:read", answers={200: MessageList})
def list_messages_to_customer(request: ApiRequest, customer: str, filters: Query[MessageFilters]) -> Answer:
    """List what was written to a customer, newest first."""
    found = access_customer(request.actor, check_reference(customer))
    return _list(request, filters, customer_id=found.id)


@routes.get("/cards/{card}/messages", needs="customers:read", answers={200: MessageList}, refuses=[NotFound])
def list_messages_about_card(request: ApiRequest, card: str, filters: Query[MessageFilters]) -> Answer:
    """List what was written to the holder of a card by way of the card, newest first."""
    found = access_card(request.actor, check_reference(card), now=request.now)
    return _list(request, filters, card_id=found.id)


@routes.get("/messages/{message}", needs="customers:read", answers={200: MessageOut})
def get_message(request: ApiRequest, message: str) -> Answer:
    """Read a message, and how it went on with it on each channel."""
    return answer(present_message(access_message(request.actor, message)))


def _send(request: ApiRequest, body: MessageIn, *, customer: str | None = None, card: str | None = None) -> Answer:
    draft = MessageDraft(
        customer=customer,
        card=card,
        text=body.text,
        subject=body.subject,
        kind=body.kind,
        channels=None if body.channels is None else tuple(body.channels),
    )
    return created(present_message(send_message(request.actor, draft, defer=defer_delivery, now=request.now)))


def _list(
    request: ApiRequest, filters: MessageFilters, *, customer_id: UUID | None = None, card_id: UUID | None = None
) -> Answer:
    listing = f"messages:{customer_id or card_id}"
    found = list_messages(
        request.actor,
        customer_id=customer_id,
        card_id=card_id,
        before=read_id_cursor(listing, filters.cursor),
        limit=filters.limit + 1,
    )
    page = found[: filters.limit]
    next_cursor = write_cursor(listing, [str(page[-1].id)]) if len(found) > filters.limit else None
    return answer(list_body(map(present_message, page), next_cursor))
