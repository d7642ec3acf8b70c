"""Codes by which customers invite others, and who invited whom (RWD-7)."""

import django.db.models.deletion
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Add both tables under the policies."""

    dependencies = [("customers", "0007_loyalty_off"), ("chains", "0003_trade")]
    operations = [
        migrations.CreateModel(
            name="ReferralCode",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "chain_id", "code", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.TextField(db_collation="C")),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "customer",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="customers.customer"),
                ),
            ],
            options={"db_table": "referral_codes"},
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "inviter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invited", to="customers.customer"
                    ),
                ),
            ],
            options={"db_table": "referrals"},
        ),
        chain_policy("referral_codes", rights="SELECT, INSERT, DELETE"),
        chain_policy("referrals", rights="SELECT, INSERT, DELETE"),
    ]
