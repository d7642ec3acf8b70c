"""What memberships pay of orders: visits, and the lines that they pay (RWD-6)."""

from django.db import migrations, models
from django.db.models import Q

KINDS = ["code", "voucher", "gift_card", "membership", "unknown"]


class Migration(migrations.Migration):
    """Add the columns and the kind."""

    dependencies = [("orders", "0015_redemptions")]
    operations = [
        migrations.AddField(
            model_name="orderredemption",
            name="visits",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(model_name="orderredemption", name="covers", field=models.JSONField(null=True)),
        migrations.RemoveConstraint(model_name="orderredemption", name="order_redemption_kind"),
        migrations.AddConstraint(
            model_name="orderredemption",
            constraint=models.CheckConstraint(condition=Q(kind__in=KINDS), name="order_redemption_kind"),
        ),
    ]
