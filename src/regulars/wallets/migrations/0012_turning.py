"""When passes show something else by time alone is known of each, so that it is told then."""

from django.db import migrations, models

# What waits already is looked at once, which finds the moment.
WAITING = """
UPDATE wallet_passes p SET turns_at = now() WHERE EXISTS (
    SELECT FROM accounts a JOIN lots l ON l.account_id = a.id AND l.remaining > 0 AND l.activates_at > now()
    WHERE a.card_id = p.card_id
)
"""


class Migration(migrations.Migration):
    """Add the column and its index."""

    dependencies = [("wallets", "0011_pushes_counted"), ("ledger", "0008_pending_lots")]
    operations = [
        migrations.AddField("walletpass", "turns_at", models.DateTimeField(null=True)),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
        migrations.AddIndex(
            "walletpass",
            models.Index(
                condition=models.Q(("turns_at__isnull", False)),
                fields=["chain", "turns_at"],
                name="wallet_pass_turning",
            ),
        ),
    ]
