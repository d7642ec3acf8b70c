"""Tables of memberships: types, what was sold, and the uses, freezes and extensions of it (RWD-6)."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.memberships.rules.states import STATES
from regulars.platform.personal_data import Declared, Impersonal


class MembershipType(models.Model):
    """What a chain sells as a membership; the price in the currency's smallest unit, None where it is said when it is sold."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField(null=True, db_collation="C")
    name = models.TextField()
    price = models.BigIntegerField(null=True)
    terms = models.JSONField()
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "membership_types"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="membership_type_external_id"),
            models.CheckConstraint(
                condition=models.Q(price__gte=0) | models.Q(price=None), name="membership_type_price"
            ),
        ]


class Membership(models.Model):
    """A membership that was sold, with the terms it was sold with. Days are the chain's, the first and the last included.

    `used` and `visits` are the sums of its uses and extensions; `ends_on` is `first_ends_on` with the days that it
    rested and those that were added.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    type = models.ForeignKey(MembershipType, on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField(null=True, db_collation="C")
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", null=True, on_delete=models.PROTECT, db_index=False)
    code = models.TextField(null=True)
    state = models.TextField()
    terms = models.JSONField()
    price = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0)
    sold_at = models.DateTimeField()
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    staff_id = models.UUIDField(null=True)
    visits = models.IntegerField(null=True)
    used = models.IntegerField(default=0)
    starts_on = models.DateField(null=True)
    first_ends_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    extended_days = models.IntegerField(default=0)
    frozen_days = models.IntegerField(default=0)
    freezes = models.IntegerField(default=0)
    frozen_from = models.DateField(null=True)
    frozen_until = models.DateField(null=True)
    last_used_at = models.DateTimeField(null=True)
    begun_by = models.UUIDField(null=True)
    told_days_at = models.DateTimeField(null=True)
    told_visits_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="membership_external_id"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="membership_state"),
            models.CheckConstraint(
                condition=models.Q(used__gte=0) & (models.Q(visits=None) | models.Q(used__lte=models.F("visits"))),
                name="membership_used",
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0, refunded__gte=0, refunded__lte=models.F("price")),
                name="membership_refunded",
            ),
            models.CheckConstraint(
                condition=models.Q(frozen_from=None, frozen_until=None)
                | models.Q(frozen_from__lte=models.F("frozen_until")),
                name="membership_freeze",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="membership_newest"),
            models.Index(fields=["customer", "id"], name="membership_customer"),
            models.Index(fields=["chain", "card", "id"], name="membership_card"),
            models.Index(fields=["chain", "state", "ends_on"], name="membership_due"),
        ]


class MembershipUse(models.Model):
    """Visits that were taken, or given back (`visits` below zero, `undoes` names the use): written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, db_index=False)
    visits = models.IntegerField()
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT)
    order_id = models.UUIDField(null=True)
    sku = models.TextField(default="", db_collation="C")
    at = models.DateTimeField()
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    through = models.TextField()

    class Meta:
        db_table = "membership_uses"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undoes=None, visits__gt=0) | models.Q(undoes__isnull=False, visits__lt=0),
                name="membership_use_sign",
            )
        ]
        indexes = [
            models.Index(fields=["chain", "membership", "id"], name="membership_uses_of"),
            models.Index(fields=["chain", "order_id"], name="membership_uses_of_order"),
        ]


class MembershipFreeze(models.Model):
    """Days that a membership rests; `days` are fewer than planned where it was ended early."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, db_index=False)
    starts_on = models.DateField()
    planned_days = models.IntegerField()
    days = models.IntegerField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "membership_freezes"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__gte=0, days__lte=models.F("planned_days")), name="membership_freeze_days"
            )
        ]
        indexes = [models.Index(fields=["chain", "membership", "id"], name="membership_freezes_of")]


class MembershipExtension(models.Model):
    """Days and visits that were added: written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, db_index=False)
    days = models.IntegerField()
    visits = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "membership_extensions"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__gte=0, visits__gte=0) & ~models.Q(days=0, visits=0),
                name="membership_extension_adds",
            )
        ]
        indexes = [models.Index(fields=["chain", "membership", "id"], name="membership_extensions_of")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("membership_types", "external_id name terms"),
    # Days on which something that was bought begins, rests and ends: nobody's birthday.
    Impersonal("memberships", "external_id code state terms starts_on first_ends_on ends_on frozen_from frozen_until"),
    Impersonal("membership_freezes", "starts_on"),
    Impersonal("membership_uses", "sku through"),
)
