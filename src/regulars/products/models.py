"""Tables of products, the feeds they come by and the runs of those feeds (ORD-12)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal


class ProductFeed(models.Model):
    """An address that a chain's products are read from, again and again. `mapping` says which part of it fills which field."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    url = models.TextField()
    kind = models.TextField()
    schedule = models.TextField()
    mapping = models.JSONField(default=dict)
    archives_gone = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "product_feeds"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["yml", "google_xml", "csv"]), name="product_feed_kind"),
            models.CheckConstraint(condition=models.Q(schedule__in=["hourly", "daily"]), name="product_feed_schedule"),
        ]
        indexes = [models.Index(fields=["chain", "id"], name="product_feed_newest")]


class ProductFeedRun(models.Model):
    """One reading of a feed: how far it is and what came of it. `rows_read` grows while it is read, `rows_done` while it is written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    feed = models.ForeignKey(ProductFeed, on_delete=models.CASCADE)
    state = models.TextField(default="waiting")
    through = models.TextField(default="schedule")
    rows_read = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    made = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    archived = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    errors = models.JSONField(default=list)
    problem = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "product_feed_runs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed"]), name="product_feed_run_state"
            )
        ]
        indexes = [models.Index(fields=["chain", "feed", "id"], name="product_feed_run_newest")]


class Product(models.Model):
    """Goods or a service that a chain sells; prices in the currency's smallest unit, `price_min` is the floor of discounts.

    `search_name` is the name as search compares it. `feed` is the feed that last named it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    sku = models.TextField(db_collation="C")
    name = models.TextField()
    search_name = models.TextField(db_collation="C")
    category = models.TextField(blank=True, default="", db_collation="C")
    tags = ArrayField(models.TextField(), default=list)
    kind = models.TextField(default="goods")
    price = models.BigIntegerField(null=True)
    price_min = models.BigIntegerField(null=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    excluded = models.BooleanField(default=False)
    source = models.TextField(default="api")
    feed = models.ForeignKey(ProductFeed, null=True, on_delete=models.SET_NULL)
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "products"
        constraints = [
            models.UniqueConstraint(fields=["chain", "sku"], name="product_sku"),
            models.CheckConstraint(condition=models.Q(kind__in=["goods", "service"]), name="product_kind"),
            models.CheckConstraint(
                condition=models.Q(source__in=["api", "csv", "feed", "page"]), name="product_source"
            ),
            models.CheckConstraint(condition=models.Q(price__gte=0) | models.Q(price=None), name="product_price"),
            models.CheckConstraint(
                condition=models.Q(price_min__gte=0) | models.Q(price_min=None), name="product_price_min"
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="product_newest"),
            models.Index(fields=["chain", "search_name", "id"], name="product_names"),
            models.Index(fields=["chain", "category"], name="product_categories"),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("products", "sku name search_name category tags kind source"),
    Impersonal("product_feeds", "name url kind schedule mapping"),
    Impersonal("product_feed_runs", "state through errors problem"),
)
