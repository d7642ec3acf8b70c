"""Tables of rewards: what can be got, at which stamps, and what each card got (RWD-1, RWD-2)."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal


class Reward(models.Model):
    """Something that a customer can get. `terms` is what its kind needs: a voucher's validity and benefit, a lottery's variants.

    With a price it stands in the catalogue; `stock` is how many are left, None without end.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    kind = models.TextField()
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    icon = models.TextField(default="gift")
    picture = models.ForeignKey("vouchers.Picture", on_delete=models.PROTECT, null=True, db_index=False)
    terms = models.JSONField(default=dict)
    price_type = models.ForeignKey("programs.BalanceType", on_delete=models.PROTECT, null=True, db_index=False)
    price = models.BigIntegerField(null=True)
    stock = models.IntegerField(null=True)
    per_customer = models.IntegerField(null=True)
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rewards"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="reward_external_id"),
            models.CheckConstraint(condition=models.Q(kind__in=["award", "voucher", "lottery"]), name="reward_kind"),
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="reward_stock"),
            models.CheckConstraint(
                condition=models.Q(price_type__isnull=True, price__isnull=True)
                | models.Q(price_type__isnull=False, price__gt=0),
                name="reward_price",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="reward_newest"),
            models.Index(fields=["picture"], condition=models.Q(picture__isnull=False), name="reward_of_picture"),
        ]


class StampRule(models.Model):
    """How the stamps of a card type are given; None for `rounds` is without end.

    `money_per_stamp` is the purchase that one stamp is given for; the same card is stamped again without being asked
    about after `pause_seconds`.
    """

    card_type = models.OneToOneField("cards.CardType", on_delete=models.PROTECT, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    rounds = models.IntegerField(null=True)
    money_per_stamp = models.BigIntegerField(null=True)
    pause_seconds = models.IntegerField(default=60)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "stamp_rules"


class Milestone(models.Model):
    """A goal of a stamp card and the reward that it brings."""

    pk = models.CompositePrimaryKey("card_type_id", "stamps")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT, db_index=False)
    stamps = models.IntegerField()
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT)

    class Meta:
        db_table = "milestones"


class FormerGoal(models.Model):
    """A goal that a card type had until its goals were changed; `edition` is the version of its stamp rule that had it."""

    pk = models.CompositePrimaryKey("card_type_id", "edition", "stamps")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT, db_index=False)
    edition = models.IntegerField()
    stamps = models.IntegerField()
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT)

    class Meta:
        db_table = "former_goals"


class KeptRound(models.Model):
    """A round that its holder finishes by the goals of a former edition; the next one follows those of the type (TYP-5)."""

    pk = models.CompositePrimaryKey("account_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT)
    edition = models.IntegerField()

    class Meta:
        db_table = "kept_rounds"


class CardRound(models.Model):
    """Where an account of stamps stands: how many rounds it has begun after its first, and what of this one is settled."""

    account = models.OneToOneField("ledger.Account", on_delete=models.PROTECT, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.CASCADE)
    round = models.IntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    stamped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "card_rounds"


class BegunRound(models.Model):
    """A round that a card has begun after its first, and the transaction that took the stamps of the one before."""

    pk = models.CompositePrimaryKey("account_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    size = models.IntegerField()
    transaction_id = models.UUIDField()
    entry_id = models.UUIDField()

    class Meta:
        db_table = "begun_rounds"


class GivenReward(models.Model):
    """A reward that a card got: what it is, where it came from, and what has become of it.

    `number` and `goal` are the round and goal of a milestone. What a lottery drew stands in `drawn`: the variants as they
    were, the number, and whose it is. An undo that takes a milestone back marks it `is_undone`; it may then be reached again.
    One whose voucher an order had by then `waits_for_order`: whether it stays shows when the order is paid or lets it go.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.CASCADE, db_index=False)
    origin = models.TextField()
    kind = models.TextField()
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    icon = models.TextField(default="gift")
    state = models.TextField(default="given")
    account = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, null=True, db_index=False)
    number = models.IntegerField(null=True)
    goal = models.IntegerField(null=True)
    is_undone = models.BooleanField(default=False)
    waits_for_order = models.BooleanField(default=False, db_default=False)
    voucher_id = models.UUIDField(null=True)
    drawn = models.JSONField(null=True)
    transaction_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    given_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = models.UUIDField(null=True)
    handed_over_location_id = models.UUIDField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "given_rewards"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin__in=["milestone", "catalogue"]), name="given_reward_origin"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["award", "voucher", "nothing"]), name="given_reward_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["given", "handed_over", "cancelled"]), name="given_reward_state"
            ),
            # A goal of a round brings its reward once, whatever races.
            models.UniqueConstraint(
                fields=["account", "number", "goal"],
                condition=models.Q(is_undone=False, goal__isnull=False),
                name="given_reward_once",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="given_reward_newest"),
            models.Index(fields=["card", "id"], name="given_reward_of_card"),
            models.Index(fields=["reward", "card"], name="given_reward_of_reward"),
            models.Index(fields=["order_id"], condition=models.Q(order_id__isnull=False), name="given_reward_of_order"),
            models.Index(fields=["voucher_id"], condition=models.Q(waits_for_order=True), name="given_reward_waiting"),
        ]


class Settling(models.Model):
    """Work on the cards of a type that stood above a goal when it was set: rewarded, or left as they are (`choice`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT, db_index=False)
    choice = models.TextField()
    state = models.TextField(default="waiting")
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    rewards = models.IntegerField(default=0)
    after_card = models.UUIDField(null=True)
    started_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "settlings"
        constraints = [
            models.CheckConstraint(condition=models.Q(choice__in=["reward", "leave"]), name="settling_choice"),
            models.CheckConstraint(condition=models.Q(state__in=["waiting", "running", "done"]), name="settling_state"),
        ]
        indexes = [models.Index(fields=["chain", "card_type", "id"], name="settling_newest")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("rewards", "external_id kind title description icon terms"),
    Impersonal("given_rewards", "origin kind title description icon state drawn"),
    Impersonal("settlings", "choice state"),
)
