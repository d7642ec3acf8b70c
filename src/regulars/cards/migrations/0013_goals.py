"""Whether stamps of a card type reach goals that bring rewards (RWD-1): told with what a change of a balance depends on."""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("regulars.cards.migrations.0010_lot_terms").READ
ARGUMENTS = "uuid, uuid, text, uuid, uuid, uuid, text, text, timestamptz, int"
DROP = f"DROP FUNCTION regulars_read_for_change({ARGUMENTS});"


def with_goals(text: str) -> str:
    """The function with one more answer: whether this balance of this card is stamps that count towards goals."""
    changes = (
        (
            "lot_expiry text, lot_delay int, time_zone text,",
            "lot_expiry text, lot_delay int, time_zone text, has_goals boolean,",
        ),
        ("    program uuid;\n", "    program uuid;\n    is_stamps boolean;\n"),
        ("        b.activation_delay_days\n    INTO", "        b.activation_delay_days, b.kind = 'stamps'\n    INTO"),
        (
            "allows_debt, lot_expiry, lot_delay\n    FROM accounts",
            "allows_debt, lot_expiry, lot_delay, is_stamps\n    FROM accounts",
        ),
        (
            "(SELECT s.adjust_limit FROM staff s WHERE s.id = p_staff)\n    INTO status,",
            "(SELECT s.adjust_limit FROM staff s WHERE s.id = p_staff), t.has_goals AND coalesce(is_stamps, false)\n    INTO status,",
        ),
        ("program_state, adjust_limit\n    FROM cards k", "program_state, adjust_limit, has_goals\n    FROM cards k"),
    )
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Migration(migrations.Migration):
    """Add the mark and replace the function; what it returns has changed, so the old one goes first."""

    dependencies = [("cards", "0012_take_over_days")]
    operations = [
        migrations.AddField("cardtype", "has_goals", models.BooleanField(default=False, db_default=False)),
        migrations.RunSQL(DROP + with_goals(BEFORE), DROP + BEFORE),
    ]
