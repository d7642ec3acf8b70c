"""Tables of promotions: what a marketer wrote, version by version, and how much of its limits is used (ORD-7, ORD-8)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class Promotion(models.Model):
    """Conditions and benefits inside a program: draft, active, paused or ended.

    `draft` is what is being written and prices nothing; `published` numbers the version that does, 0 before the first.
    `card_type_ids` null means all cards of the program.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    program = models.ForeignKey("programs.Program", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    name = models.TextField()
    state = models.TextField(default="draft")
    draft = models.JSONField(null=True)
    published = models.IntegerField(default=0)
    card_type_ids = ArrayField(models.UUIDField(), null=True)
    position = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promotions"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="promotion_external_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "active", "paused", "ended"]), name="promotion_state"
            ),
        ]
        indexes = [models.Index(fields=["program", "position", "id"], name="promotion_order")]


class PromotionVersion(models.Model):
    """A published version, as it was: orders keep the one that priced them. Never changed."""

    pk = models.CompositePrimaryKey("promotion_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    name = models.TextField()
    content = models.JSONField()
    staff_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "promotion_versions"


class PromotionCode(models.Model):
    """A universal code that unlocks promotions, as codes are compared (`kernel.codes.code_key`)."""

    pk = models.CompositePrimaryKey("chain_id", "key", "promotion_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    key = models.TextField(db_collation="C")
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE)
    text = models.TextField()

    class Meta:
        db_table = "promotion_codes"


class PromotionSlot(models.Model):
    """A share of what all orders together may still take of a limit: uses, money or units (DESIGN section 5)."""

    pk = models.CompositePrimaryKey("promotion_id", "kind", "slot")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, db_index=False)
    kind = models.TextField()
    slot = models.SmallIntegerField()
    remaining = models.BigIntegerField()

    class Meta:
        db_table = "promotion_slots"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["uses", "discount", "units"]), name="promotion_slot_kind"
            ),
            models.CheckConstraint(condition=models.Q(remaining__gte=0), name="promotion_slot_not_overdrawn"),
        ]


class PromotionUse(models.Model):
    """How much one holder used of a promotion: in all (`day` is 0001-01-01) and on one day of the order's location.

    `holder_id` is the customer, or the card that nobody has claimed.
    """

    pk = models.CompositePrimaryKey("promotion_id", "holder_id", "day")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, db_index=False)
    holder_id = models.UUIDField()
    day = models.DateField()
    uses = models.BigIntegerField(default=0)
    earned = models.BigIntegerField(default=0)

    class Meta:
        db_table = "promotion_uses"
        constraints = [
            models.CheckConstraint(condition=models.Q(uses__gte=0, earned__gte=0), name="promotion_use_not_below_zero")
        ]


class CarriedRest(models.Model):
    """Money of earlier orders of a card that waits for the next full block of a promotion (ORD-3)."""

    pk = models.CompositePrimaryKey("promotion_id", "card_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, db_index=False)
    card_id = models.UUIDField()
    money = models.BigIntegerField()

    class Meta:
        db_table = "carried_rests"
        constraints = [models.CheckConstraint(condition=models.Q(money__gte=0), name="carried_rest_not_below_zero")]


class KeptVersion(models.Model):
    """A decision that some people keep what a promotion promised them, while it runs otherwise or no more (ORD-13).

    `number` is the version that they keep until `until`; `change` is what would have taken it from them. `people` and
    `orders` are how many were protected.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT)
    number = models.IntegerField()
    change = models.TextField()
    until = models.DateTimeField()
    people = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    staff_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "kept_versions"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(change__in=["publish", "pause", "end"]), name="kept_version_change"
            )
        ]


class KeptFor(models.Model):
    """Who keeps a version: a customer, a card that nobody has claimed, or an order that is still open."""

    pk = models.CompositePrimaryKey("subject_id", "kept_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    subject_id = models.UUIDField()
    kept = models.ForeignKey(KeptVersion, on_delete=models.CASCADE)

    class Meta:
        db_table = "kept_for"


class OrderSegment(models.Model):
    """Named conditions over orders (ORD-9), in the JSON of definitions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    name = models.TextField()
    conditions = models.JSONField(default=list)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "order_segments"
        constraints = [models.UniqueConstraint(fields=["chain", "external_id"], name="order_segment_external_id")]


class RulesStamp(models.Model):
    """Counts every change to what orders are priced by: what is kept in memory holds for one stamp (DESIGN section 4)."""

    chain = models.OneToOneField("chains.Chain", on_delete=models.PROTECT, primary_key=True)
    stamp = models.BigIntegerField(default=1)

    class Meta:
        db_table = "rules_stamps"


class TriggerUse(models.Model):
    """That an event brought a person something: on which occasion (a year, a day, `ever`), and by which transaction.

    `person_key` is the customer, each of their phones, or the unclaimed card's phone: whoever leaves and comes back has
    had it.
    """

    pk = models.CompositePrimaryKey("promotion_id", "person_key", "occasion")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, db_index=False)
    person_key = models.TextField(db_collation="C")
    occasion = models.TextField()
    card_id = models.UUIDField()
    transaction_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "trigger_uses"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("promotions", "external_id name state draft"),
    Impersonal("promotion_versions", "name content"),
    Impersonal("promotion_codes", "key text"),
    Impersonal("promotion_slots", "kind"),
    Impersonal("promotion_uses", "day"),
    Impersonal("order_segments", "external_id name conditions"),
    Impersonal("kept_versions", "change"),
    Personal(
        place="trigger_uses",
        columns="person_key occasion",
        use="the phones of everybody who had a birthday present or a welcome, of who left the keyed hash of their e-mail, so that nobody gets it twice by leaving and coming back",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
)
