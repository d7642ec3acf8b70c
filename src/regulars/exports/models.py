"""Tables of exports: what was asked for and how far it is. The files themselves lie in the installation's home."""

from datetime import timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.exports.errors import KEPT_DAYS
from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal, days

KEPT: Final = timedelta(days=KEPT_DAYS)


class Export(models.Model):
    """One spreadsheet on its way out. `location_ids` are those that its maker was limited to, null without a limit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    format = models.TextField()
    filter = models.JSONField(default=dict)
    columns = ArrayField(models.TextField())
    state = models.TextField(default="waiting")
    file_name = models.TextField()
    file_bytes = models.BigIntegerField(null=True)
    rows_total = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    problem = models.JSONField(null=True)
    through = models.TextField(default="page")
    staff_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    location_ids = ArrayField(models.UUIDField(), null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exports"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed", "expired"]), name="export_state"
            )
        ]
        indexes = [models.Index(fields=["chain", "id"], name="export_newest")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="exports",
        columns="filter",
        use="what an export was limited to, so that it can be made again; a search in it may be a name or a phone",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("exports", "kind format columns state file_name problem through"),
    Personal(
        place="files/exports/",
        use="the spreadsheets that were written",
        erased="every night",
        kept=days(KEPT),
    ),
)
