"""What requests and answers about messages look like."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.kernel.ids import encode
from regulars.messaging.queries.messages import ChannelLine, MessageView
from regulars.messaging.rules import SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX, State
from regulars.platform.api.fields import In, Out, TimeOut
from regulars.platform.api.listing import Paged
from regulars.plugins.channels import Reach, Unreachable

KIND = (
    "`service` is about the customer's own matters: an order, a visit, a question. `offer` is news and advertising, which goes"
    " only where the customer agreed to it."
)


class MessageIn(In):
    """What is said, and how."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH_MAX, examples=["Your jacket is ready."])]
    subject: Annotated[
        str, Field(max_length=SUBJECT_LENGTH_MAX, description="Of an e-mail; one with the business's name is made.")
    ] = ""
    kind: Annotated[Literal["service", "offer"], Field(description=KIND)] = "service"
    channels: Annotated[
        list[str] | None,
        Field(
            max_length=10,
            description="On which channels, all of which must reach them; left out, the first that does.",
            examples=[["apple", "email"]],
        ),
    ] = None


class DeliveryOut(Out):
    """How it went on with a message on one channel."""

    channel: str
    state: State
    reason: Annotated[
        str, Field(description="Why it is not further: `waiting`, `later`, `refused`, `unclear`, `replaced`, `gone`…")
    ]
    detail: Annotated[str, Field(description="What the other side said.")]
    at: TimeOut


class MessageOut(Out):
    """A message to one customer."""

    id: Annotated[str, Field(examples=["msg_01hf…"])]
    customer: str | None
    card: str | None
    kind: Literal["service", "offer"]
    subject: str
    text: str
    at: TimeOut
    deliveries: list[DeliveryOut]


class MessageList(Out):
    """A page of messages, newest first."""

    items: list[MessageOut]
    next_cursor: str | None


class ReachOut(Out):
    """Whether a message of one kind reaches the customer on a channel."""

    reached: bool
    reason: Annotated[
        str | None,
        Field(
            description="Why not: `no_address`, `no_sender`, `no_device`, `not_set_up`, `too_many`, `withdrew`,"
            " `not_agreed`, `no_data`."
        ),
    ]


class ChannelOut(Out):
    """A channel, whom it reaches and what it carries."""

    channel: Annotated[str, Field(examples=["email"])]
    service: ReachOut
    offer: ReachOut
    address: Annotated[str | None, Field(description="Where it would go, where that is an address.")]
    phones: Annotated[int | None, Field(description="How many phones would be told, where those are.")]
    text_max: int
    subject_max: Annotated[int, Field(description="0: it has no subject.")]
    shown_max: Annotated[int, Field(description="So many letters are seen without opening it; 0: all.")]
    daily_max: Annotated[int, Field(description="So many messages a day; 0: as many as you like.")]


class ChannelList(Out):
    """All channels, in the order in which they are proposed."""

    items: list[ChannelOut]
    next_cursor: None


class MessageFilters(Paged):
    """A page of messages."""


def present_message(one: MessageView) -> dict[str, Any]:
    """A message as the API writes it."""
    return {
        "id": encode("msg", one.id),
        "customer": encode("cus", one.customer_id) if one.customer_id else None,
        "card": encode("crd", one.card_id) if one.card_id else None,
        "kind": one.kind,
        "subject": one.subject,
        "text": one.text,
        "at": one.at,
        "deliveries": [
            {
                "channel": each.channel,
                "state": each.state,
                "reason": each.reason,
                "detail": each.detail,
                "at": each.at,
            }
            for each in one.deliveries
        ],
    }


def present_channel(line: ChannelLine) -> dict[str, Any]:
    """A channel as the API writes it."""
    limits, found = line.channel.limits, line.found
    return {
        "channel": line.channel.key,
        "service": _reach(line.says("service")),
        "offer": _reach(line.says("offer")),
        "address": found.address or None if isinstance(found, Reach) else None,
        "phones": found.phones or None if isinstance(found, Reach) else None,
        "text_max": limits.text_max,
        "subject_max": limits.subject_max,
        "shown_max": limits.shown_max,
        "daily_max": limits.daily_max,
    }


def _reach(says: Reach | Unreachable) -> dict[str, Any]:
    is_reached = isinstance(says, Reach)
    return {"reached": is_reached, "reason": None if isinstance(says, Reach) else says.reason}
