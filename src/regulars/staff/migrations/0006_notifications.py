"""What became of background work, for whoever started it; the density of lists; both come with the one door of every page."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import EditorOnly, chain_policy, door

PAGE = """(wanted_session uuid, wanted_chain uuid, wait text) RETURNS TABLE (
    login_id uuid, email text, login_name text, language text, theme text, shortcuts boolean, may_open_chains boolean,
    staff_id uuid, role text, rights_added text[], rights_removed text[], location_ids uuid[], adjust_limit text,
    set_up_hidden boolean, density text, unread int, chain_id uuid, chain_name text, country text, currency text, time_zone text,
    chain_language text, accent text, trade text, is_sample boolean, chain_version int, location_count int,
    chains jsonb, locations jsonb
) LANGUAGE plpgsql AS $$
-- Everything a page needs to know about who looks at it, and the policies opened for them, in one round trip.
-- A login without a place in any chain gets a row whose chain_id is NULL; an ended session gets none.
#variable_conflict use_column
DECLARE
    place record;
BEGIN
    SELECT l.id, l.email, l.name, l.language, l.theme, l.shortcuts, l.may_open_chains, l.density
    INTO door_page.login_id, door_page.email, door_page.login_name, door_page.language, door_page.theme,
        door_page.shortcuts, door_page.may_open_chains, door_page.density
    FROM login_sessions o JOIN logins l ON l.id = o.login_id
    WHERE o.id = wanted_session AND o.ended_at IS NULL AND l.is_active;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE login_sessions o SET last_seen_at = now()
    WHERE o.id = (SELECT i.id FROM login_sessions i WHERE i.id = wanted_session
        AND i.last_seen_at < now() - interval '1 minute' FOR UPDATE SKIP LOCKED);
    PERFORM set_config('regulars.login', door_page.login_id::text, true), set_config('lock_timeout', wait, true),
        set_config('regulars.chain', '', true);

    SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'is_sample', c.is_sample) ORDER BY c.name, c.id)
    INTO door_page.chains
    FROM staff s JOIN chains c ON c.id = s.chain_id
    WHERE s.login_id = door_page.login_id AND s.disabled_at IS NULL;

    SELECT s.id, s.role, s.rights_added, s.rights_removed, s.location_ids, s.adjust_limit, s.set_up_hidden,
        c.id AS chain_id, c.name, c.country, c.currency, c.time_zone, c.language, c.accent, c.trade, c.is_sample,
        c.version
    INTO place
    FROM staff s JOIN chains c ON c.id = s.chain_id
    WHERE s.login_id = door_page.login_id AND s.disabled_at IS NULL
    ORDER BY (c.id = wanted_chain) DESC NULLS LAST, c.is_sample, s.created_at, s.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    staff_id := place.id; role := place.role; rights_added := place.rights_added;
    rights_removed := place.rights_removed; location_ids := place.location_ids; adjust_limit := place.adjust_limit;
    set_up_hidden := place.set_up_hidden; chain_id := place.chain_id; chain_name := place.name;
    country := place.country; currency := place.currency; time_zone := place.time_zone;
    chain_language := place.language; accent := place.accent; trade := place.trade; is_sample := place.is_sample;
    chain_version := place.version;

    SELECT count(*), jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'time_zone', o.time_zone)
            ORDER BY o.name, o.id) FILTER (WHERE place.location_ids IS NULL OR o.id = ANY (place.location_ids))
    INTO door_page.location_count, door_page.locations
    FROM locations o WHERE o.chain_id = place.chain_id AND o.archived_at IS NULL;
    -- A hundred is shown as "99+": nobody counts further, and neither does this.
    SELECT count(*) INTO door_page.unread FROM (
        SELECT FROM notifications n WHERE n.staff_id = place.id AND n.read_at IS NULL LIMIT 100
    ) AS waiting;
    PERFORM set_config('regulars.chain', place.chain_id::text, true);
    RETURN NEXT;
END $$"""

# What a function returns can only be changed by making it anew.
_before = door("door_page", import_module("regulars.staff.migrations.0003_sessions").PAGE)
assert _before.reverse_code is not None


class Migration(migrations.Migration):
    """Make the table and the column, and the door that tells of them."""

    dependencies = [("staff", "0005_forget_sessions"), ("chains", "0003_trade")]
    operations = [
        migrations.AddField("login", "density", models.CharField(db_default="roomy", default="roomy", max_length=8)),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "staff",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="staff.staff"),
                ),
                ("kind", models.TextField()),
                ("subject_id", models.UUIDField()),
                ("facts", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "notifications",
                "indexes": [
                    models.Index(fields=["staff", "at"], name="notification_newest"),
                    models.Index(condition=models.Q(("read_at", None)), fields=["staff"], name="notification_unread"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "subject_id"), name="notification_once_per_subject")
                ],
            },
        ),
        chain_policy("notifications"),
        EditorOnly(_before.reverse_code, _before.code),
        door("door_page", PAGE),
    ]
