"""Tables of codes: the one code space of a chain (RWD-9)."""

from typing import Final

from django.db import models

from regulars.platform.personal_data import Declared, Impersonal


class CodeKey(models.Model):
    """A code that somebody may type or scan, as codes are compared, and what it belongs to: each once in its chain.

    A million are made at a time, so nothing here but what finds them: the codes as they are written lie with their owners.
    """

    pk = models.CompositePrimaryKey("chain_id", "key")
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    key = models.TextField(db_collation="C")
    kind = models.TextField()
    owner_id = models.UUIDField(null=True)
    """None where a universal code unlocks promotions: these know it by its key."""

    class Meta:
        db_table = "code_keys"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["promotion", "code", "voucher", "gift_card", "membership", "receipt"]),
                name="code_key_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=False) | models.Q(kind="promotion"), name="code_key_owner"
            ),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (Impersonal("code_keys", "key kind"),)
