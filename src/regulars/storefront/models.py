"""Tables of joining (WAL-3) and of people's own page (CUS-7)."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal, days

REQUESTS_KEPT: Final = timedelta(days=7)


class JoinPage(models.Model):
    """How people join a card type: what they are asked, and whether their address is confirmed first.

    A type without a row has what `rules.form.usual_form` says. Each of the four is "off", "optional" or "required".
    """

    card_type = models.OneToOneField("cards.CardType", on_delete=models.PROTECT, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    is_open = models.BooleanField(default=True)
    name = models.TextField()
    phone = models.TextField()
    email = models.TextField()
    birthday = models.TextField()
    confirmation = models.TextField()
    """`code`: nobody is entered before the code came back. `none`: newcomers are entered at once, and get their link."""
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "join_pages"


class ConsentText(models.Model):
    """One version of what people agree to when they join, per language; never edited, the newest of a purpose is shown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    purpose = models.TextField()
    version = models.IntegerField()
    texts = models.JSONField()
    is_required = models.BooleanField()
    is_shown = models.BooleanField(default=True)
    at = models.DateTimeField(db_default=Now())
    staff_id = models.UUIDField(null=True)

    class Meta:
        db_table = "consent_texts"
        constraints = [models.UniqueConstraint(fields=["chain", "purpose", "version"], name="consent_text_version")]


class JoinRequest(models.Model):
    """Somebody at a public page who has to prove an address: to get a card (`join`) or to see their own data (`own`).

    Code and token are not stored: both are made of the id and the installation's key. `form_key` makes a form that is sent
    twice one request. `pickup` is what the person shows at the till where no message can reach them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    card_type_id = models.UUIDField(null=True)
    form_key = models.UUIDField()
    channel = models.TextField()
    name = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")
    email = models.TextField(blank=True, default="")
    birthday = models.DateField(null=True)
    language = models.TextField(blank=True, default="")
    consents = models.JSONField(default=list)
    pickup = models.TextField(db_collation="C")
    blank_card_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    card_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(blank=True, default="")
    """`code`, or `staff`: whoever holds the token sees the card then, for they stood at the till with it."""

    class Meta:
        db_table = "join_requests"
        constraints = [
            models.UniqueConstraint(fields=["chain", "form_key"], name="join_request_form"),
            models.UniqueConstraint(fields=["chain", "pickup"], name="join_request_pickup"),
        ]
        indexes = [
            models.Index(fields=["chain", "kind", "created_at"], name="join_request_newest"),
            models.Index(
                fields=["customer_id"], condition=models.Q(customer_id__isnull=False), name="join_request_whose"
            ),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("join_pages", "name phone email birthday confirmation"),
    Personal(
        place="consent_texts",
        columns="texts",
        use="the words that people agreed to, version by version; the business writes them",
        erased="never: who agreed to what would be lost",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("consent_texts", "purpose"),
    Personal(
        place="join_requests",
        columns="name phone email birthday language consents pickup",
        use="what somebody wrote at the join page, until they have their card",
        erased="with the customer; by a job",
        kept=days(REQUESTS_KEPT),
    ),
    Impersonal("join_requests", "kind channel done_by"),
)
