"""What invitations brought to the inviters (RWD-7)."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Add the table under the policies."""

    dependencies = [("orders", "0012_history"), ("customers", "0008_referrals")]
    operations = [
        migrations.CreateModel(
            name="ReferralBonus",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "promotion_id",
                        "invited_id",
                        "occasion",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("promotion_id", models.UUIDField()),
                ("invited_id", models.UUIDField()),
                ("occasion", models.TextField()),
                ("order_id", models.UUIDField()),
                ("inviter_id", models.UUIDField()),
                ("card_id", models.UUIDField(null=True)),
                ("balance_type_id", models.UUIDField()),
                ("transaction_id", models.UUIDField(null=True)),
                ("amount", models.BigIntegerField(default=0)),
                ("taken_back", models.BigIntegerField(default=0)),
                ("not_recovered", models.BigIntegerField(default=0)),
                ("reason", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
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
                "db_table": "referral_bonuses",
                "indexes": [
                    models.Index(fields=["order_id"], name="referral_bonus_of_order"),
                    models.Index(fields=["inviter_id", "at"], name="referral_bonus_of_inviter"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(taken_back__gte=0, not_recovered__gte=0)
                        & Q(amount__gte=F("taken_back") + F("not_recovered")),
                        name="referral_bonus_taken_back_once",
                    )
                ],
            },
        ),
        chain_policy("referral_bonuses", rights="SELECT, INSERT, UPDATE"),
    ]
