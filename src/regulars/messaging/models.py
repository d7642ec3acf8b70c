"""Tables of messages: what was said to whom, and how it went on each channel (MSG-5)."""

from typing import Final

from django.db import models

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal, Personal


class Message(models.Model):
    """One message to one customer, or to the holder of a card that is nobody's yet."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.PROTECT, null=True, db_index=False)
    kind = models.TextField()
    subject = models.TextField(blank=True, default="")
    text = models.TextField()
    staff_id = models.UUIDField(null=True)
    through = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "messages"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["service", "offer"]), name="message_kind"),
            models.CheckConstraint(
                condition=~models.Q(customer=None) | ~models.Q(card=None), name="message_is_for_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "id"], name="message_of_customer"),
            models.Index(fields=["card", "id"], name="message_of_card"),
        ]


class MessageDelivery(models.Model):
    """A message on one channel. `reason` is a code of ours, `detail` what the other side said."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False)
    channel = models.TextField()
    state = models.TextField(default="queued")
    reason = models.TextField(blank=True, default="")
    detail = models.TextField(blank=True, default="")
    tries = models.IntegerField(default=0)
    state_at = models.DateTimeField()

    class Meta:
        db_table = "message_deliveries"
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="message_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sending", "sent", "delivered", "failed"]),
                name="message_delivery_state",
            ),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="messages",
        columns="subject text",
        use="what staff wrote to the customer",
        erased="with the customer",
        kept="as long as the business",
    ),
    Impersonal("messages", "kind through"),
    Impersonal("message_deliveries", "channel state reason"),
    Personal(
        place="message_deliveries",
        columns="detail",
        use="what a mail server or a wallet said of a message that it did not take; it may name the address",
        erased="with the customer",
        kept="as long as the business",
    ),
)
