"""Tables of orders: what was bought, how it was priced and paid, what it earned, and what was taken back (ORD-1, LED-4)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class Order(models.Model):
    """A purchase or a visit. Money is in the currency's smallest unit, as it was decided when it was recorded.

    `facts` is what the promotions saw beside the lines (moment, customer, uses), so that a refund decides again on the
    same ground; `verdicts` is what every promotion said. `reserved_until` holds what an open order has set aside. One that
    was `undone` went with sample data: its row stays for what was reversed on it, and nobody sees it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    external_id = models.TextField(null=True)
    state = models.TextField()
    card_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    phone = models.TextField(null=True, db_collation="C")
    referred_by = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    channel = models.TextField(default="")
    contact_point = models.TextField(default="")
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    import_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3)
    codes = ArrayField(models.TextField(), default=list)
    at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    reserved_until = models.DateTimeField(null=True)
    sold = models.BigIntegerField(default=0)
    """List value of the goods and services: quantity times price. What is prepaid is money for later, not bought yet."""
    prepaid = models.BigIntegerField(default=0, db_default=0)
    """What of the total tops up a gift card or a deposit: it counts once it pays for something."""
    total_before = models.BigIntegerField(default=0)
    discount_total = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    shipping_discount = models.BigIntegerField(default=0)
    shipping_method = models.TextField(default="")
    tips = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    paid_by_balances = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict)
    verdicts = models.JSONField(default=list)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "orders"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["open", "paid", "completed", "cancelled", "partly_refunded", "refunded", "undone"]
                ),
                name="order_state",
            ),
            models.CheckConstraint(condition=models.Q(total__gte=0, refunded__gte=0), name="order_amounts"),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="order_newest"),
            models.Index(
                fields=["customer_id", "id"], condition=models.Q(customer_id__isnull=False), name="order_of_customer"
            ),
            models.Index(fields=["card_id", "id"], condition=models.Q(card_id__isnull=False), name="order_of_card"),
            models.Index(fields=["chain", "location_id", "id"], name="order_of_location"),
            models.Index(
                fields=["import_id", "id"], condition=models.Q(import_id__isnull=False), name="order_of_import"
            ),
            models.Index(fields=["chain", "starts_at"], condition=models.Q(state="open"), name="order_open"),
            models.Index(
                fields=["chain", "id"],
                condition=models.Q(state__in=["cancelled", "partly_refunded", "refunded"]),
                name="order_given_back",
            ),
            models.Index(
                fields=["chain", "reserved_until"],
                condition=models.Q(state="open", reserved_until__isnull=False),
                name="order_reserved",
            ),
        ]


class OrderKey(models.Model):
    """An external id that an order came with: unique in its chain, for ever; the hash tells another content.

    Only the undo of an imported history frees the keys that it had taken.
    """

    pk = models.CompositePrimaryKey("chain_id", "external_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    external_id = models.TextField()
    order_id = models.UUIDField()
    content_hash = models.BinaryField()

    class Meta:
        db_table = "order_keys"


class OrderLine(models.Model):
    """One line. `quantity` in thousandths; `discount` is what promotions took off, `total` what it costs after them."""

    pk = models.CompositePrimaryKey("order_id", "position")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_id = models.UUIDField()
    position = models.SmallIntegerField()
    sku = models.TextField(default="")
    name = models.TextField(default="")
    category = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    kind = models.TextField(default="goods")
    quantity = models.BigIntegerField()
    price = models.BigIntegerField()
    price_min = models.BigIntegerField(default=0)
    till_discount = models.BigIntegerField(default=0)
    is_excluded = models.BooleanField(default=False)
    tax_percent = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    discount = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    refunded_quantity = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)

    class Meta:
        db_table = "order_lines"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refunded_quantity__gte=0, refunded_quantity__lte=models.F("quantity")),
                name="order_line_refunded_once",
            )
        ]


class OrderPromotion(models.Model):
    """A promotion that gave something to an order, in which version, and what of its limits that took."""

    pk = models.CompositePrimaryKey("order_id", "promotion_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_id = models.UUIDField()
    promotion_id = models.UUIDField()
    number = models.IntegerField()
    discount = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    uses = models.SmallIntegerField(default=1)
    holder_id = models.UUIDField(null=True)
    day = models.DateField()

    class Meta:
        db_table = "order_promotions"
        indexes = [models.Index(fields=["promotion_id", "order_id"], name="order_of_promotion")]


class OrderEffect(models.Model):
    """What an order did to a balance: `earn` (by a promotion) or `spend` (as payment), with its transaction.

    `amount` is positive, in the balance type's smallest unit; `undone` is how much of it was taken back or returned.
    An open order's effects have no transaction yet: what is reserved is held.
    """

    pk = models.CompositePrimaryKey("order_id", "position")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_id = models.UUIDField()
    position = models.SmallIntegerField()
    kind = models.TextField()
    card_id = models.UUIDField()
    balance_type_id = models.UUIDField()
    promotion_id = models.UUIDField(null=True)
    amount = models.BigIntegerField()
    money = models.BigIntegerField(default=0)
    carried = models.BigIntegerField(default=0)
    activates_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    transaction_id = models.UUIDField(null=True)
    hold_id = models.UUIDField(null=True)
    undone = models.BigIntegerField(default=0)

    class Meta:
        db_table = "order_effects"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["earn", "spend"]), name="order_effect_kind"),
            models.CheckConstraint(
                condition=models.Q(undone__gte=0, undone__lte=models.F("amount")), name="order_effect_undone_once"
            ),
        ]


