"""Tables of customers (CUS-1)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Cast, ExtractDay, ExtractMonth, Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import (
    AS_LONG_AS_THE_BUSINESS,
    WITH_THE_CUSTOMER,
    Declared,
    Impersonal,
    Personal,
)


class Customer(models.Model):
    """A person known to a chain. `search_name` is the name as search compares it (kernel.text.search_form).

    With `loyalty_off` they earn and spend nothing; what they have stays (CUS-4).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField(null=True)
    name = models.TextField(blank=True, default="")
    search_name = models.TextField(blank=True, default="", db_collation="C")
    email = models.TextField(null=True)
    email_key = models.TextField(null=True, db_collation="C")
    birthday = models.DateField(null=True)
    language = models.CharField(max_length=8, blank=True, default="")
    tags = ArrayField(models.TextField(), default=list)
    custom = models.JSONField(default=dict)
    comment = models.TextField(blank=True, default="")
    loyalty_off = models.BooleanField(default=False, db_default=False)
    import_id = models.UUIDField(null=True)
    entered_location_id = models.UUIDField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    # A column and not an index on the expression: a policy lets no function look at rows before it has.
    birthday_day = models.GeneratedField(
        expression=Cast(ExtractMonth("birthday") * 100 + ExtractDay("birthday"), models.IntegerField()),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )
    """Month and day of the birthday as one number: 31 January is 131."""

    class Meta:
        db_table = "customers"
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="customer_external_id",
            )
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="customer_newest"),
            models.Index(fields=["chain", "search_name", "id"], name="customer_names"),
            models.Index(fields=["chain", "id"], condition=models.Q(loyalty_off=True), name="customer_loyalty_off"),
            models.Index(
                fields=["chain", "birthday_day", "id"],
                condition=models.Q(birthday_day__isnull=False),
                name="customer_birthdays",
            ),
            models.Index(
                fields=["chain", "email_key", "id"],
                condition=models.Q(email_key__isnull=False),
                name="customer_by_email",
            ),
            models.Index(
                fields=["import_id", "id"], condition=models.Q(import_id__isnull=False), name="customer_imports"
            ),
        ]


class CustomerPhone(models.Model):
    """One phone of one customer; a phone belongs to at most one customer of a chain."""

    pk = models.CompositePrimaryKey("chain_id", "phone")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    phone = models.TextField(db_collation="C")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    position = models.SmallIntegerField(default=0)
    phone_reversed = models.GeneratedField(
        expression=models.Func(models.F("phone"), function="reverse"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )

    class Meta:
        db_table = "customer_phones"
        # With the customer in it: the last four digits of a phone mean hundreds of people anywhere in the table.
        indexes = [
            models.Index(fields=["chain", "phone_reversed"], include=["customer"], name="customer_by_phone_tail")
        ]


class CustomerTag(models.Model):
    """One tag of one customer, as filters look for it; `Customer.tags` is what pages show."""

    pk = models.CompositePrimaryKey("chain_id", "tag", "customer_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    tag = models.TextField(db_collation="C")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)

    class Meta:
        db_table = "customer_tags"


class CustomField(models.Model):
    """A field that a chain added to its customers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    key = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    choices = ArrayField(models.TextField(), default=list)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "custom_fields"
        constraints = [models.UniqueConstraint(fields=["chain", "key"], name="custom_field_key")]


class ReferralCode(models.Model):
    """The code by which a customer invites others, made when it is first needed (RWD-7)."""

    pk = models.CompositePrimaryKey("chain_id", "code")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE)

    class Meta:
        db_table = "referral_codes"


class Referral(models.Model):
    """Who invited a customer: said once, before their first order."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    inviter = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invited")
    at = models.DateTimeField()

    class Meta:
        db_table = "referrals"


class Consent(models.Model):
    """What a customer agreed to or withdrew: when, through what, and to which text; never edited."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    purpose = models.TextField()
    given = models.BooleanField()
    source = models.TextField()
    text_version = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "consents"


class CustomerNote(models.Model):
    """What staff wrote about a customer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    text = models.TextField()
    staff_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customer_notes"


class SavedView(models.Model):
    """A list's filter, order and columns that staff saved under a name (CUS-2)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    list_name = models.TextField()
    name = models.TextField()
    query = models.TextField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "saved_views"
        constraints = [models.UniqueConstraint(fields=["chain", "list_name", "name"], name="saved_view_name")]


AS_LONG_AS_THE_CUSTOMER: Final = "as long as the customer"

PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="customers",
        columns="external_id name search_name email email_key birthday language tags custom comment",
        use="knowing customers at the till, finding them, greeting them",
        erased=WITH_THE_CUSTOMER,
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Personal(
        place="customer_phones",
        columns="phone phone_reversed",
        use="finding customers by their phone; claiming cards that wait for it",
        erased=WITH_THE_CUSTOMER,
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Personal(
        place="customer_tags",
        columns="tag",
        use="lists of customers with something in common",
        erased=WITH_THE_CUSTOMER,
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Personal(
        place="consents",
        columns="purpose source text_version",
        use="proving what a customer agreed to, and when they withdrew it",
        erased=WITH_THE_CUSTOMER,
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Personal(
        place="customer_notes",
        columns="text",
        use="what staff should know about a customer",
        erased="by whoever deletes the note; with the customer",
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Personal(
        place="referral_codes",
        columns="code",
        use="a customer invites others by it",
        erased=WITH_THE_CUSTOMER,
        kept=AS_LONG_AS_THE_CUSTOMER,
    ),
    Impersonal("custom_fields", "key name kind choices"),
    Personal(
        place="saved_views",
        columns="query",
        use="a list that staff saved; a search in it may be a name or a phone",
        erased="by whoever deletes the view",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("saved_views", "list_name name"),
)
