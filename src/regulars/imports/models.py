"""Tables of imports. The rows of a file lie in unlogged staging tables of their own, made and dropped by doors."""

from datetime import timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import WITH_THE_CUSTOMER, Declared, Impersonal, Personal, days

KEPT: Final = timedelta(days=90)


class Import(models.Model):
    """One file on its way in: what it is, what was chosen, how far it is, what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT, null=True, db_index=False)
    mode = models.TextField(default="")
    state = models.TextField(default="reading")
    file_name = models.TextField()
    file_hash = models.BinaryField()
    file_bytes = models.BigIntegerField()
    options = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    reading = models.JSONField(default=dict)
    repairs = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    effect = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    undo_result = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    conflicts = models.TextField(default="leave")
    rows_total = models.BigIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    undo_after = models.UUIDField(null=True)
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)

    class Meta:
        db_table = "imports"
        indexes = [
            models.Index(fields=["chain", "id"], name="import_newest"),
            models.Index(fields=["chain", "file_hash"], name="import_same_file"),
        ]


class ImportChunk(models.Model):
    """A part of an import that is written: marked in the very transaction that wrote it."""

    pk = models.CompositePrimaryKey("import_id", "number")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    number = models.IntegerField()
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    left = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    customers = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    done_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "import_chunks"


class ImportFailure(models.Model):
    """A row that was good when it was checked and no longer when it was written."""

    pk = models.CompositePrimaryKey("import_id", "row")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    row = models.IntegerField()
    issue = models.TextField()

    class Meta:
        db_table = "import_failures"


class ImportedCustomer(models.Model):
    """A known customer whose record an import changed: the fields before and after, for undo."""

    pk = models.CompositePrimaryKey("import_id", "customer_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        db_table = "imported_customers"


class ImportedClaim(models.Model):
    """A blank card to which an import gave its person, and the card's version then, for undo."""

    pk = models.CompositePrimaryKey("import_id", "card_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    card = models.ForeignKey("cards.Card", on_delete=models.CASCADE)
    version = models.IntegerField()

    class Meta:
        db_table = "imported_claims"


class OpeningFigures(models.Model):
    """What a customer bought before they came here: one opening entry of their statistics (IMP-1)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    card = models.ForeignKey("cards.Card", on_delete=models.CASCADE, null=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, null=True)
    sold = models.BigIntegerField(null=True)
    paid = models.BigIntegerField(null=True)
    visits = models.BigIntegerField(null=True)
    first_visit = models.DateField(null=True)
    last_visit = models.DateField(null=True)

    class Meta:
        db_table = "opening_figures"
        indexes = [models.Index(fields=["import_id"], name="opening_of_import")]


class RememberedMapping(models.Model):
    """What the columns of a file of this shape meant last time (IMP-2)."""

    pk = models.CompositePrimaryKey("chain_id", "kind", "signature")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    signature = models.TextField()
    targets = models.JSONField()
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "remembered_mappings"


class UndoLeft(models.Model):
    """What an undo could not take back: an amount that was spent, or a new card that was used."""

    pk = models.CompositePrimaryKey("import_id", "card_id", "balance_type_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    import_id = models.UUIDField()
    card_id = models.UUIDField()
    balance_type_id = models.UUIDField()
    amount = models.BigIntegerField()
    why = models.TextField()

    class Meta:
        db_table = "import_undo_left"


class SampleData(models.Model):
    """The sample data of a chain of somebody's own: how far it is, and what it made (UX 8)."""

    chain = models.OneToOneField("chains.Chain", on_delete=models.PROTECT, primary_key=True)
    state = models.TextField()
    word = models.TextField()
    staff_id = models.UUIDField(null=True)
    card_type_ids = ArrayField(models.UUIDField(), default=list)
    import_ids = ArrayField(models.UUIDField(), default=list)
    steps_done = models.IntegerField(default=0)
    steps_total = models.IntegerField(default=0)
    kept = models.JSONField(default=dict)
    changed_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sample_data"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="imports",
        columns="columns repairs",
        use="what stands in the file: a few cells of each column to recognise it by, what was mended",
        erased="every night: the import stays in the history, cells and repairs go",
        kept=days(KEPT),
    ),
    Impersonal(
        "imports",
        "kind mode state file_name file_hash options mapping reading counts effect result undo_result problem conflicts",
    ),
    Personal(
        place="import_failures",
        columns="issue",
        use="why a row could not be written",
        erased="every night",
        kept=days(KEPT),
    ),
    Personal(
        place="imported_customers",
        columns="before after",
        use="what an import changed, so that it can be undone",
        erased="every night; with the customer",
        kept=days(KEPT),
    ),
    Personal(
        place="opening_figures",
        columns="first_visit last_visit",
        use="what a customer bought before the business came here",
        erased=WITH_THE_CUSTOMER,
        kept="as long as the customer or the card",
    ),
    Impersonal("remembered_mappings", "kind signature targets"),
    Impersonal("import_undo_left", "why"),
    Impersonal("sample_data", "state word kept"),
    Personal(
        place="staging.rows_*",
        columns="letters cells skip issues phone phones number number_key email email_key name search_name language notes external_id"
        " birthday tags custom expires issued first_visit last_visit code code_key code_state gift_type holder_issue",
        use="the rows of a spreadsheet while they are checked and written",
        erased="every night",
        kept=days(KEPT),
    ),
    Personal(
        place="staging.plan_*",
        columns="issue warnings",
        use="what is wrong with a row, and what was asked about it",
        erased="every night",
        kept=days(KEPT),
    ),
    Impersonal("staging.plan_*", "status fields"),
    Personal(
        place="files/imports/",
        use="the spreadsheets that were uploaded",
        erased="every night",
        kept=days(KEPT),
    ),
)