class OrderRedemption(models.Model):
    """A code, a voucher, a gift card or a membership that an order came with, and what came of it: used, kept for it, or why not.

    `shown` is how the code is told again, never the code itself; `promotion_ids` are what it unlocked; `money` is what a
    gift card or a membership paid, of which `undone` came back; `visits` are what a membership paid with, and `covers` the
    lines that they pay, each with what came back; `benefit` is the discount of a voucher, so that a refund decides again on
    the same ground.
    """

    pk = models.CompositePrimaryKey("order_id", "position")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_id = models.UUIDField()
    position = models.SmallIntegerField()
    kind = models.TextField()
    shown = models.TextField()
    state = models.TextField()
    owner_id = models.UUIDField(null=True)
    name = models.TextField(default="")
    promotion_ids = ArrayField(models.UUIDField(), default=list)
    reason = models.JSONField(null=True)
    money = models.BigIntegerField(default=0)
    undone = models.BigIntegerField(default=0)
    benefit = models.JSONField(null=True)
    visits = models.IntegerField(default=0)
    covers = models.JSONField(null=True)

    class Meta:
        db_table = "order_redemptions"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["code", "voucher", "gift_card", "membership", "unknown"]),
                name="order_redemption_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "locked", "used", "refused", "given_back", "released"]),
                name="order_redemption_state",
            ),
            models.CheckConstraint(
                condition=models.Q(undone__gte=0, undone__lte=models.F("money")), name="order_redemption_undone_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_id", "order_id"],
                condition=models.Q(owner_id__isnull=False),
                name="order_redemption_of_owner",
            )
        ]


class Refund(models.Model):
    """One refund or the cancelling of an order: what money went back, what was taken back and returned (LED-4)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_id = models.UUIDField()
    ordinal = models.SmallIntegerField()
    external_id = models.TextField(null=True)
    kind = models.TextField(default="refund")
    at = models.DateTimeField()
    money_back = models.BigIntegerField()
    lines = models.JSONField(default=list)
    outcome = models.JSONField(default=dict)
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)

    class Meta:
        db_table = "refunds"
        constraints = [
            models.UniqueConstraint(fields=["order_id", "ordinal"], name="refund_in_turn"),
            models.UniqueConstraint(
                fields=["chain", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="refund_external_id",
            ),
        ]


class ReferralBonus(models.Model):
    """What an order of somebody who was invited brought the inviter by one promotion, or why it brought nothing (RWD-7).

    `occasion` is `first`, or the order where every order counts: each is decided once. `taken_back` follows what is
    refunded of the order.
    """

    pk = models.CompositePrimaryKey("promotion_id", "invited_id", "occasion")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    promotion_id = models.UUIDField()
    invited_id = models.UUIDField()
    occasion = models.TextField()
    order_id = models.UUIDField()
    inviter_id = models.UUIDField()
    card_id = models.UUIDField(null=True)
    balance_type_id = models.UUIDField()
    transaction_id = models.UUIDField(null=True)
    amount = models.BigIntegerField(default=0)
    taken_back = models.BigIntegerField(default=0)
    not_recovered = models.BigIntegerField(default=0)
    reason = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "referral_bonuses"
        indexes = [
            models.Index(fields=["order_id"], name="referral_bonus_of_order"),
            models.Index(fields=["inviter_id", "at"], name="referral_bonus_of_inviter"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(taken_back__gte=0, not_recovered__gte=0)
                & models.Q(amount__gte=models.F("taken_back") + models.F("not_recovered")),
                name="referral_bonus_taken_back_once",
            )
        ]


class CustomerStatistics(models.Model):
    """What a customer's orders add up to, folded from events (CUS-5): refunds reduce it."""

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sold = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)
    visits = models.IntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    interval_days = models.IntegerField(null=True)

    class Meta:
        db_table = "customer_statistics"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="orders",
        columns="phone external_id contact_point facts verdicts",
        use="what somebody bought and why it was priced so, until they claim it by their phone",
        erased="with the person: the phone and what promotions saw of them; amounts stay without a name",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("orders", "state channel currency codes shipping_method"),
    Impersonal("order_keys", "external_id content_hash"),
    Impersonal("order_promotions", "day"),
    Impersonal("order_lines", "sku name category tags kind"),
    Impersonal("order_effects", "kind"),
    Impersonal("order_redemptions", "kind shown state name reason benefit covers"),
    Impersonal("referral_bonuses", "occasion reason"),
    Impersonal("refunds", "external_id kind lines outcome"),
)
