"""Tables of designs: the draft of a card type, what was published, and pictures by the hash of their content."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from regulars.platform.personal_data import Declared, Impersonal


class DesignDraft(models.Model):
    """What the designer of a card type is at; `version` goes up with every save."""

    card_type = models.OneToOneField("cards.CardType", on_delete=models.PROTECT, primary_key=True)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    content = models.JSONField()
    version = models.IntegerField(default=1)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "design_drafts"


class DesignVersion(models.Model):
    """A published design, under the version of the card type that it made."""

    pk = models.CompositePrimaryKey("card_type_id", "version")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    card_type = models.ForeignKey("cards.CardType", on_delete=models.PROTECT, db_index=False)
    version = models.IntegerField()
    content = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "design_versions"


class DesignPicture(models.Model):
    """A picture of the chain as it was drawn anew: a PNG, named by the hash of its content, kept once."""

    pk = models.CompositePrimaryKey("chain_id", "hash")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    hash = models.TextField(db_collation="C")
    content = models.BinaryField()
    width = models.IntegerField()
    height = models.IntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "design_pictures"
        constraints = [models.CheckConstraint(condition=models.Q(hash__regex="^[0-9a-f]{64}$"), name="picture_hash")]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    Impersonal("design_pictures", "hash content"),
    Impersonal("design_drafts", "content"),
    Impersonal("design_versions", "content"),
)
