"""Tables of vouchers (RWD-2, RWD-3)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, WITH_THE_CUSTOMER, Declared, Impersonal, Personal


class Voucher(models.Model):
    """A right that is redeemed once. Held through a card, by a customer, or by whoever has its code.

    `state` is what was written last; what time has brought since is for `rules.states.state_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    picture = models.ForeignKey("vouchers.Picture", on_delete=models.PROTECT, null=True, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.PROTECT, null=True, db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, db_index=False)
    state = models.TextField()
    validity = models.JSONField()
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    benefit = models.JSONField(null=True)
    location_ids = ArrayField(models.UUIDField(), null=True)
    customer_may_redeem = models.BooleanField(default=False)
    source = models.TextField(default="manual")
    source_id = models.UUIDField(null=True)
    batch_id = models.UUIDField(null=True)
    issued_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    redeemed_location_id = models.UUIDField(null=True)
    redeemed_staff_id = models.UUIDField(null=True)
    redeemed_key_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    is_of_order = models.BooleanField(default=False)
    state_reason = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "vouchers"
        constraints = [
            models.CheckConstraint(
                # `undone` is no state of a voucher: it was made up and taken back, and `voucher_facts` leaves it out.
                condition=models.Q(state__in=["issued", "active", "redeemed", "expired", "cancelled", "undone"]),
                name="voucher_state",
            ),
            models.CheckConstraint(
                condition=models.Q(card=None) | models.Q(customer=None), name="voucher_held_in_one_way"
            ),
            models.CheckConstraint(
                condition=models.Q(state="redeemed", redeemed_at__isnull=False)
                | ~models.Q(state="redeemed") & models.Q(redeemed_at=None, order_id=None, is_of_order=False),
                name="voucher_redeemed_when",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["manual", "milestone", "lottery", "catalogue", "promotion", "import"]),
                name="voucher_source",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="voucher_newest"),
            models.Index(fields=["chain", "state", "id"], name="voucher_of_state"),
            models.Index(fields=["card", "id"], condition=models.Q(card__isnull=False), name="voucher_of_card"),
            models.Index(
                fields=["customer", "id"], condition=models.Q(customer__isnull=False), name="voucher_of_customer"
            ),
            models.Index(
                fields=["batch_id", "id"], condition=models.Q(batch_id__isnull=False), name="voucher_of_batch"
            ),
            models.Index(fields=["order_id"], condition=models.Q(order_id__isnull=False), name="voucher_of_order"),
            models.Index(fields=["picture"], condition=models.Q(picture__isnull=False), name="voucher_of_picture"),
            models.Index(
                fields=["chain", "expires_at"],
                condition=models.Q(state="active", expires_at__isnull=False),
                name="voucher_ending",
            ),
            models.Index(fields=["chain", "starts_at"], condition=models.Q(state="issued"), name="voucher_beginning"),
        ]


class Picture(models.Model):
    """A picture of rewards and vouchers as it was drawn anew; kept once however many show it, and never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    digest = models.BinaryField()
    media_type = models.TextField()
    content = models.BinaryField()

    class Meta:
        db_table = "pictures"
        constraints = [models.UniqueConstraint(fields=["chain", "digest"], name="picture_once")]


class VoucherEvent(models.Model):
    """One step in the life of a voucher, never changed by anybody. One row for each version: no step is taken twice."""

    pk = models.CompositePrimaryKey("voucher_id", "version")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, db_index=False)
    version = models.IntegerField()
    id = models.UUIDField(editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    verb = models.TextField()
    state = models.TextField()
    at = models.DateTimeField()
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    through = models.TextField()

    class Meta:
        db_table = "voucher_events"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb__in=["issue", "activate", "redeem", "give_back", "cancel", "expire"]),
                name="voucher_event_verb",
            )
        ]


class VoucherBatch(models.Model):
    """Vouchers that were issued together, and how far that is; `id` is the `batch_id` of each.

    What each is to be (`draft`) and whose (`holder_ids`) is kept only until the last one is made.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    title = models.TextField()
    state = models.TextField(default="waiting")
    draft = models.JSONField(null=True)
    holders = models.TextField(default="nobody")
    holder_ids = ArrayField(models.UUIDField(), null=True)
    total = models.IntegerField()
    done = models.IntegerField(default=0)
    issued = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    through = models.TextField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "voucher_batches"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running"], finished_at=None)
                | models.Q(state="done", finished_at__isnull=False, draft__isnull=True, holder_ids=None),
                name="voucher_batch_state",
            ),
            models.CheckConstraint(
                condition=models.Q(holders__in=["cards", "customers", "nobody"]), name="voucher_batch_holders"
            ),
            models.CheckConstraint(
                condition=models.Q(done=models.F("issued") + models.F("skipped"), done__lte=models.F("total")),
                name="voucher_batch_counts",
            ),
        ]
        indexes = [models.Index(fields=["chain", "id"], name="voucher_batch_newest")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="vouchers",
        columns="description state_reason",
        use="what a voucher says to whoever holds it; why it was cancelled or given back",
        erased="with the customer it was issued to; the voucher stays a right of whoever has its code",
        kept=WITH_THE_CUSTOMER,
    ),
    Personal(
        place="vouchers",
        columns="title code",
        use="what the voucher is for; what is shown at the till",
        erased="never: they say what the right is, not whose",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Personal(
        place="voucher_batches",
        columns="draft title",
        use="what the vouchers of a batch say, until they are made; what the batch was for",
        erased="the small print once the last one is made; the title never: it says what the right is, not whose",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("voucher_batches", "state holders through"),
    Impersonal("pictures", "media_type content digest"),
    Impersonal("vouchers", "state validity benefit source"),
    Impersonal("voucher_events", "verb state through"),
)
