"""Tables of the ledger (LED-1, LED-5). Entries and transactions are partitioned by their time-ordered id."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class Account(models.Model):
    """One balance type of one card. `balance` is the sum of its entries and the sum of what its lots still hold.

    `held` is the part set aside by holds that nobody has ended, those whose time is over but not yet booked too.
    `last_order_at` is the last order that earned or redeemed, `lapse_noticed_at` when the end of the whole balance was
    announced. There is no index on any of them, so that an update stays in its page.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    card_id = models.UUIDField()
    balance_type = models.ForeignKey("programs.BalanceType", on_delete=models.PROTECT, db_index=False)
    balance = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    allows_debt = models.BooleanField(default=False)
    version = models.BigIntegerField(default=0)
    last_order_at = models.DateTimeField(null=True)
    lapse_noticed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts"
        constraints = [
            models.UniqueConstraint(fields=["card_id", "balance_type"], name="account_once_per_card"),
            models.CheckConstraint(
                condition=models.Q(balance__gte=0) | models.Q(allows_debt=True), name="account_not_below_zero"
            ),
            models.CheckConstraint(condition=models.Q(held__gte=0), name="account_held"),
        ]


class Transaction(models.Model):
    """One event in the ledger, with where it came from. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain_id = models.UUIDField()
    kind = models.TextField()
    source = models.TextField()
    at = models.DateTimeField()
    card_id = models.UUIDField()
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    import_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    promotion_id = models.UUIDField(null=True)
    reverses = models.UUIDField(null=True)
    external_id = models.TextField(null=True)
    note_hash = models.BinaryField(null=True)

    class Meta:
        db_table = "transactions"
        managed = False


class Entry(models.Model):
    """A signed amount on one account, with the balance after it. Never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain_id = models.UUIDField()
    transaction_id = models.UUIDField()
    account_id = models.UUIDField()
    card_id = models.UUIDField()
    balance_type_id = models.UUIDField()
    kind = models.TextField()
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "entries"
        managed = False


class Lot(models.Model):
    """What one entry brought in: spent soonest expiry first, never overdrawn.

    `held` of it is set aside by holds; `noticed_at` says when its end was announced (PRG-4).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    card_id = models.UUIDField()
    entry_id = models.UUIDField()
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    activates_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    held = models.BigIntegerField(default=0, db_default=0)
    noticed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lots"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0, remaining__lte=models.F("amount")), name="lot_not_overdrawn"
            ),
            models.CheckConstraint(
                condition=models.Q(held__gte=0, held__lte=models.F("remaining")), name="lot_gives_what_is_held"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "expires_at", "id"], condition=models.Q(remaining__gt=0), name="lot_live"),
            models.Index(fields=["account", "activates_at"], condition=models.Q(remaining__gt=0), name="lot_pending"),
            models.Index(
                fields=["chain", "expires_at", "id"],
                condition=models.Q(remaining__gt=0, expires_at__isnull=False),
                name="lot_ending",
            ),
            models.Index(fields=["entry_id"], name="lot_of_entry"),
        ]


class LotDraw(models.Model):
    """Which entry took how much from which lot, or gave it back (negative)."""

    pk = models.CompositePrimaryKey("entry_id", "lot_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    entry_id = models.UUIDField()
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_constraint=False)
    amount = models.BigIntegerField()

    class Meta:
        db_table = "lot_draws"


class Hold(models.Model):
    """A part of a balance set aside until it is captured, released, or its time is over (PRG-5).

    `lot_ids` and `lot_amounts` say which units, those that are spent first before the others; they stay as they were made.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    card_id = models.UUIDField()
    amount = models.BigIntegerField()
    state = models.TextField(default="active")
    lot_ids = ArrayField(models.UUIDField())
    lot_amounts = ArrayField(models.BigIntegerField())
    external_id = models.TextField(null=True)
    captured = models.BigIntegerField(default=0, db_default=0)
    transaction_id = models.UUIDField(null=True)
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "holds"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="hold_external_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "captured", "released", "expired"]), name="hold_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, captured__gte=0, captured__lte=models.F("amount")), name="hold_amounts"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], condition=models.Q(state="active"), name="hold_of_account"),
            models.Index(fields=["chain", "expires_at"], condition=models.Q(state="active"), name="hold_ending"),
        ]


class Reversal(models.Model):
    """One taking back of a transaction; `left_after` says what may still be taken back of it, never below zero."""

    pk = models.CompositePrimaryKey("original_id", "ordinal")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    original_id = models.UUIDField()
    ordinal = models.IntegerField()
    transaction_id = models.UUIDField()
    amount = models.BigIntegerField()
    left_after = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reversals"
        constraints = [
            models.CheckConstraint(condition=models.Q(left_after__gte=0, amount__gt=0), name="reversal_within_original")
        ]


class TransactionKey(models.Model):
    """An external id that a transaction came with: unique in its chain, for ever."""

    pk = models.CompositePrimaryKey("chain_id", "external_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    external_id = models.TextField()
    transaction_id = models.UUIDField()

    class Meta:
        db_table = "transaction_keys"


class TransactionNote(models.Model):
    """The reason somebody wrote; outside the hash chain, so that it can be erased. The hash is salted."""

    transaction_id = models.UUIDField(primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    text = models.TextField()
    salt = models.BinaryField()

    class Meta:
        db_table = "transaction_notes"


class Seal(models.Model):
    """A batch of entries closed by a hash that includes the seal before it (LED-5)."""

    pk = models.CompositePrimaryKey("chain_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    number = models.BigIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    entries = models.IntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "seals"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("transactions", "kind source external_id note_hash"),
    Impersonal("entries", "kind"),
    Impersonal("transaction_keys", "external_id"),
    Impersonal("holds", "state external_id"),
    Personal(
        place="transaction_notes",
        columns="text salt",
        use="the reason that somebody wrote beside a change of a balance",
        erased="with the customer; without text and salt the sealed transaction keeps a hash that says nothing any more",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("seals", "previous_hash hash"),
)
