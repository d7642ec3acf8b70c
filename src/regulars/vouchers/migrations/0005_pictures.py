"""Pictures of vouchers and rewards, and what is read of vouchers with them."""

from importlib import import_module
from typing import Any, Final

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import EditorOnly, chain_policy

PROTECTION: Final = import_module("regulars.vouchers.migrations.0002_protection")
# A view keeps the columns that its table had: it is made anew around the new one.
FACTS: Final = PROTECTION.FACTS
READ_BEFORE: Final = PROTECTION.READ
READ: Final = READ_BEFORE.replace("holder_id uuid,", "holder_id uuid, picture_id uuid,").replace(
    "f.holder_id,", "f.holder_id, f.picture_id,"
)
assert READ.count("picture_id") == 2


def let_read(apps: Any, editor: Any) -> None:
    """The view is for reading, whichever way it was made."""
    PROTECTION.let_read(apps, editor)


class Migration(migrations.Migration):
    """Keep pictures."""

    dependencies = [("vouchers", "0004_batches_protection")]
    operations = [
        EditorOnly(migrations.RunPython.noop, let_read),
        migrations.RunSQL("DROP VIEW voucher_facts", FACTS),
        migrations.RunSQL("DROP FUNCTION regulars_read_vouchers", READ_BEFORE),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.BinaryField()),
                ("media_type", models.TextField()),
                ("content", models.BinaryField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "pictures",
                "constraints": [models.UniqueConstraint(fields=("chain", "digest"), name="picture_once")],
            },
        ),
        migrations.AddField(
            model_name="voucher",
            name="picture",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="vouchers.picture"
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("picture__isnull", False)), fields=["picture"], name="voucher_of_picture"
            ),
        ),
        chain_policy("pictures"),
        migrations.RunSQL(FACTS, "DROP VIEW voucher_facts"),
        migrations.RunSQL(READ, "DROP FUNCTION regulars_read_vouchers"),
        EditorOnly(let_read, migrations.RunPython.noop),
    ]
