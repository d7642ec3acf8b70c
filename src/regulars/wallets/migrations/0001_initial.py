import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import regulars.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cards", "0013_goals"),
        ("chains", "0005_prices_include_tax"),
    ]

    operations = [
        migrations.CreateModel(
            name="WalletPass",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider", models.TextField()),
                ("pass_type", models.TextField(db_collation="C")),
                ("content_hash", models.BinaryField()),
                ("tag", models.BigIntegerField()),
                ("modified_at", models.DateTimeField()),
                ("fetched_tag", models.BigIntegerField(default=0)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "card",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="cards.card"),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "wallet_passes",
            },
        ),
        migrations.CreateModel(
            name="WalletEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("wait_ms", models.IntegerField(null=True)),
                ("problem", models.TextField(blank=True, default="")),
                (
                    "card",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="cards.card"),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "wallet_pass",
                    models.ForeignKey(
                        db_column="pass_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="wallets.walletpass",
                    ),
                ),
            ],
            options={
                "db_table": "wallet_events",
            },
        ),
        migrations.CreateModel(
            name="WalletRegistration",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device", models.TextField(db_collation="C")),
                ("push_token", models.TextField(db_collation="C")),
                ("registered_at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "wallet_pass",
                    models.ForeignKey(
                        db_column="pass_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="wallets.walletpass",
                    ),
                ),
            ],
            options={
                "db_table": "wallet_registrations",
            },
        ),
        migrations.CreateModel(
            name="PassCertificate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pass_type", models.TextField(db_collation="C")),
                ("team", models.TextField(db_collation="C")),
                ("certificate", models.TextField()),
                ("hidden_key", models.BinaryField()),
                ("intermediate", models.TextField()),
                ("ends_at", models.DateTimeField()),
                ("uploaded_at", models.DateTimeField()),
                ("uploaded_by", models.UUIDField(null=True)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "pass_certificates",
                "constraints": [models.UniqueConstraint(fields=("chain",), name="pass_certificate_of_chain")],
            },
        ),
        migrations.CreateModel(
            name="PassRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hidden_key", models.BinaryField()),
                ("request", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.UUIDField(null=True)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "pass_requests",
                "constraints": [models.UniqueConstraint(fields=("chain",), name="pass_request_of_chain")],
            },
        ),
        migrations.CreateModel(
            name="WalletRefresh",
            fields=[
                (
                    "wallet_pass",
                    models.OneToOneField(
                        db_column="pass_id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="wallets.walletpass",
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("revision", models.BigIntegerField(default=1)),
                ("tries", models.IntegerField(default=0)),
                ("problem", models.TextField(blank=True, default="")),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "wallet_refreshes",
            },
        ),
        migrations.AddIndex(
            model_name="walletpass",
            index=models.Index(fields=["chain", "id"], name="wallet_pass_newest"),
        ),
        migrations.AddConstraint(
            model_name="walletpass",
            constraint=models.UniqueConstraint(fields=("card", "provider", "pass_type"), name="wallet_pass_of_card"),
        ),
        migrations.AddIndex(
            model_name="walletevent",
            index=models.Index(fields=["card", "id"], name="wallet_event_of_card"),
        ),
        migrations.AddIndex(
            model_name="walletevent",
            index=models.Index(fields=["wallet_pass"], name="wallet_event_of_pass"),
        ),
        migrations.AddIndex(
            model_name="walletevent",
            index=models.Index(fields=["chain", "id"], name="wallet_event_newest"),
        ),
        migrations.AddIndex(
            model_name="walletregistration",
            index=models.Index(fields=["device"], name="wallet_registration_device"),
        ),
        migrations.AddConstraint(
            model_name="walletregistration",
            constraint=models.UniqueConstraint(fields=("wallet_pass", "device"), name="wallet_registration_once"),
        ),
        migrations.AddIndex(
            model_name="walletrefresh",
            index=models.Index(fields=["due_at"], name="wallet_refresh_due"),
        ),
    ]
