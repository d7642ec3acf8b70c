"""Who may do what in the database, apart from the names of the roles: the target's may be called otherwise."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection, sql

from regulars.project.backup.errors import Damaged

APP: Final = "app"
PUBLIC: Final = "public"
SCHEMAS: Final = ("public", "staging")
PRIVILEGES: Final = frozenset(
    {
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "TRIGGER",
        "MAINTAIN",
        "USAGE",
        "CREATE",
        "EXECUTE",
    }
)
KINDS: Final = {"r": "TABLE", "p": "TABLE", "v": "TABLE", "m": "TABLE", "S": "SEQUENCE"}
DEFAULT_KINDS: Final = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS"}

READ: Final = """
SELECT c.relkind::text, format('%%I.%%I', n.nspname, c.relname), a.grantee, a.privilege_type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND NOT (n.nspname = 'staging' AND c.relkind = 'r')
UNION ALL
SELECT 'function', p.oid::regprocedure::text, a.grantee, a.privilege_type
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
WHERE n.nspname = ANY(%(schemas)s) AND p.proowner = current_user::regrole
UNION ALL
SELECT 'schema', quote_ident(n.nspname), a.grantee, a.privilege_type
FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'staging'
UNION ALL
SELECT 'default ' || d.defaclobjtype::text, coalesce(quote_ident(n.nspname), ''), a.grantee, a.privilege_type
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
WHERE d.defaclrole = current_user::regrole
ORDER BY 1, 2, 3, 4
"""


def read_rights(owner: Connection[Any], *, app_role: str) -> list[list[str]]:
    """Every right of the app role and of everybody on objects of the owner: kind, object, who, right."""
    with owner.transaction():
        # So that names of functions come with their schema.
        owner.execute("SET LOCAL search_path = ''")
        found = owner.execute("SELECT oid FROM pg_roles WHERE rolname = %s", [app_role]).fetchone()
        rows = owner.execute(READ, {"schemas": list(SCHEMAS)}).fetchall()
        owner.execute("RESET search_path")
    who = {found[0] if found else -1: APP, 0: PUBLIC}
    return [[kind, name, who[grantee], privilege] for kind, name, grantee, privilege in rows if grantee in who]


def rights_script(rights: list[list[str]], *, app_role: str) -> str:
    """Statements, to be run as owner, that give exactly these rights and take all others. Raises Damaged."""
    role = sql.Identifier(app_role).as_string()
    who = {APP: role, PUBLIC: "PUBLIC"}
    lines = []
    for schema in SCHEMAS:
        lines += [f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role};"]
        lines += [f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role};"]
    for name in sorted({name for kind, name, _, _ in rights if kind == "function"}):
        lines.append(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC, {role};")
    for kind, name, grantee, privilege in rights:
        if privilege not in PRIVILEGES or grantee not in who:
            raise Damaged("its list of rights cannot be read")
        if kind.startswith("default "):
            place = f" IN SCHEMA {name}" if name else ""
            objects = DEFAULT_KINDS[kind.removeprefix("default ")]
            lines.append(f"ALTER DEFAULT PRIVILEGES{place} GRANT {privilege} ON {objects} TO {who[grantee]};")
        else:
            noun = {"function": "FUNCTION", "schema": "SCHEMA"}.get(kind) or KINDS[kind]
            lines.append(f"GRANT {privilege} ON {noun} {name} TO {who[grantee]};")
    return "\n".join(lines) + "\n"
