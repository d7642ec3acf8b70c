"""A chain's trade; and the promise that a real chain never becomes a sample, which may be removed at one press."""

from django.db import migrations, models

SAMPLES_ARE_BORN = """
CREATE FUNCTION regulars_refuse_new_sample() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a chain that is real stays real' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER chain_stays_real BEFORE UPDATE OF is_sample ON chains FOR EACH ROW
    WHEN (NEW.is_sample AND NOT OLD.is_sample) EXECUTE FUNCTION regulars_refuse_new_sample();
"""


class Migration(migrations.Migration):
    """Add the trade, guard the sample mark."""

    dependencies = [("chains", "0002_protection")]
    operations = [
        migrations.AddField("chain", "trade", models.TextField(blank=True, default="", db_default="")),
        migrations.RunSQL(
            SAMPLES_ARE_BORN, "DROP TRIGGER chain_stays_real ON chains; DROP FUNCTION regulars_refuse_new_sample;"
        ),
    ]
