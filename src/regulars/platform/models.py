"""Tables of the shell: audit journal, idempotency keys, attempt counters, events and their positions."""

from datetime import timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal, days

ANSWERS_LIVE: Final = timedelta(days=7)
COUNTERS_LIVE: Final = timedelta(days=7)


class AuditEntry(models.Model):
    """Who did what to which object, when, from where and through what; never changed (ORG-4)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())
    staff_id = models.UUIDField(null=True)
    login_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    through = models.TextField()
    address = models.TextField(blank=True, default="")
    request_id = models.TextField(blank=True, default="")
    verb = models.TextField()
    object_kind = models.TextField()
    object_id = models.UUIDField(null=True)
    location_id = models.UUIDField(null=True)
    detail_hash = models.BinaryField(null=True)

    class Meta:
        db_table = "audit_entries"
        indexes = [
            models.Index(fields=["chain_id", "id"], name="audit_chain"),
            models.Index(fields=["chain_id", "object_id", "id"], name="audit_object"),
        ]


class AuditDetail(models.Model):
    """What stood there before and after; apart from the entry, so that a person can be erased and the journal stays."""

    entry_id = models.UUIDField(primary_key=True)
    chain_id = models.UUIDField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    salt = models.BinaryField()

    class Meta:
        db_table = "audit_details"


class IdempotencyKey(models.Model):
    """The first answer given to one key on one route (LED-2); kept seven days."""

    pk = models.CompositePrimaryKey("holder_id", "route", "key")
    holder_id = models.UUIDField()
    route = models.TextField()
    key = models.TextField()
    chain_id = models.UUIDField()
    body_hash = models.BinaryField()
    status = models.SmallIntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_keys"
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class AttemptCounter(models.Model):
    """How often something that may be guessed was tried: per account and source (sign-in, codes, join)."""

    pk = models.CompositePrimaryKey("kind", "subject_hash")
    kind = models.TextField()
    subject_hash = models.BinaryField()
    failures = models.IntegerField()
    blocked_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "attempt_counters"


class Event(models.Model):
    """A fact that a feature announced, in the transaction that made it true."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain_id = models.UUIDField()
    at = models.DateTimeField()
    kind = models.TextField()
    card_ids = ArrayField(models.UUIDField())
    transaction_ids = ArrayField(models.UUIDField())
    payload = models.JSONField()

    class Meta:
        db_table = "events"
        managed = False


class EventSequence(models.Model):
    """The gapless order of a chain's events, given after they were committed."""

    pk = models.CompositePrimaryKey("chain_id", "seq")
    chain_id = models.UUIDField()
    seq = models.BigIntegerField()
    event_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "event_sequence"
        constraints = [models.UniqueConstraint(fields=["event_id"], name="event_sequenced_once")]


class SubscriberPosition(models.Model):
    """How far one subscriber has come in one chain's events."""

    pk = models.CompositePrimaryKey("chain_id", "subscriber")
    chain_id = models.UUIDField()
    subscriber = models.TextField()
    seq = models.BigIntegerField()

    class Meta:
        db_table = "subscriber_positions"


class EventFailure(models.Model):
    """One event that one subscriber could not take yet; tried again with growing waits."""

    pk = models.CompositePrimaryKey("chain_id", "subscriber", "seq")
    chain_id = models.UUIDField()
    subscriber = models.TextField()
    seq = models.BigIntegerField()
    attempts = models.IntegerField()
    next_at = models.DateTimeField()
    problem = models.TextField()

    class Meta:
        db_table = "event_failures"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="audit_entries",
        columns="address",
        use="where a member of staff or a program was when they changed something",
        erased="never: the journal cannot be changed",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("audit_entries", "through request_id verb object_kind detail_hash"),
    Personal(
        place="audit_details",
        columns="before after salt",
        use="what stood there before a change and after it, names and phones too",
        erased="with the customer: text and salt go, the journal's entry stays and says nothing about a person",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Personal(
        place="idempotency_keys",
        columns="answer",
        use="the answer that a program gets again when it repeats a request",
        erased="by the hourly upkeep",
        kept=days(ANSWERS_LIVE),
    ),
    Impersonal("idempotency_keys", "route key body_hash"),
    Personal(
        place="attempt_counters",
        columns="subject_hash",
        use="a keyed hash of who tries to sign in from where, so that nobody can guess for long",
        erased="by the hourly upkeep",
        kept=days(COUNTERS_LIVE),
    ),
    Impersonal("attempt_counters", "kind"),
    Impersonal("events", "kind payload"),
    Impersonal("subscriber_positions", "subscriber"),
    Impersonal("event_failures", "subscriber problem"),
)
