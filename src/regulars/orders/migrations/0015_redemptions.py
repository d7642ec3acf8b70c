"""What orders use of codes, vouchers and gift cards (RWD-4, RWD-10)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from regulars.platform.migrations_support import chain_policy

KINDS = ["code", "voucher", "gift_card", "unknown"]
STATES = ["planned", "locked", "used", "refused", "given_back", "released"]


class Migration(migrations.Migration):
    """Add the table under the policies."""

    dependencies = [("orders", "0014_undone")]
    operations = [
        migrations.CreateModel(
            name="OrderRedemption",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("order_id", models.UUIDField()),
                ("position", models.SmallIntegerField()),
                ("kind", models.TextField()),
                ("shown", models.TextField()),
                ("state", models.TextField()),
                ("owner_id", models.UUIDField(null=True)),
                ("name", models.TextField(default="")),
                (
                    "promotion_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("reason", models.JSONField(null=True)),
                ("money", models.BigIntegerField(default=0)),
                ("undone", models.BigIntegerField(default=0)),
                ("benefit", models.JSONField(null=True)),
                (
                    "chain",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="chains.chain",
                    ),
                ),
            ],
            options={
                "db_table": "order_redemptions",
                "indexes": [
                    models.Index(
                        fields=["owner_id", "order_id"],
                        condition=Q(owner_id__isnull=False),
                        name="order_redemption_of_owner",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(condition=Q(kind__in=KINDS), name="order_redemption_kind"),
                    models.CheckConstraint(condition=Q(state__in=STATES), name="order_redemption_state"),
                    models.CheckConstraint(
                        condition=Q(undone__gte=0, undone__lte=F("money")), name="order_redemption_undone_once"
                    ),
                ],
            },
        ),
        chain_policy("order_redemptions", rights="SELECT, INSERT, UPDATE, DELETE"),
    ]
