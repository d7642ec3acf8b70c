"""Tables of the till: what was pressed (TIL-2, TIL-3), the devices it stands on, what they did without a connection (TIL-5),
and codes on receipts and inserts (TIL-4)."""

from typing import Final

from django.db import models

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal
from regulars.till.rules.presses import KINDS, SOURCES
from regulars.till.rules.queue import QUEUED_KINDS


class TillPress(models.Model):
    """One thing done at the till: what, for which card, by whom, where and how; `subject_id` names what came of it.

    `subject_id` is the transaction, order, voucher, given reward, use of a membership or card; `of_id` the membership
    of a use, or the code on a receipt whose stamps or purchase it is. `after` is what the card showed afterwards in smallest units, `goal` of how many.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    source = models.TextField()
    card = models.ForeignKey("cards.Card", null=True, on_delete=models.PROTECT, db_index=False)
    subject_id = models.UUIDField()
    of_id = models.UUIDField(null=True)
    amount = models.BigIntegerField(default=0)
    decimals = models.SmallIntegerField(default=0)
    after = models.BigIntegerField(null=True)
    goal = models.IntegerField(null=True)
    title = models.TextField(default="")
    rewards = models.TextField(default="")
    staff_id = models.UUIDField()
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    pressed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "till_presses"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="till_press_kind"),
            models.CheckConstraint(condition=models.Q(source__in=SOURCES), name="till_press_source"),
        ]
        indexes = [
            models.Index(fields=["chain", "staff_id", "id"], name="till_presses_of_staff"),
            models.Index(fields=["chain", "staff_id", "pressed_at"], name="till_presses_of_hour"),
            models.Index(fields=["card", "id"], condition=models.Q(card__isnull=False), name="till_presses_of_card"),
        ]


class TillLimits(models.Model):
    """How often a card is stamped a day, and how often one of the staff gives something an hour, before it is refused (TIL-6)."""

    chain = models.OneToOneField("chains.Chain", on_delete=models.PROTECT, primary_key=True)
    card_a_day = models.IntegerField()
    staff_an_hour = models.IntegerField()

    class Meta:
        db_table = "till_limits"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(card_a_day__gte=1, staff_an_hour__gte=1), name="till_limits_positive"
            )
        ]


class TillDevice(models.Model):
    """A browser that one of the staff signed in at: the key that it signs with, and until when it may.

    `session_id` is the sign-in that brought the key: after a revocation it takes another one to bring the next.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    staff_id = models.UUIDField()
    session_id = models.UUIDField()
    name = models.TextField()
    public_key = models.BinaryField()
    """A point on the curve P-256, uncompressed: 65 bytes."""
    registered_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)

    class Meta:
        db_table = "till_devices"
        constraints = [models.UniqueConstraint(fields=["chain", "public_key"], name="till_device_key")]
        indexes = [models.Index(fields=["chain", "staff_id", "id"], name="till_devices_of_staff")]


class TillQueued(models.Model):
    """Something that a device noted without a connection and sent later: what it claims, and what became of it.

    `claimed_at` is the device's word, `received_at` the server's. A conflict is open until it is `settled_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    device = models.ForeignKey(TillDevice, on_delete=models.PROTECT, db_index=False)
    sequence = models.BigIntegerField()
    key = models.TextField()
    kind = models.TextField()
    source = models.TextField()
    card = models.ForeignKey("cards.Card", null=True, on_delete=models.PROTECT, db_index=False)
    code_end = models.TextField(default="")
    """The end of what was scanned: enough to know the card again, nothing to use it with."""
    count = models.IntegerField(null=True)
    amount = models.TextField(default="")
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    claimed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    press = models.ForeignKey(TillPress, null=True, on_delete=models.PROTECT, db_index=False)
    conflict = models.TextField(default="")
    detail = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "till_queued"
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="till_queued_once"),
            models.CheckConstraint(condition=models.Q(kind__in=QUEUED_KINDS), name="till_queued_kind"),
            models.CheckConstraint(
                condition=models.Q(press__isnull=False) | ~models.Q(conflict=""), name="till_queued_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["press"], condition=models.Q(press__isnull=False), name="till_queued_press"),
            models.Index(fields=["card", "id"], condition=models.Q(card__isnull=False), name="till_queued_of_card"),
        ]


class ReceiptBatch(models.Model):
    """Codes that were made at once, to be printed: all worth the same."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    count = models.IntegerField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "receipt_batches"
        indexes = [models.Index(fields=["chain", "id"], name="receipt_batches_newest")]


class ReceiptCode(models.Model):
    """A code on a receipt or an insert, worth stamps or a purchase of so much money, once: for the first card that claims it.

    `subject_id` is the transaction of the stamps, or the order of the purchase. `amount` is in the chain's minor unit.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    batch = models.ForeignKey(ReceiptBatch, null=True, on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    external_id = models.TextField(null=True)
    code = models.TextField()
    key = models.TextField(db_collation="C")
    stamps = models.IntegerField(null=True)
    amount = models.BigIntegerField(null=True)
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    card = models.ForeignKey("cards.Card", null=True, on_delete=models.PROTECT, db_index=False)
    subject_id = models.UUIDField(null=True)
    staff_id = models.UUIDField(null=True)
    """Who scanned it at the till; None where its finder claimed it by themselves."""

    class Meta:
        db_table = "receipt_codes"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="receipt_code_external_id"),
            models.CheckConstraint(condition=models.Q(kind__in=["receipt", "insert"]), name="receipt_code_kind"),
            models.CheckConstraint(
                condition=models.Q(stamps__isnull=False, amount__isnull=True)
                | models.Q(stamps__isnull=True, amount__isnull=False),
                name="receipt_code_worth",
            ),
            models.CheckConstraint(
                condition=models.Q(claimed_at__isnull=True, card__isnull=True)
                | models.Q(claimed_at__isnull=False, card__isnull=False),
                name="receipt_code_claimed",
            ),
        ]
        indexes = [
            models.Index(fields=["key"], name="receipt_code_key"),
            models.Index(
                fields=["batch", "id"], condition=models.Q(batch__isnull=False), name="receipt_codes_of_batch"
            ),
            models.Index(fields=["card", "id"], condition=models.Q(card__isnull=False), name="receipt_codes_of_card"),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    # Titles are those of rewards, vouchers and memberships, or of a balance: words of the business, nobody's own.
    Impersonal("till_presses", "kind source title rewards"),
    # A device is called as its browser calls itself; the end of a code names nobody.
    Impersonal("till_devices", "name public_key"),
    Impersonal("receipt_batches", "name"),
    Impersonal("receipt_codes", "kind external_id code key"),
    Impersonal("till_queued", "key kind source code_end amount conflict detail"),
)
