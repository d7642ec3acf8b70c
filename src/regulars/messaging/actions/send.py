"""Writing to one customer: the message and a delivery on each channel, in one transaction; sent afterwards (MSG-5)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.messaging.errors import ChannelUnavailable, NobodyReached
from regulars.messaging.models import Message, MessageDelivery
from regulars.messaging.queries.messages import ChannelLine, MessageView, access_addressee, access_message, list_lines
from regulars.messaging.rules import MessageDraft, check_text
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.plugins.channels import Unreachable

Defer = Callable[[UUID, UUID], None]
"""Put a delivery, by chain and id, into the background; with the running transaction or not at all."""


def send_message(actor: Actor, draft: MessageDraft, *, defer: Defer, now: datetime) -> MessageView:
    """Write to a customer; the answer comes at once, the sending goes on in the background.

    Refuses: Forbidden, NotFound, Invalid, ChannelUnavailable, NobodyReached.
    """
    actor.require("customers:write")
    with unit_of_work(actor.chain_id):
        addressee = access_addressee(actor, customer=draft.customer, card=draft.card, now=now)
        lines = _chosen(draft, list_lines(addressee.person, now=now))
        problems = check_text(draft.text, draft.subject, [line.channel.limits for line in lines])
        if problems:
            raise Refused(Invalid(errors=problems))
        message = Message.objects.create(
            chain_id=actor.chain_id,
            customer_id=addressee.customer.id if addressee.customer else None,
            card_id=addressee.card.id if addressee.card else None,
            kind=draft.kind,
            subject=draft.subject,
            text=draft.text,
            staff_id=actor.staff_id,
            through=actor.through,
            at=now,
        )
        for line in lines:
            delivery_id = new_id()
            MessageDelivery.objects.create(
                id=delivery_id,
                chain_id=actor.chain_id,
                message_id=message.id,
                channel=line.channel.key,
                state_at=now,
            )
            defer(actor.chain_id, delivery_id)
        keys = [line.channel.key for line in lines]
        record(
            actor,
            verb="message.sent",
            object_kind="message",
            object_id=message.id,
            now=now,
            after={"channels": keys, "kind": draft.kind},
        )
        return access_message(actor, encode("msg", message.id))


def _chosen(draft: MessageDraft, lines: Sequence[ChannelLine]) -> list[ChannelLine]:
    """The channels that were named, all of which must reach them; or the first that does."""
    if draft.channels is None:
        first = next((line for line in lines if not isinstance(line.says(draft.kind), Unreachable)), None)
        if first is None:
            raise Refused(NobodyReached())
        return [first]
    by_key = {line.channel.key: line for line in lines}
    unknown = [at for at, key in enumerate(draft.channels) if key not in by_key]
    if unknown or not draft.channels:
        pointer = f"/channels/{unknown[0]}" if unknown else "/channels"
        detail = "There is no such channel." if unknown else "Choose at least one channel."
        code = "unknown_channel" if unknown else "required"
        raise Refused(Invalid(errors=(FieldProblem(pointer=pointer, code=code, detail=detail),)))
    chosen = [by_key[key] for key in dict.fromkeys(draft.channels)]
    for line in chosen:
        says = line.says(draft.kind)
        if isinstance(says, Unreachable):
            raise Refused(ChannelUnavailable(channel=line.channel.key, reason=says.reason))
    return chosen
