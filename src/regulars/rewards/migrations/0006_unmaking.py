"""Rewards that nobody got may go: those of sample data. The foreign keys keep what somebody got."""

from typing import Any

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, app_role


def let_delete(_apps: Any, editor: Any) -> None:
    """The application's role may delete rewards of its chain."""
    editor.execute(f"GRANT DELETE ON rewards TO {editor.quote_name(app_role())}")


def keep(_apps: Any, editor: Any) -> None:
    """The other way round."""
    editor.execute(f"REVOKE DELETE ON rewards FROM {editor.quote_name(app_role())}")


class Migration(migrations.Migration):
    """Grant it."""

    dependencies = [("rewards", "0005_waiting_for_orders")]
    operations = [EditorOnly(let_delete, keep)]
