"""Test chains, whose clock can be moved ahead and never back; the door that tells how far ahead a chain is (ORG-6)."""

from datetime import timedelta

from django.db import migrations, models

from regulars.platform.migrations_support import door

ONLY_AHEAD = """
CREATE FUNCTION regulars_refuse_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a chain is born as a test or never is one, and its clock goes ahead only'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER chain_clock_ahead_only BEFORE UPDATE OF is_test, clock_ahead ON chains FOR EACH ROW
    WHEN (NEW.is_test <> OLD.is_test OR NEW.clock_ahead < OLD.clock_ahead) EXECUTE FUNCTION regulars_refuse_clock();
"""


class Migration(migrations.Migration):
    """Add the mark, the clock and how far time was caught up with."""

    dependencies = [("chains", "0003_trade")]
    operations = [
        migrations.AddField("chain", "is_test", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "chain", "clock_ahead", models.DurationField(db_default=timedelta(0), default=timedelta(0))
        ),
        migrations.AddField("chain", "caught_up_to", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "chain",
            models.CheckConstraint(
                condition=models.Q(
                    ("clock_ahead", timedelta(0)),
                    models.Q(("clock_ahead__gt", timedelta(0)), ("is_test", True)),
                    _connector="OR",
                ),
                name="chain_clock_of_tests_alone",
            ),
        ),
        migrations.RunSQL(
            ONLY_AHEAD, "DROP TRIGGER chain_clock_ahead_only ON chains; DROP FUNCTION regulars_refuse_clock;"
        ),
        door(
            "door_clock",
            """(wanted uuid) RETURNS interval LANGUAGE sql STABLE AS $$
            SELECT clock_ahead FROM chains WHERE id = wanted $$""",
        ),
    ]
