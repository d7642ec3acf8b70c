"""Orders that are recorded together bring their idempotency keys along: all of them are looked up in the one call."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("regulars.orders.migrations.0007_reading_many")
CHANGES = (
    ("p_holder uuid, p_route text, p_key text,", "p_holder uuid, p_route text, p_keys text[],"),
    (
        "stamp bigint, body_hash bytea, answer_status smallint, answer text, key_rows text,",
        "stamp bigint, answer_rows text, key_rows text,",
    ),
    (
        (
            "SELECT i.body_hash, i.status, i.answer INTO body_hash, answer_status, answer\n"
            "        FROM idempotency_keys i WHERE i.holder_id = p_holder AND i.route = p_route AND i.key = p_key;"
        ),
        (
            "SELECT json_agg(json_build_array(i.key, encode(i.body_hash, 'hex'), i.status, i.answer))::text INTO answer_rows\n"
            "        FROM idempotency_keys i WHERE i.holder_id = p_holder AND i.route = p_route AND i.key = ANY(p_keys);"
        ),
    ),
)


def changed(text: str) -> str:
    """The function with these changes."""
    for before, after in CHANGES:
        assert before in text, before
        text = text.replace(before, after)
    return text


READ = changed(BEFORE.READ)


class Migration(migrations.Migration):
    """Make the function anew."""

    dependencies = [("orders", "0010_first_products")]
    operations = [
        migrations.RunSQL("DROP FUNCTION regulars_read_for_orders", BEFORE.READ),
        migrations.RunSQL(READ, "DROP FUNCTION regulars_read_for_orders"),
    ]
