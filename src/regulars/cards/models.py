"""Tables of card types and cards (TYP-1, TYP-2, CRD-1 to CRD-10)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal


class CardType(models.Model):
    """A template of cards. `location_ids` null means valid everywhere; `goal` counts stamps."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    program = models.ForeignKey("programs.Program", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()
    name = models.TextField()
    state = models.TextField(default="active")
    number_format = models.TextField(blank=True, default="")
    goal = models.IntegerField(null=True)
    has_goals = models.BooleanField(default=False, db_default=False)
    """Whether its stamps reach goals that bring rewards; then `goal` is the last of them (RWD-1)."""
    several_per_customer = models.BooleanField(default=False)
    location_ids = ArrayField(models.UUIDField(), null=True)
    automatic_issue = models.TextField(default="never")
    issue_location_ids = ArrayField(models.UUIDField(), default=list)
    take_over_days = models.IntegerField(default=0, db_default=0)
    """A new card earns what its customer's orders of so many days could not for want of it (ORD-3)."""
    valid_days = models.IntegerField(null=True)
    shown_balance_id = models.UUIDField(null=True)
    spend_limits = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    background = models.CharField(max_length=7, default="#2a1d14")
    foreground = models.CharField(max_length=7, default="#fbeedb")
    icon = models.TextField(default="coffee")
    rotates = models.BooleanField(default=False, db_default=False)
    """Whether the code on its web cards changes every half minute; published with the design (TIL-6)."""
    join_slug = models.TextField(null=True, unique=True, db_collation="C")
    """The word in the address where people join; one in the whole installation (WAL-3)."""
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "card_types"
        constraints = [models.UniqueConstraint(fields=["chain", "external_id"], name="card_type_external_id")]


class Card(models.Model):
    """One copy of a card type, held by a customer or, until one appears, by a phone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey(CardType, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, db_index=False)
    phone = models.TextField(null=True, db_collation="C")
    number = models.TextField()
    short_number = models.TextField(null=True)
    status = models.TextField(default="active")
    status_reason = models.TextField(blank=True, default="")
    platforms = ArrayField(models.TextField(), default=list)
    issued_at = models.DateTimeField()
    issued_through = models.TextField(default="page")
    issued_location_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    """When its holder was erased (CUS-7): then it never comes back, and names nobody."""
    last_activity_at = models.DateTimeField(null=True)
    import_id = models.UUIDField(null=True)
    link_version = models.IntegerField(default=1)
    version = models.IntegerField(default=1)
    phone_reversed = models.GeneratedField(
        expression=models.Func(models.F("phone"), function="reverse"),
        output_field=models.TextField(db_collation="C", null=True),
        db_persist=True,
    )

    class Meta:
        db_table = "cards"
        indexes = [
            models.Index(fields=["chain", "id"], name="card_newest"),
            models.Index(fields=["chain", "card_type", "id"], name="card_of_type"),
            models.Index(fields=["chain", "number", "id"], name="card_by_number"),
            # The chain, for the policy, and the status let a search pass over hundreds of cards without reading them.
            models.Index(
                fields=["customer", "id"],
                include=["chain", "status"],
                condition=models.Q(customer__isnull=False),
                name="card_of_holder",
            ),
            models.Index(fields=["chain", "id"], condition=models.Q(customer__isnull=True), name="card_of_nobody"),
            models.Index(
                fields=["chain", "status", "id"], condition=~models.Q(status="active"), name="card_not_active"
            ),
            models.Index(
                fields=["chain", "phone"],
                condition=models.Q(customer__isnull=True, phone__isnull=False),
                name="card_unclaimed",
            ),
            models.Index(
                fields=["chain", "phone_reversed"],
                condition=models.Q(customer__isnull=True, phone__isnull=False),
                name="card_unclaimed_tails",
            ),
            models.Index(fields=["import_id"], condition=models.Q(import_id__isnull=False), name="card_imports"),
        ]


class RoundGoal(models.Model):
    """The goal of the round that a card is in, where its type has another by now and the round goes on by the former (TYP-5)."""

    card = models.OneToOneField(Card, on_delete=models.CASCADE, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    goal = models.IntegerField()

    class Meta:
        db_table = "card_round_goals"


class CardNumber(models.Model):
    """A number that a card of the chain has or had: unique, never used again (`key`: kernel.text.number_key)."""

    pk = models.CompositePrimaryKey("chain_id", "key")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    key = models.TextField(db_collation="C")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, db_index=False)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "card_numbers"


class ShortNumber(models.Model):
    """The till number of a live card: unique in its chain, freed a year after deletion (API-4)."""

    pk = models.CompositePrimaryKey("chain_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    number = models.TextField(db_collation="C")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, db_index=False)
    freed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "card_short_numbers"


class CardSlot(models.Model):
    """That a holder has a card of a type that allows one: the guard against a second issue at the same instant."""

    pk = models.CompositePrimaryKey("card_type_id", "holder")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey(CardType, on_delete=models.PROTECT, db_index=False)
    holder = models.TextField(db_collation="C")
    card = models.ForeignKey(Card, on_delete=models.CASCADE)

    class Meta:
        db_table = "card_slots"


class CardTypeVersion(models.Model):
    """A published edit of a card type, as it was."""

    pk = models.CompositePrimaryKey("card_type_id", "version")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey(CardType, on_delete=models.PROTECT, db_index=False)
    version = models.IntegerField()
    content = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "card_type_versions"


class BulkIssue(models.Model):
    """Cards of one type made at once, for many customers or blank (`kind`), with its result and undo."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey(CardType, on_delete=models.PROTECT, db_index=False)
    kind = models.TextField(default="customers", db_default="customers")
    query = models.TextField(blank=True, default="")
    customer_ids = ArrayField(models.UUIDField(), null=True)
    location_id = models.UUIDField(null=True)
    state = models.TextField(default="waiting")
    after_customer = models.UUIDField(null=True)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    issued = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    created_by = models.UUIDField(null=True)
    undone_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    number_list = models.ForeignKey("cards.NumberList", on_delete=models.PROTECT, null=True, db_index=False)
    after_row = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "bulk_issues"
        indexes = [models.Index(fields=["chain", "id"], name="bulk_issue_newest")]


