"""Tables of logins, staff, invitations and API keys (ORG-2, ORG-3, ORG-5)."""

from datetime import timedelta
from typing import ClassVar, Final
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import AS_LONG_AS_THE_BUSINESS, Declared, Impersonal, Personal, days

SESSIONS_LIVE: Final = timedelta(days=30)


class Login(AbstractBaseUser):
    """A person who signs in; one login may be staff of several chains."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.TextField(unique=True)
    name = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8, default="en")
    theme = models.CharField(max_length=8, default="system")
    shortcuts = models.BooleanField(default=True)
    density = models.CharField(max_length=8, default="roomy", db_default="roomy")
    is_active = models.BooleanField(default=True)
    may_open_chains = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "logins"


class Staff(models.Model):
    """A login's place in one chain: role, rights taken away or added, locations."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    login = models.ForeignKey(Login, on_delete=models.PROTECT)
    role = models.TextField()
    rights_added = ArrayField(models.TextField(), default=list)
    rights_removed = ArrayField(models.TextField(), default=list)
    adjust_limit = models.TextField(null=True)
    location_ids = ArrayField(models.UUIDField(), null=True)
    disabled_at = models.DateTimeField(null=True)
    set_up_hidden = models.BooleanField(default=False, db_default=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "staff"
        constraints = [models.UniqueConstraint(fields=["chain", "login"], name="staff_once_per_chain")]


class Invitation(models.Model):
    """A link by which somebody becomes staff; its token is stored hashed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    email = models.TextField()
    role = models.TextField()
    location_ids = ArrayField(models.UUIDField(), null=True)
    token_hash = models.BinaryField(unique=True)
    invited_by = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "invitations"
        indexes = [models.Index(fields=["chain", "created_at"], name="invitation_age")]


class ApiKey(models.Model):
    """A key by which a program acts as a staff login, within its scopes; shown once, stored hashed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    start = models.TextField()
    key_hash = models.BinaryField(unique=True)
    scopes = ArrayField(models.TextField())
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "api_keys"
        indexes = [models.Index(fields=["chain", "created_at"], name="api_key_age")]


class LoginSession(models.Model):
    """One device on which a login is signed in; ended by sign-out, a new password, or from another device."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    login = models.ForeignKey(Login, on_delete=models.CASCADE)
    address = models.TextField(blank=True, default="")
    device = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "login_sessions"


class TillPin(models.Model):
    """A PIN by which one of the staff takes over a till where a colleague signed in; stored hashed, slowly as a password.

    Its id is new with each PIN. `failures` counts wrong ones since the last right one; so many of them lock it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    staff = models.OneToOneField(Staff, on_delete=models.CASCADE)
    pin_hash = models.TextField()
    failures = models.IntegerField(default=0)
    set_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "till_pins"
        indexes = [models.Index(fields=["chain"], name="till_pins_of_chain")]


class Notification(models.Model):
    """What became of work that somebody started and need not wait for: one line for each thing, about its newest end."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, db_index=False)
    kind = models.TextField()
    subject_id = models.UUIDField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications"
        constraints = [models.UniqueConstraint(fields=["staff", "subject_id"], name="notification_once_per_subject")]
        indexes = [
            models.Index(fields=["staff", "at"], name="notification_newest"),
            models.Index(fields=["staff"], name="notification_unread", condition=models.Q(read_at=None)),
        ]


class SetUpToken(models.Model):
    """What the console prints on an empty start, so that a stranger on the port cannot claim the server."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.BinaryField(unique=True)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "set_up_tokens"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Personal(
        place="logins",
        columns="email name password language theme density",
        use="signing in; who made a change",
        erased="never: a member of staff is disabled, and what they did keeps their name",
        kept="as long as the installation",
    ),
    Impersonal("staff", "role rights_added rights_removed adjust_limit"),
    Personal(
        place="invitations",
        columns="email",
        use="who was invited by whom",
        erased="with the business",
        kept=AS_LONG_AS_THE_BUSINESS,
    ),
    Impersonal("invitations", "role token_hash"),
    Impersonal("api_keys", "name start key_hash scopes"),
    Personal(
        place="login_sessions",
        columns="address device",
        use="on which devices somebody is signed in, so that they can end it from another",
        erased="every night, after the device was last seen",
        kept=days(SESSIONS_LIVE),
    ),
    Impersonal("set_up_tokens", "token_hash"),
    Impersonal("till_pins", "pin_hash"),
    Impersonal("notifications", "kind facts"),
)
