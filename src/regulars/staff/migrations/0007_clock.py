"""The doors of pages and of API keys tell how far ahead the chain's clock is, in the round trip that they cost anyhow (ADR 16)."""

from importlib import import_module

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, door

PAGE = """(wanted_session uuid, wanted_chain uuid, wait text) RETURNS TABLE (
    login_id uuid, email text, login_name text, language text, theme text, shortcuts boolean, may_open_chains boolean,
    staff_id uuid, role text, rights_added text[], rights_removed text[], location_ids uuid[], adjust_limit text,
    set_up_hidden boolean, density text, unread int, chain_id uuid, chain_name text, country text, currency text, time_zone text,
    chain_language text, accent text, trade text, is_sample boolean, chain_version int, location_count int,
    chains jsonb, locations jsonb, is_test boolean, clock_ahead interval
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
        c.version, c.is_test, c.clock_ahead
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
    chain_version := place.version; is_test := place.is_test; clock_ahead := place.clock_ahead;

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

KEY = """(wanted bytea) RETURNS TABLE (
    chain_id uuid, staff_id uuid, login_id uuid, key_id uuid, role text, rights_added text[], rights_removed text[],
    location_ids uuid[], scopes text[], language text, clock_ahead interval
) LANGUAGE plpgsql AS $$
-- Opens the chain for the running transaction: one round trip for the key and the policies (DESIGN section 4).
BEGIN
    SELECT k.chain_id, k.staff_id, s.login_id, k.id, s.role, s.rights_added, s.rights_removed, s.location_ids, k.scopes,
        l.language, c.clock_ahead
    INTO door_api_key.chain_id, door_api_key.staff_id, door_api_key.login_id, door_api_key.key_id, door_api_key.role,
        door_api_key.rights_added, door_api_key.rights_removed, door_api_key.location_ids, door_api_key.scopes,
        door_api_key.language, door_api_key.clock_ahead
    FROM api_keys k JOIN staff s ON s.id = k.staff_id JOIN logins l ON l.id = s.login_id
        JOIN chains c ON c.id = k.chain_id
    WHERE k.key_hash = wanted AND k.revoked_at IS NULL AND s.disabled_at IS NULL AND l.is_active;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE api_keys k SET last_used_at = now()
    WHERE k.id = (SELECT i.id FROM api_keys i WHERE i.id = door_api_key.key_id
        AND (i.last_used_at IS NULL OR i.last_used_at < now() - interval '1 minute') FOR UPDATE SKIP LOCKED);
    PERFORM set_config('regulars.chain', door_api_key.chain_id::text, true);
    RETURN NEXT;
END $$"""

# What a function returns can only be changed by making it anew.
_page_before = door("door_page", import_module("regulars.staff.migrations.0006_notifications").PAGE)
_key_before = door("door_api_key", import_module("regulars.staff.migrations.0002_protection").KEY)
assert _page_before.reverse_code is not None
assert _key_before.reverse_code is not None


class Migration(migrations.Migration):
    """Make both doors anew."""

    dependencies = [("staff", "0006_notifications"), ("chains", "0004_clock")]
    operations = [
        EditorOnly(_page_before.reverse_code, _page_before.code),
        door("door_page", PAGE),
        EditorOnly(_key_before.reverse_code, _key_before.code),
        door("door_api_key", KEY),
    ]
