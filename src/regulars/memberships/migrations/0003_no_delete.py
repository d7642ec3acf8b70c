"""A membership that was sold is never deleted."""

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, app_role


class Migration(migrations.Migration):
    """Take a right away that nothing needs."""

    dependencies = [("memberships", "0002_protection")]
    operations = [
        EditorOnly(
            lambda _apps, editor: editor.execute(f"REVOKE DELETE ON memberships FROM {editor.quote_name(app_role())}"),
            lambda _apps, editor: editor.execute(f"GRANT DELETE ON memberships TO {editor.quote_name(app_role())}"),
        )
    ]
