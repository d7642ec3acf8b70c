"""Tables of gift cards (RWD-5). Entries are the truth, as in the ledger; a balance is their sum."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class GiftCardType(models.Model):
    """A kind of gift card: what it costs, what it pays, how long it lives. Money in the currency's smallest unit.

    `values` are the values that it is sold for; where there are none, any from `value_min` to `value_max`. `limits` says
    which goods and services it pays, as spend limits of card types do. `location_ids` is None where it is good everywhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    is_single_use = models.BooleanField(default=False)
    has_code = models.BooleanField(default=True)
    values = ArrayField(models.BigIntegerField(), default=list)
    value_min = models.BigIntegerField(null=True)
    value_max = models.BigIntegerField(null=True)
    limits = models.JSONField(default=dict)
    validity = models.JSONField(default=dict)
    location_ids = ArrayField(models.UUIDField(), null=True)
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "gift_card_types"
        indexes = [models.Index(fields=["chain", "id"], name="gift_card_type_newest")]


class GiftCard(models.Model):
    """One gift card: `value` is what it was sold for, `balance` the sum of its entries, never below zero.

    `code` is as it is written; how it is found stands in the code space of the chain. None where it was sold without.
    `last_number` is the number of its newest entry. `is_blocked` outlasts its time: what is given back to one that was
    blocked before it expired cannot be paid with.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    type = models.ForeignKey(GiftCardType, on_delete=models.PROTECT, db_index=False)
    code = models.TextField(null=True)
    customer_id = models.UUIDField(null=True)
    value = models.BigIntegerField()
    balance = models.BigIntegerField()
    state = models.TextField(default="active")
    is_blocked = models.BooleanField(default=False, db_default=False)
    location_id = models.UUIDField(null=True)
    import_id = models.UUIDField(null=True)
    """The import that brought it in from another system; None where it was sold here."""
    sold_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_number = models.BigIntegerField(default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        db_table = "gift_cards"
        constraints = [
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="gift_card_not_below_zero"),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="gift_card_value"),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "used_up", "expired", "blocked", "cancelled"]),
                name="gift_card_state",
            ),
            models.CheckConstraint(
                condition=models.Q(balance=0, state__in=["used_up", "expired", "cancelled"])
                | models.Q(balance__gt=0, state__in=["active", "blocked"]),
                name="gift_card_state_fits_balance",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active", is_blocked=True) & ~models.Q(state="blocked", is_blocked=False),
                name="gift_card_blocked_is_kept",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="gift_card_newest"),
            models.Index(fields=["chain", "customer_id"], name="gift_card_of_customer"),
            models.Index(
                fields=["chain", "expires_at", "id"],
                condition=models.Q(state__in=["active", "blocked"], expires_at__isnull=False),
                name="gift_card_ending",
            ),
            models.Index(
                fields=["import_id", "id"], condition=models.Q(import_id__isnull=False), name="gift_card_of_import"
            ),
        ]


class GiftCardEntry(models.Model):
    """A signed amount on one gift card, with the balance after it. Never changed, never deleted.

    `reverses` is the entry whose amount this one gives back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    gift_card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, db_index=False)
    number = models.BigIntegerField()
    kind = models.TextField()
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    at = models.DateTimeField()
    source = models.TextField()
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    reverses = models.UUIDField(null=True)

    class Meta:
        db_table = "gift_card_entries"
        constraints = [
            models.UniqueConstraint(fields=["gift_card", "number"], name="gift_card_entry_number"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, kind__in=["sale", "opening", "top_up", "give_back"])
                | models.Q(amount__lt=0, kind__in=["write_off", "forfeit", "expire", "cancel", "pay_out"]),
                name="gift_card_entry_kind",
            ),
            models.CheckConstraint(condition=models.Q(balance_after__gte=0), name="gift_card_entry_not_below_zero"),
        ]
        indexes = [
            models.Index(fields=["reverses"], condition=models.Q(reverses__isnull=False), name="gift_card_given_back"),
            models.Index(fields=["order_id"], condition=models.Q(order_id__isnull=False), name="gift_card_in_order"),
        ]


class GiftCardNote(models.Model):
    """The reason somebody wrote beside an entry; apart from it, so that it can be erased."""

    entry_id = models.UUIDField(primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    text = models.TextField()

    class Meta:
        db_table = "gift_card_notes"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("gift_card_types", "name limits validity"),
    Impersonal("gift_cards", "code state"),
    Impersonal("gift_card_entries", "kind source"),
    Personal(
        place="gift_card_notes",
        columns="text",
        use="the reason that somebody wrote beside a change of a gift card",
        erased="with the customer whose card it is; else with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
)
