"""The application's database role must be bound by the policies; otherwise nothing starts (DESIGN section 6)."""

from regulars.platform.database import row, rows

_ROLE = """
SELECT current_user, rolsuper, rolbypassrls, rolcreaterole,
    EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace),
    EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
        WHERE m.member = r.oid AND (o.rolsuper OR o.rolbypassrls OR EXISTS (
            SELECT FROM pg_class c WHERE c.relowner = o.oid AND c.relnamespace = 'public'::regnamespace)))
FROM pg_roles r WHERE rolname = current_user
"""
_FORBIDDEN = """
SELECT DISTINCT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)
    AND (has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))
ORDER BY 1
"""
APPEND_ONLY = (
    "entries",
    "transactions",
    "events",
    "audit_entries",
    "lot_draws",
    "reversals",
    "seals",
    "voucher_events",
)


class RoleRefused(RuntimeError):
    """The application would connect as a role that could pass the policies; the text says how to mend it."""


def check_app_role(*, using: str = "default") -> None:
    """Raise RoleRefused unless the role of this connection owns nothing, passes no policy and rewrites no entry."""
    found = row(_ROLE, using=using)
    assert found, "every session has a role"
    name, superuser, bypass, creates_roles, owns, inherits = found
    faults = [
        ("is a superuser", superuser),
        ("has BYPASSRLS", bypass),
        ("may create roles", creates_roles),
        ("owns the tables", owns),
        ("is a member of a role that could pass the policies", inherits),
    ]
    said = [text for text, true in faults if true]
    if not said:
        rewritable = [line[0] for line in rows(_FORBIDDEN, [list(APPEND_ONLY)], using=using)]
        said = [f"may change or delete rows of {', '.join(rewritable)}"] if rewritable else []
    if said:
        raise RoleRefused(
            f"The database role {name!r} in DATABASE_URL {' and '.join(said)}, so it could read one business as another. Nothing was started. "
            "DATABASE_URL must name the role of the application, DATABASE_OWNER_URL the one that owns the tables; "
            "`./run database-setup` prints how to make both."
        )
