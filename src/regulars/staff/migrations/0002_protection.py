"""Policies on staff, and the doors of sign-in, invitations and API keys."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, chain_policy, door

LOGIN_POLICY = f"""
ALTER TABLE logins ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON logins USING (
    id = (SELECT nullif(current_setting('regulars.login', true), '')::uuid)
    OR EXISTS (SELECT FROM staff WHERE staff.login_id = logins.id AND staff.chain_id = {CURRENT_CHAIN})
) WITH CHECK (true);
"""

KEY = """(wanted bytea) RETURNS TABLE (
    chain_id uuid, staff_id uuid, login_id uuid, key_id uuid, role text, rights_added text[], rights_removed text[],
    location_ids uuid[], scopes text[], language text
) LANGUAGE plpgsql AS $$
-- Opens the chain for the running transaction: one round trip for the key and the policies (DESIGN section 4).
BEGIN
    SELECT k.chain_id, k.staff_id, s.login_id, k.id, s.role, s.rights_added, s.rights_removed, s.location_ids, k.scopes,
        l.language
    INTO door_api_key.chain_id, door_api_key.staff_id, door_api_key.login_id, door_api_key.key_id, door_api_key.role,
        door_api_key.rights_added, door_api_key.rights_removed, door_api_key.location_ids, door_api_key.scopes,
        door_api_key.language
    FROM api_keys k JOIN staff s ON s.id = k.staff_id JOIN logins l ON l.id = s.login_id
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


class Migration(migrations.Migration):
    """Put staff under the policies."""

    dependencies = [("staff", "0001_initial"), ("platform", "0001_functions"), ("chains", "0002_protection")]
    operations = [
        chain_policy("staff"),
        chain_policy("invitations"),
        chain_policy("api_keys"),
        migrations.RunSQL(LOGIN_POLICY, "DROP POLICY own ON logins; ALTER TABLE logins DISABLE ROW LEVEL SECURITY"),
        door("door_api_key", KEY),
        door(
            "door_login",
            """(wanted text) RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT id FROM logins WHERE email = wanted $$""",
        ),
        door(
            "door_staff_of_login",
            """(wanted uuid) RETURNS TABLE (chain_id uuid, staff_id uuid) LANGUAGE sql STABLE AS $$
            SELECT s.chain_id, s.id FROM staff s JOIN chains c ON c.id = s.chain_id
            WHERE s.login_id = wanted AND s.disabled_at IS NULL ORDER BY c.is_sample, s.created_at, s.id $$""",
        ),
        door(
            "door_invitation",
            """(wanted bytea) RETURNS TABLE (chain_id uuid, id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id, id FROM invitations WHERE token_hash = wanted $$""",
        ),
        door(
            "door_has_logins",
            "() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM logins) $$",
        ),
    ]