class BulkIssuedCard(models.Model):
    """One card that a bulk issue made."""

    pk = models.CompositePrimaryKey("bulk_issue_id", "card_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    bulk_issue = models.ForeignKey(BulkIssue, on_delete=models.CASCADE, db_index=False)
    card = models.ForeignKey(Card, on_delete=models.CASCADE)

    class Meta:
        db_table = "bulk_issued_cards"


class NumberList(models.Model):
    """The list of a printer on its way to blank cards: reading, checked, failed, or used for a batch (CRD-10)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey(CardType, on_delete=models.PROTECT, db_index=False)
    location_id = models.UUIDField(null=True)
    state = models.TextField(default="reading")
    file_name = models.TextField()
    number_column = models.IntegerField(null=True)
    reading = models.JSONField(default=dict)
    refusal = models.JSONField(null=True)
    rows = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "number_lists"
        indexes = [models.Index(fields=["chain", "id"], name="number_list_newest")]


class ListedNumber(models.Model):
    """One row of a printer's list: the cell as it stands, the number read from it, what is wrong or odd about it."""

    pk = models.CompositePrimaryKey("number_list_id", "row")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    number_list = models.ForeignKey(NumberList, on_delete=models.CASCADE, db_index=False)
    row = models.IntegerField()
    cell = models.TextField()
    number = models.TextField(blank=True)
    key = models.TextField(blank=True)
    problem = models.TextField(blank=True, default="")
    warning = models.TextField(blank=True, default="")
    first_row = models.IntegerField(default=0)

    class Meta:
        db_table = "listed_numbers"


class CardDevice(models.Model):
    """A phone that holds a card and makes codes that change, with a secret of its own; `used_step` is the last that was shown.

    It counts while the link that it came through does. With `wallet` it is no phone but that kind of wallet, which makes codes
    on all phones of its holder with one secret: blank once the card is deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, db_index=False)
    wallet = models.TextField(blank=True, default="", db_default="")
    link_version = models.IntegerField()
    hidden_secret = models.BinaryField()
    used_step = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "card_devices"
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "wallet", "card"], condition=~models.Q(wallet=""), name="card_device_of_wallet"
            )
        ]
        indexes = [models.Index(fields=["card", "id"], name="card_devices_of_card")]


class CardCodeUse(models.Model):
    """Of a card whose code changes: how often its fixed code was shown on a day, and the last code of its page that was."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    fixed_reads = models.IntegerField(default=0)
    page_step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "card_code_uses"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal(
        "card_types",
        "external_id name state number_format automatic_issue background foreground icon spend_limits join_slug",
    ),
    Impersonal("card_type_versions", "content"),
    Impersonal("card_devices", "hidden_secret wallet"),
    Impersonal("card_code_uses", "day"),
    Personal(
        place="cards",
        columns="phone phone_reversed number short_number status_reason",
        use="which card somebody shows; for whose phone an unclaimed card waits; why a card was blocked",
        erased="the phone and the reason with the customer, the phone with an import that is undone; the numbers never, for entries of the ledger name the card",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("cards", "status platforms issued_through"),
    Personal(
        place="card_numbers",
        columns="key",
        use="no number of a card is ever given to somebody else",
        erased="with an import that is undone before anybody used the card",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Personal(
        place="card_short_numbers",
        columns="number",
        use="finding a card at the till by a few digits",
        erased="with an import that is undone before anybody used the card",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Personal(
        place="card_slots",
        columns="holder",
        use="nobody gets two cards of a type that allows one; before a card is claimed the holder is a phone",
        erased="when the card is deleted or undone",
        kept="as long as the card is in use",
    ),
    Personal(
        place="bulk_issues",
        columns="query",
        use="for which customers cards were made; a search in it may be a name or a phone",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("bulk_issues", "state kind"),
    Impersonal("number_lists", "state file_name reading refusal"),
    Impersonal("listed_numbers", "cell number key problem warning"),
)
