"""Tables of passes: certificates, passes, the phones that have them, what is to be sent, what happened (WAL-1, WAL-2, WAL-5)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal, Personal


class PassCertificate(models.Model):
    """A certificate that signs passes of one type; a newer one of the same type takes the place of the older.

    Made empty with a key of ours when a request for Apple is made; `ends_at` is set once the certificate is there. The
    private key is stored hidden.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    pass_type = models.TextField(db_collation="C")
    team = models.TextField(db_collation="C")
    certificate = models.TextField()
    hidden_key = models.BinaryField()
    intermediate = models.TextField()
    ends_at = models.DateTimeField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.UUIDField(null=True)
    warned_days = models.SmallIntegerField(null=True)
    """Of which of the warnings before its end was told last, in days; 0 of the end itself."""

    class Meta:
        db_table = "pass_certificates"
        constraints = [models.UniqueConstraint(fields=["chain"], name="pass_certificate_of_chain")]


class PassRequest(models.Model):
    """A key that waits for its certificate: Apple makes one from the request that the key signed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    hidden_key = models.BinaryField()
    request = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.UUIDField(null=True)

    class Meta:
        db_table = "pass_requests"
        constraints = [models.UniqueConstraint(fields=["chain"], name="pass_request_of_chain")]


class WalletPass(models.Model):
    """A card in a kind of wallet. `tag` counts what phones are told of: it grows with every change, over all chains.

    `modified_at` is whole seconds and never the same twice, as HTTP knows no smaller ones.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.PROTECT, db_index=False)
    provider = models.TextField()
    pass_type = models.TextField(db_collation="C")
    content_hash = models.BinaryField()
    tag = models.BigIntegerField()
    modified_at = models.DateTimeField()
    told_tag = models.BigIntegerField(default=0)
    """The newest that all phones with the pass were told of."""
    told_at = models.DateTimeField(null=True)
    fetched_tag = models.BigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True)
    """When its last holder put it away: a service that holds it is sent nothing until somebody takes it again."""
    notices = ArrayField(models.DateTimeField(), default=list, db_default=[])
    """When holders were rung for it last, where a service lets that happen so often only."""
    waiting = models.BinaryField(null=True)
    """What the pass shows since it got its number, made ready for the phones that are told; gone once one has fetched it."""
    pushes_since = models.DateTimeField(null=True)
    """When the day began in which its pushes are counted: with the first of them."""
    pushes = models.IntegerField(default=0, db_default=0)
    repeats = models.SmallIntegerField(default=0, db_default=0)
    """How often phones were told once more of the same number, because none had fetched it."""
    look_again_at = models.DateTimeField(null=True)
    """When it is looked whether a phone has fetched what all were told of; null where nobody need look."""
    turns_at = models.DateTimeField(null=True)
    """When, by the chain's clock, it shows something else by time alone, as far as was known when it was looked at last."""

    class Meta:
        db_table = "wallet_passes"
        constraints = [
            models.UniqueConstraint(fields=["card", "provider", "pass_type"], name="wallet_pass_of_card"),
        ]
        indexes = [
            models.Index(fields=["chain", "id"], name="wallet_pass_newest"),
            models.Index(
                fields=["look_again_at", "chain"],
                condition=models.Q(look_again_at__isnull=False),
                name="wallet_pass_to_look_at",
            ),
            models.Index(
                fields=["chain", "turns_at"], condition=models.Q(turns_at__isnull=False), name="wallet_pass_turning"
            ),
        ]


class WalletRegistration(models.Model):
    """A phone that has a pass and wants to be told when it changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    wallet_pass = models.ForeignKey(WalletPass, on_delete=models.CASCADE, db_index=False, db_column="pass_id")
    device = models.TextField(db_collation="C")
    push_token = models.TextField(db_collation="C")
    registered_at = models.DateTimeField()

    class Meta:
        db_table = "wallet_registrations"
        constraints = [models.UniqueConstraint(fields=["wallet_pass", "device"], name="wallet_registration_once")]
        indexes = [models.Index(fields=["device"], name="wallet_registration_device")]


class WalletRefresh(models.Model):
    """A pass that may have to be told to phones: due a moment after the first change, so that ten changes are one push.

    `revision` grows with each change that comes while it waits; who sent deletes the row only if it is the one that was sent.
    """

    wallet_pass = models.OneToOneField(WalletPass, on_delete=models.CASCADE, primary_key=True, db_column="pass_id")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    provider = models.TextField()
    is_urgent = models.BooleanField(default=True)
    """Somebody stands at the till; what all cards of a type are told of waits behind that."""
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    revision = models.BigIntegerField(default=1)
    tries = models.IntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "wallet_refreshes"
        indexes = [
            models.Index(fields=["provider", "due_at"], name="wallet_refresh_due"),
            models.Index(fields=["chain", "provider", "-is_urgent", "due_at"], name="wallet_refresh_next"),
        ]


class GoogleAccount(models.Model):
    """A service account of Google that speaks for an issuer of passes. The private key is stored hidden."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    issuer = models.TextField(db_collation="C")
    email = models.TextField()
    project = models.TextField()
    key_name = models.TextField()
    hidden_key = models.BinaryField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.UUIDField(null=True)

    class Meta:
        db_table = "google_accounts"
        constraints = [models.UniqueConstraint(fields=["chain"], name="google_account_of_chain")]


