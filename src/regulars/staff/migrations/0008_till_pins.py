"""PINs for the till, one for each member of staff, and the door through which somebody stands in at a device by theirs."""

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import chain_policy, door

STAND_IN = """(wanted_staff uuid, wanted_pin uuid, wanted_chain uuid) RETURNS TABLE (
    login_id uuid, email text, login_name text, language text, theme text, shortcuts boolean, density text, role text,
    rights_added text[], rights_removed text[], location_ids uuid[]
) LANGUAGE plpgsql AS $$
-- Who stands in, as long as they work here and the PIN is the one that was typed; the policies are opened for their login.
BEGIN
    PERFORM set_config('regulars.login', '', true);
    SELECT l.id, l.email, l.name, l.language, l.theme, l.shortcuts, l.density, s.role, s.rights_added, s.rights_removed,
        s.location_ids
    INTO door_stand_in.login_id, door_stand_in.email, door_stand_in.login_name, door_stand_in.language,
        door_stand_in.theme, door_stand_in.shortcuts, door_stand_in.density, door_stand_in.role,
        door_stand_in.rights_added, door_stand_in.rights_removed, door_stand_in.location_ids
    FROM till_pins p JOIN staff s ON s.id = p.staff_id JOIN logins l ON l.id = s.login_id
    WHERE p.id = wanted_pin AND p.staff_id = wanted_staff AND p.chain_id = wanted_chain AND s.chain_id = wanted_chain
        AND p.locked_at IS NULL AND s.disabled_at IS NULL AND l.is_active;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('regulars.login', door_stand_in.login_id::text, true);
    RETURN NEXT;
END $$"""


class Migration(migrations.Migration):
    """Make the table, its policy and the door."""

    dependencies = [("staff", "0007_clock"), ("chains", "0004_clock")]
    operations = [
        migrations.CreateModel(
            name="TillPin",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pin_hash", models.TextField()),
                ("failures", models.IntegerField(default=0)),
                ("set_at", models.DateTimeField()),
                ("locked_at", models.DateTimeField(null=True)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "staff",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="staff.staff"),
                ),
            ],
            options={
                "db_table": "till_pins",
                "indexes": [models.Index(fields=["chain"], name="till_pins_of_chain")],
            },
        ),
        chain_policy("till_pins"),
        door("door_stand_in", STAND_IN),
    ]
