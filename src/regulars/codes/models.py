"""Tables of codes: the one code space of a chain, and pools of promo codes with what became of each code (RWD-4, RWD-9)."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal

USABLE: Final = ("free", "attached", "active")


class CodeKey(models.Model):
    """A code that somebody may type or scan, as codes are compared, and what it belongs to: each once in its chain.

    A million are made at a time, so nothing here but what finds them: the codes as they are written lie with their owners.
    """

    pk = models.CompositePrimaryKey("chain_id", "key")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    key = models.TextField(db_collation="C")
    kind = models.TextField()
    owner_id = models.UUIDField(null=True)
    """None where a universal code unlocks promotions: these know it by its key."""

    class Meta:
        db_table = "code_keys"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["promotion", "code", "voucher", "gift_card", "membership", "receipt"]),
                name="code_key_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=False) | models.Q(kind="promotion"), name="code_key_owner"
            ),
        ]


class CodePool(models.Model):
    """Codes of one purpose: personal ones, each for one customer and one use, or universal ones for many.

    `sends_from` and `sends_until` say when codes may be handed out; `valid_from`, `valid_until` and `lives_days` (counted
    from `lives_from`) how long a code works, whenever it was handed out. `made` counts its codes, `used` their uses where
    `uses_total` limits them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    name = models.TextField()
    kind = models.TextField(default="personal")
    state = models.TextField(default="active")
    needs_activation = models.BooleanField(default=False)
    sends_from = models.DateTimeField(null=True)
    sends_until = models.DateTimeField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    lives_days = models.IntegerField(null=True)
    lives_from = models.TextField(default="attached")
    uses_per_customer = models.IntegerField(null=True)
    uses_per_code = models.IntegerField(null=True)
    uses_total = models.IntegerField(null=True)
    codes_max = models.IntegerField(null=True)
    remote_url = models.TextField(blank=True, default="")
    remote_header = models.TextField(blank=True, default="")
    remote_secret = models.BinaryField(null=True)
    """The value of that header, hidden with the installation's secret (`actions.secrets`)."""
    made = models.IntegerField(default=0)
    used = models.IntegerField(default=0)
    expired_at = models.DateTimeField(null=True)
    """When its codes were ended because the pool's own end had come."""
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "code_pools"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="code_pool_external_id"),
            models.CheckConstraint(condition=models.Q(kind__in=["personal", "universal"]), name="code_pool_kind"),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "paused", "archived"]), name="code_pool_state"
            ),
            models.CheckConstraint(
                condition=models.Q(lives_from__in=["attached", "activated"]), name="code_pool_lives"
            ),
            models.CheckConstraint(condition=models.Q(used__gte=0, made__gte=0), name="code_pool_not_below_zero"),
        ]
        indexes = [models.Index(fields=["chain", "id"], name="code_pool_newest")]


class CodeBatch(models.Model):
    """Codes that came into a pool at once: made from a pattern, imported, or fetched from a remote service; with its progress."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    pool = models.ForeignKey(CodePool, on_delete=models.CASCADE)
    source = models.TextField()
    pattern = models.TextField(blank=True, default="")
    state = models.TextField(default="waiting")
    wanted = models.IntegerField(default=0)
    made = models.IntegerField(default=0)
    duplicated = models.IntegerField(default=0)
    over_limit = models.IntegerField(default=0)
    problem = models.JSONField(null=True)
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "code_batches"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed", "cancelled"]),
                name="code_batch_state",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["generate", "import", "fetch"]), name="code_batch_source"
            ),
        ]
        indexes = [models.Index(fields=["chain", "pool", "id"], name="code_batch_newest")]


class Code(models.Model):
    """A code of a pool. A million are written at a time: what is not asked for in them has no index and no foreign key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    pool = models.ForeignKey(CodePool, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    batch_id = models.UUIDField(null=True)
    text = models.TextField()
    state = models.TextField()
    uses = models.IntegerField(default=0)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, db_index=False)
    """Of a personal code, whose it is."""
    attached_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """The code's own end, beside that of its pool."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "codes"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["free", "attached", "active", "used", "expired"]), name="code_state"
            )
        ]
        indexes = [
            models.Index(fields=["pool", "state", "id"], name="code_of_pool"),
            models.Index(
                fields=["customer", "id"], condition=models.Q(customer__isnull=False), name="code_of_customer"
            ),
            models.Index(
                fields=["chain", "expires_at"],
                condition=models.Q(expires_at__isnull=False, state__in=USABLE),
                name="code_expiring",
            ),
        ]


class CodeAttachment(models.Model):
    """That a universal code was handed to a customer."""

    pk = models.CompositePrimaryKey("code_id", "customer_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    code = models.ForeignKey(Code, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE)
    at = models.DateTimeField()

    class Meta:
        db_table = "code_attachments"


class CodeUse(models.Model):
    """That an order used a code, until it gives it back. `holder_id` is the customer, or the card that nobody has claimed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    code = models.ForeignKey(Code, on_delete=models.PROTECT, db_index=False)
    pool = models.ForeignKey(CodePool, on_delete=models.PROTECT, db_index=False)
    order_id = models.UUIDField()
    holder_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "code_uses"
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "code"], condition=models.Q(given_back_at=None), name="code_use_of_order"
            )
        ]
        indexes = [
            models.Index(fields=["code", "id"], name="code_use_newest"),
            models.Index(fields=["holder_id"], condition=models.Q(holder_id__isnull=False), name="code_use_of_holder"),
        ]


class CodePoolHolder(models.Model):
    """How often one holder used codes of a pool that limits it per customer."""

    pk = models.CompositePrimaryKey("pool_id", "holder_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    pool = models.ForeignKey(CodePool, on_delete=models.CASCADE, db_index=False)
    holder_id = models.UUIDField()
    uses = models.IntegerField(default=0)

    class Meta:
        db_table = "code_pool_holders"
        constraints = [models.CheckConstraint(condition=models.Q(uses__gte=0), name="code_pool_holder_not_below_zero")]
        indexes = [models.Index(fields=["holder_id"], name="code_pool_of_holder")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("code_keys", "key kind"),
    Impersonal("code_pools", "external_id name kind state lives_from remote_url remote_header remote_secret"),
    Impersonal("code_batches", "source pattern state problem"),
    Impersonal("codes", "text state"),
)
