"""Tables of chains and their locations (ORG-1)."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal


class Chain(models.Model):
    """A business: owner of everything else. Apart from all others in the database itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.TextField()
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    time_zone = models.TextField()
    language = models.CharField(max_length=8, default="en")
    accent = models.TextField(default="green")
    trade = models.TextField(blank=True, default="", db_default="")
    prices_include_tax = models.BooleanField(default=True, db_default=True)
    is_sample = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False, db_default=False)
    clock_ahead = models.DurationField(default=timedelta(0), db_default=timedelta(0))
    caught_up_to = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "chains"
        constraints = [
            models.CheckConstraint(
                name="chain_clock_of_tests_alone",
                condition=Q(clock_ahead=timedelta(0)) | Q(is_test=True, clock_ahead__gt=timedelta(0)),
            ),
        ]


class Location(models.Model):
    """A place of business of a chain."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    external_id = models.TextField(null=True)
    time_zone = models.TextField()
    address = models.TextField(blank=True, default="")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "locations"
        constraints = [
            models.UniqueConstraint(fields=["chain", "external_id"], name="location_external_id"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="location_on_earth",
            ),
        ]
        indexes = [models.Index(fields=["chain", "name"], name="location_names")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("chains", "name country currency time_zone language accent trade"),
    Impersonal("locations", "name external_id time_zone address"),
)
