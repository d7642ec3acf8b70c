"""Tables of programs and balance types (PRG-1, PRG-2)."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class Program(models.Model):
    """A set of rules of one chain: draft, active, paused or archived."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    state = models.TextField(default="draft")
    earn_when = models.TextField(default="paid", db_default="paid")
    earns_on_points = models.BooleanField(default=False, db_default=False)
    refunds = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "programs"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="program_external_id"),
            models.CheckConstraint(condition=models.Q(earn_when__in=["paid", "completed"]), name="program_earn_when"),
        ]


class BalanceType(models.Model):
    """What is counted. Amounts everywhere are whole numbers of its smallest unit: 10 to the minus `decimals`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    external_id = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    decimals = models.SmallIntegerField(default=0)
    money_per_unit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    units_per_money = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    initial_balance = models.BigIntegerField(default=0)
    activation_delay_days = models.IntegerField(default=0)
    expiry = models.JSONField(default=dict)
    notice_days = models.SmallIntegerField(null=True, default=7, db_default=7)
    lapse_counts_from = models.DateTimeField(null=True)
    rounding = models.TextField(default="down")
    position = models.SmallIntegerField(default=0)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "balance_types"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="balance_type_external_id"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["points", "status", "stamps", "deposit"]), name="balance_type_kind"
            ),
            models.CheckConstraint(condition=models.Q(decimals__range=(0, 4)), name="balance_type_decimals"),
        ]


class InitialBalanceGiven(models.Model):
    """That a person, known by this key, once had the initial balance of a balance type; kept after they leave."""

    pk = models.CompositePrimaryKey("chain_id", "balance_type_id", "person_key")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    balance_type = models.ForeignKey(BalanceType, on_delete=models.PROTECT, db_index=False)
    person_key = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "initial_balances_given"


class TierGroup(models.Model):
    """Tiers of which a person has one at most: what is counted, over which period, and with how much grace (PRG-6)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    external_id = models.TextField()
    name = models.TextField()
    counts = models.TextField()
    balance_type = models.ForeignKey(BalanceType, on_delete=models.PROTECT, null=True, db_index=False)
    period = models.TextField()
    months = models.SmallIntegerField(default=0)
    grace_days = models.SmallIntegerField(default=0)
    position = models.SmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "tier_groups"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="tier_group_external_id"),
            models.CheckConstraint(
                condition=models.Q(counts__in=["status", "sold", "paid", "visits"]), name="tier_group_counts"
            ),
            models.CheckConstraint(
                condition=models.Q(period__in=["lifetime", "year", "months"]), name="tier_group_period"
            ),
            models.CheckConstraint(
                condition=models.Q(counts="status", balance_type__isnull=False)
                | (~models.Q(counts="status") & models.Q(balance_type__isnull=True)),
                name="tier_group_counts_one_thing",
            ),
        ]


class Tier(models.Model):
    """One tier: it begins at its threshold, in the smallest unit of what its group counts.

    Nobody enters a tier any more that `closes_at` a moment: who is in it keeps it until then. `kept_multiplier` is what
    counts until `multiplier_kept_until` for those who were in it before its multiplier was lowered (ORD-13).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    group = models.ForeignKey(TierGroup, on_delete=models.PROTECT)
    external_id = models.TextField()
    name = models.TextField()
    threshold = models.BigIntegerField()
    multiplier = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    background = models.TextField(blank=True, default="")
    closes_at = models.DateTimeField(null=True)
    kept_multiplier = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    multiplier_kept_until = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tiers"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="tier_external_id"),
            models.CheckConstraint(condition=models.Q(threshold__gte=0), name="tier_threshold"),
            models.CheckConstraint(condition=models.Q(multiplier__gt=0), name="tier_multiplier"),
        ]


class HolderTier(models.Model):
    """Where somebody stands in a group: a customer, or a card that nobody has claimed. `until` ends their period.

    Before `kept_until` they do not fall (ORD-13).
    """

    pk = models.CompositePrimaryKey("group_id", "holder_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    group = models.ForeignKey(TierGroup, on_delete=models.PROTECT, db_index=False)
    holder_id = models.UUIDField()
    is_customer = models.BooleanField()
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(null=True)
    keeps_multiplier = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "holder_tiers"
        indexes = [
            models.Index(fields=["holder_id"], name="tier_of_holder"),
            models.Index(fields=["group", "until"], condition=models.Q(until__isnull=False), name="tier_judged"),
            models.Index(
                fields=["group", "kept_until"], condition=models.Q(kept_until__isnull=False), name="tier_kept"
            ),
            models.Index(fields=["tier", "holder_id"], condition=models.Q(tier__isnull=False), name="holder_of_tier"),
        ]


class TierChange(models.Model):
    """That somebody entered or left a tier: its history. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    group = models.ForeignKey(TierGroup, on_delete=models.PROTECT, db_index=False)
    holder_id = models.UUIDField()
    left_tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    entered_tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    counted = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "tier_changes"
        indexes = [models.Index(fields=["holder_id", "id"], name="tier_change_of_holder")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("programs", "external_id name description state refunds earn_when"),
    Impersonal("balance_types", "external_id name kind expiry rounding"),
    Impersonal("tier_groups", "external_id name counts period"),
    Impersonal("tiers", "external_id name background"),
    Personal(
        place="initial_balances_given",
        columns="person_key",
        use="the phones of everybody who had an initial balance, of who left the keyed hash of their e-mail, so that nobody gets it twice by leaving and coming back",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
)
