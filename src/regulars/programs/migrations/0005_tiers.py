"""Tier groups, tiers, who stands where, and how it came (PRG-6)."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import regulars.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0003_trade"),
        ("programs", "0004_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tier",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.TextField()),
                ("name", models.TextField()),
                ("threshold", models.BigIntegerField()),
                ("multiplier", models.DecimalField(decimal_places=4, default=1, max_digits=9)),
                ("background", models.TextField(blank=True, default="")),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "tiers",
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "external_id"), name="tier_external_id"),
                    models.CheckConstraint(condition=models.Q(("threshold__gte", 0)), name="tier_threshold"),
                    models.CheckConstraint(condition=models.Q(("multiplier__gt", 0)), name="tier_multiplier"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.TextField()),
                ("name", models.TextField()),
                ("counts", models.TextField()),
                ("period", models.TextField()),
                ("months", models.SmallIntegerField(default=0)),
                ("grace_days", models.SmallIntegerField(default=0)),
                ("position", models.SmallIntegerField(default=0)),
                ("archived_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "balance_type",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="programs.balancetype",
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                ("program", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="programs.program")),
            ],
            options={
                "db_table": "tier_groups",
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "external_id"), name="tier_group_external_id"),
                    models.CheckConstraint(
                        condition=models.Q(("counts__in", ["status", "sold", "paid", "visits"])),
                        name="tier_group_counts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ["lifetime", "year", "months"])), name="tier_group_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("balance_type__isnull", False), ("counts", "status")),
                            models.Q(models.Q(("counts", "status"), _negated=True), ("balance_type__isnull", True)),
                            _connector="OR",
                        ),
                        name="tier_group_counts_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("holder_id", models.UUIDField()),
                ("counted", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "entered_tier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.tier",
                    ),
                ),
                (
                    "left_tier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.tier",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="programs.tiergroup"
                    ),
                ),
            ],
            options={
                "db_table": "tier_changes",
                "indexes": [models.Index(fields=["holder_id", "id"], name="tier_change_of_holder")],
            },
        ),
        migrations.AddField(
            model_name="tier",
            name="group",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="programs.tiergroup"),
        ),
        migrations.CreateModel(
            name="HolderTier",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "group_id", "holder_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("holder_id", models.UUIDField()),
                ("is_customer", models.BooleanField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="programs.tier"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="programs.tiergroup"
                    ),
                ),
            ],
            options={
                "db_table": "holder_tiers",
                "indexes": [
                    models.Index(fields=["holder_id"], name="tier_of_holder"),
                    models.Index(
                        condition=models.Q(("until__isnull", False)), fields=["group", "until"], name="tier_judged"
                    ),
                    models.Index(
                        condition=models.Q(("tier__isnull", False)), fields=["tier", "holder_id"], name="holder_of_tier"
                    ),
                ],
            },
        ),
    ]
