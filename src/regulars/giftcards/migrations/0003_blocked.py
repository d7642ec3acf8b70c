"""Whether somebody blocked a gift card outlasts its time: what comes back to it then cannot be paid with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Keep it beside the state."""

    dependencies = [("giftcards", "0002_protection")]
    operations = [
        migrations.AddField(
            model_name="giftcard",
            name="is_blocked",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL("UPDATE gift_cards SET is_blocked = true WHERE state = 'blocked'", migrations.RunSQL.noop),
        # What an UPDATE leaves to be checked at the end is checked before the table changes again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="giftcard",
            constraint=models.CheckConstraint(
                condition=~models.Q(is_blocked=True, state="active") & ~models.Q(is_blocked=False, state="blocked"),
                name="gift_card_blocked_is_kept",
            ),
        ),
    ]
