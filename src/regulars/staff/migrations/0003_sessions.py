"""Sessions of logins, the token of the first set-up, and the one door of every page."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Now

import regulars.kernel.ids
from regulars.platform.migrations_support import app_role, door

OWN_SESSIONS = """
ALTER TABLE login_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON login_sessions
    USING (login_id = (SELECT nullif(current_setting('regulars.login', true), '')::uuid))
    WITH CHECK (login_id = (SELECT nullif(current_setting('regulars.login', true), '')::uuid));
"""

PAGE = """(wanted_session uuid, wanted_chain uuid, wait text) RETURNS TABLE (
    login_id uuid, email text, login_name text, language text, theme text, shortcuts boolean, may_open_chains boolean,
    staff_id uuid, role text, rights_added text[], rights_removed text[], location_ids uuid[], adjust_limit text,
    set_up_hidden boolean, chain_id uuid, chain_name text, country text, currency text, time_zone text,
    chain_language text, accent text, trade text, is_sample boolean, chain_version int, location_count int,
    chains jsonb, locations jsonb
) LANGUAGE plpgsql AS $$
-- Everything a page needs to know about who looks at it, and the policies opened for them, in one round trip.
-- A login without a place in any chain gets a row whose chain_id is NULL; an ended session gets none.
#variable_conflict use_column
DECLARE
    place record;
BEGIN
    SELECT l.id, l.email, l.name, l.language, l.theme, l.shortcuts, l.may_open_chains
    INTO door_page.login_id, door_page.email, door_page.login_name, door_page.language, door_page.theme,
        door_page.shortcuts, door_page.may_open_chains
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
    PERFORM set_config('regulars.chain', place.chain_id::text, true);
    RETURN NEXT;
END $$"""


def keep_set_up_tokens(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """The app role reads tokens of the set-up only by their hash and never deletes one."""
    role = editor.quote_name(app_role())
    editor.execute(f"REVOKE ALL ON set_up_tokens FROM {role}")
    editor.execute(f"GRANT SELECT, INSERT, UPDATE ON set_up_tokens TO {role}")


class Migration(migrations.Migration):
    """Make the tables and the doors."""

    dependencies = [("staff", "0002_protection"), ("chains", "0003_trade")]
    operations = [
        migrations.AddField("login", "may_open_chains", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("staff", "set_up_hidden", models.BooleanField(default=False, db_default=False)),
        migrations.CreateModel(
            name="SetUpToken",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "set_up_tokens"},
        ),
        migrations.CreateModel(
            name="LoginSession",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("address", models.TextField(blank=True, default="")),
                ("device", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField(db_default=Now())),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("login", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={"db_table": "login_sessions"},
        ),
        migrations.RunSQL(OWN_SESSIONS, "DROP POLICY own ON login_sessions"),
        migrations.RunPython(keep_set_up_tokens, migrations.RunPython.noop),
        door("door_page", PAGE),
        door(
            "door_chains_exist",
            "() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM chains) $$",
        ),
    ]
