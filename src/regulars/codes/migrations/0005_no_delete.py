"""A use of a code is given back, never deleted."""

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, app_role


class Migration(migrations.Migration):
    """Take a right away that nothing needs."""

    dependencies = [("codes", "0004_pools_protection")]
    operations = [
        EditorOnly(
            lambda _apps, editor: editor.execute(f"REVOKE DELETE ON code_uses FROM {editor.quote_name(app_role())}"),
            lambda _apps, editor: editor.execute(f"GRANT DELETE ON code_uses TO {editor.quote_name(app_role())}"),
        )
    ]
