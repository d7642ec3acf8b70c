"""Codes are compared without what nobody sees (RWD-9): what was kept under the former key moves to the new one."""

from typing import Any

from django.db import migrations

from regulars.kernel.codes import code_key
from regulars.platform.migrations_support import EditorOnly


def compare_what_is_seen(apps: object, editor: Any) -> None:
    """Give each code that is not plain letters its new key; of two that are the same now, the other keeps it."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT chain_id, key FROM code_keys WHERE key ~ '[^ -~]' ORDER BY chain_id, key")
        for chain_id, key in cursor.fetchall():
            new = code_key(key)
            if new != key:
                cursor.execute(
                    "UPDATE code_keys SET key = %s WHERE chain_id = %s AND key = %s AND NOT EXISTS ("
                    "SELECT FROM code_keys o WHERE o.chain_id = %s AND o.key = %s)",
                    [new, chain_id, key, chain_id, new],
                )


class Migration(migrations.Migration):
    """Compare codes as people see them."""

    dependencies = [("codes", "0005_no_delete")]
    operations = [EditorOnly(compare_what_is_seen, lambda apps, editor: None)]
