"""Codes of promotions are compared without what nobody sees (RWD-9): what was kept under the former key moves to the new one."""

from typing import Any

from django.db import migrations

from regulars.kernel.codes import code_key
from regulars.platform.migrations_support import EditorOnly


def compare_what_is_seen(apps: object, editor: Any) -> None:
    """Give each code its new key; of two codes of one promotion that are the same now one stays."""
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain_id, promotion_id, key, text FROM promotion_codes WHERE key ~ '[^ -~]' ORDER BY chain_id, promotion_id, key"
        )
        for chain_id, promotion_id, key, text in cursor.fetchall():
            own = [chain_id, promotion_id, key]
            cursor.execute("DELETE FROM promotion_codes WHERE (chain_id, promotion_id, key) = (%s, %s, %s)", own)
            cursor.execute(
                "INSERT INTO promotion_codes (chain_id, promotion_id, key, text) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [chain_id, promotion_id, code_key(text), text],
            )


class Migration(migrations.Migration):
    """Compare the codes of promotions as people see them."""

    dependencies = [("promotions", "0010_codes_in_the_space")]
    operations = [EditorOnly(compare_what_is_seen, lambda apps, editor: None)]
