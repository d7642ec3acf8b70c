"""Tables of messages."""

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids


class Migration(migrations.Migration):
    """Make the tables."""

    initial = True

    dependencies = [
        ("cards", "0013_goals"),
        ("chains", "0005_prices_include_tax"),
        ("customers", "0009_birthdays"),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField()),
                ("subject", models.TextField(blank=True, default="")),
                ("text", models.TextField()),
                ("staff_id", models.UUIDField(null=True)),
                ("through", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="cards.card"
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
            ],
            options={
                "db_table": "messages",
                "indexes": [
                    models.Index(fields=["customer", "id"], name="message_of_customer"),
                    models.Index(fields=["card", "id"], name="message_of_card"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["service", "offer"])), name="message_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("customer", None), _negated=True),
                            models.Q(("card", None), _negated=True),
                            _connector="OR",
                        ),
                        name="message_is_for_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("channel", models.TextField()),
                ("state", models.TextField(default="queued")),
                ("reason", models.TextField(blank=True, default="")),
                ("detail", models.TextField(blank=True, default="")),
                ("tries", models.IntegerField(default=0)),
                ("state_at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="messaging.message"
                    ),
                ),
            ],
            options={
                "db_table": "message_deliveries",
                "constraints": [
                    models.UniqueConstraint(fields=("message", "channel"), name="message_delivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "sending", "sent", "delivered", "failed"])),
                        name="message_delivery_state",
                    ),
                ],
            },
        ),
    ]
