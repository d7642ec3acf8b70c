"""Pushes of a pass are counted by the day, and what no phone fetched is told again."""

from django.db import migrations, models

from regulars.platform.migrations_support import door


class Migration(migrations.Migration):
    """Add the columns, and the door through which the sender finds what no phone fetched."""

    dependencies = [("wallets", "0010_certificate_warnings")]
    operations = [
        migrations.AddField("walletpass", "pushes_since", models.DateTimeField(null=True)),
        migrations.AddField("walletpass", "pushes", models.IntegerField(db_default=0, default=0)),
        migrations.AddField("walletpass", "repeats", models.SmallIntegerField(db_default=0, default=0)),
        migrations.AddField("walletpass", "look_again_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "walletpass",
            models.Index(
                condition=models.Q(("look_again_at__isnull", False)),
                fields=["look_again_at", "chain"],
                name="wallet_pass_to_look_at",
            ),
        ),
        door(
            "door_wallet_unfetched",
            """(of_provider text, by_then timestamptz) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT DISTINCT chain_id FROM wallet_passes WHERE look_again_at <= by_then AND provider = of_provider $$""",
        ),
    ]