class GoogleProgram(models.Model):
    """What Google was told last of a card type: it holds what all cards of a type share. `review` is its word on it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    class_id = models.TextField(db_collation="C")
    content_hash = models.BinaryField()
    review = models.TextField(blank=True, default="")
    told_at = models.DateTimeField()

    class Meta:
        db_table = "google_programs"
        constraints = [models.UniqueConstraint(fields=["chain", "class_id"], name="google_program_once")]


class GoogleCall(models.Model):
    """A call of Google's that was believed: the same one is not believed twice, nor one that is older than another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    wallet_pass = models.ForeignKey(WalletPass, on_delete=models.CASCADE, db_index=False, db_column="pass_id")
    nonce = models.TextField(db_collation="C")
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "google_calls"
        constraints = [models.UniqueConstraint(fields=["wallet_pass", "nonce"], name="google_call_once")]


class WalletPicture(models.Model):
    """A picture that a service fetches from us, by the hash of its content."""

    pk = models.CompositePrimaryKey("chain_id", "hash")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    hash = models.TextField(db_collation="C")
    content = models.BinaryField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "wallet_pictures"


class WalletWave(models.Model):
    """A card type that was published or found elsewhere: its passes are noted as changed in chunks, those up to `after` are.

    One row for a type, however often it changes meanwhile.
    """

    card_type = models.OneToOneField("cards.CardType", on_delete=models.CASCADE, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    at = models.DateTimeField()
    after = models.UUIDField()

    class Meta:
        db_table = "wallet_waves"
        indexes = [models.Index(fields=["chain"], name="wallet_wave_of_chain")]


class WalletEvent(models.Model):
    """What happened to a pass: made, registered, unregistered, pushed, fetched, given up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.PROTECT, db_index=False)
    wallet_pass = models.ForeignKey(WalletPass, on_delete=models.CASCADE, db_index=False, db_column="pass_id")
    kind = models.TextField()
    at = models.DateTimeField(db_default=Now())
    wait_ms = models.IntegerField(null=True)
    """From the change to the push that told of it (WAL-5)."""
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "wallet_events"
        indexes = [
            models.Index(fields=["card", "id"], name="wallet_event_of_card"),
            models.Index(fields=["wallet_pass"], name="wallet_event_of_pass"),
            models.Index(fields=["chain", "id"], name="wallet_event_newest"),
        ]


class WalletMessage(models.Model):
    """A message to a customer that stands on the passes of a card in one kind of wallet: the newest one is shown (WAL-4).

    `letter_id` is the delivery that it belongs to. `ended_at`: it arrived, or it never will.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card = models.ForeignKey("cards.Card", on_delete=models.PROTECT, db_index=False)
    provider = models.TextField()
    letter_id = models.UUIDField()
    text = models.TextField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "wallet_messages"
        constraints = [models.UniqueConstraint(fields=["letter_id", "card"], name="wallet_message_once")]
        indexes = [models.Index(fields=["card", "id"], name="wallet_message_of_card")]


class WalletGreeting(models.Model):
    """The last birthday that the passes of a card were told of; `is_over` once they were told that the day is over (WAL-4)."""

    card = models.OneToOneField("cards.Card", on_delete=models.CASCADE, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    is_over = models.BooleanField(default=False)

    class Meta:
        db_table = "wallet_greetings"
        indexes = [
            models.Index(fields=["chain", "card"], condition=models.Q(is_over=False), name="wallet_greeting_of_today")
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("pass_certificates", "pass_type team certificate hidden_key intermediate"),
    Impersonal("pass_requests", "hidden_key request"),
    Impersonal("wallet_passes", "provider pass_type content_hash"),
    Personal(
        place="wallet_passes",
        columns="waiting",
        use="what the card's pass shows, the holder's name too where the design has it, until the phones that are told of it have fetched it",
        erased="with the customer",
        kept="until a phone has fetched it; of phones that do not ask, until the card shows something else",
    ),
    Personal(
        place="wallet_registrations",
        columns="device push_token",
        use="which phones have the card in their wallet, and how they are told that it changed",
        erased="of browsers with the customer; when the phone puts the card away, or Apple says that it is no more; of a deleted card the phone is told that it is over",
        kept="as long as the phone has the card",
    ),
    Personal(
        place="wallet_messages",
        columns="text",
        use="the message that the card in the customer's wallet shows",
        erased="with the customer",
        kept="as long as the business",
    ),
    Impersonal("wallet_messages", "provider"),
    Personal(
        place="wallet_greetings",
        columns="day",
        use="whose pass was told of a birthday, so that it is told once and the greeting goes the day after",
        erased="with the customer",
        kept="as long as the card",
    ),
    Impersonal("wallet_refreshes", "provider problem"),
    Impersonal("google_accounts", "issuer email project key_name hidden_key"),
    Impersonal("google_programs", "class_id content_hash review"),
    Impersonal("google_calls", "nonce"),
    Impersonal("wallet_pictures", "hash content"),
    Impersonal("wallet_events", "kind problem"),
)
