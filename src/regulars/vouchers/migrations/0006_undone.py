"""Vouchers of sample data that was taken away: there for the proof, and out of everybody's sight."""

from importlib import import_module
from typing import Any, Final

from django.db import migrations, models

from regulars.platform.migrations_support import EditorOnly

PROTECTION: Final = import_module("regulars.vouchers.migrations.0002_protection")
BEFORE: Final = PROTECTION.FACTS
AFTER: Final = BEFORE.rstrip() + "\nWHERE v.state <> 'undone'\n"
STATES: Final = ["issued", "active", "redeemed", "expired", "cancelled"]


def let_read(apps: Any, editor: Any) -> None:
    """The view is for reading, whichever way it was made."""
    PROTECTION.let_read(apps, editor)


class Migration(migrations.Migration):
    """Let vouchers be undone."""

    dependencies = [("vouchers", "0005_pictures")]
    operations = [
        migrations.RemoveConstraint(model_name="voucher", name="voucher_state"),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [*STATES, "undone"])), name="voucher_state"
            ),
        ),
        EditorOnly(migrations.RunPython.noop, let_read),
        migrations.RunSQL("DROP VIEW voucher_facts", BEFORE),
        migrations.RunSQL(AFTER, "DROP VIEW voucher_facts"),
        EditorOnly(let_read, migrations.RunPython.noop),
    ]
