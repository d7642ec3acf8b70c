"""Tables of the till: what was pressed (TIL-2, TIL-3)."""

from typing import Final

from django.db import models

from regulars.kernel.ids import new_id
from regulars.platform.personal_data import Declared, Impersonal
from regulars.till.rules.presses import KINDS, SOURCES


class TillPress(models.Model):
    """One thing done at the till: what, for which card, by whom, where and how; `subject_id` names what came of it.

    `subject_id` is the transaction, order, voucher, given reward, use of a membership or card; `of_id` the membership
    of a use. `after` is what the card showed afterwards in smallest units, `goal` of how many.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey("chains.Chain", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    source = models.TextField()
    card = models.ForeignKey("cards.Card", null=True, on_delete=models.PROTECT, db_index=False)
    subject_id = models.UUIDField()
    of_id = models.UUIDField(null=True)
    amount = models.BigIntegerField(default=0)
    decimals = models.SmallIntegerField(default=0)
    after = models.BigIntegerField(null=True)
    goal = models.IntegerField(null=True)
    title = models.TextField(default="")
    rewards = models.TextField(default="")
    staff_id = models.UUIDField()
    location = models.ForeignKey("chains.Location", null=True, on_delete=models.PROTECT, db_index=False)
    pressed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "till_presses"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="till_press_kind"),
            models.CheckConstraint(condition=models.Q(source__in=SOURCES), name="till_press_source"),
        ]
        indexes = [
            models.Index(fields=["chain", "staff_id", "id"], name="till_presses_of_staff"),
            models.Index(fields=["card", "id"], condition=models.Q(card__isnull=False), name="till_presses_of_card"),
        ]


PERSONAL_DATA: Final[tuple[Declared, ...]] = (
    # Titles are those of rewards, vouchers and memberships, or of a balance: words of the business, nobody's own.
    Impersonal("till_presses", "kind source title rewards"),
)
