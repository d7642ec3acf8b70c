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


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("programs", "external_id name description state refunds earn_when"),
    Impersonal("balance_types", "external_id name kind expiry rounding"),
    Personal(
        place="initial_balances_given",
        columns="person_key",
        use="the phones of everybody who had an initial balance, so that nobody gets it twice by leaving and coming back",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
)
