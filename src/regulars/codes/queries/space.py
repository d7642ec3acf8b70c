"""Finding what a code belongs to."""

from uuid import UUID

from regulars.codes.rules.space import CodeOwner, may_be_code
from regulars.kernel.codes import code_key
from regulars.platform.database import row


def find_owner(chain_id: UUID, text: str) -> CodeOwner | None:
    """What a code of the chain belongs to, however it was typed. Who may ask, and how often, is for the caller."""
    if not may_be_code(text):
        return None
    found = row("SELECT kind, owner_id FROM code_keys WHERE chain_id = %s AND key = %s", [chain_id, code_key(text)])
    return CodeOwner(*found) if found else None
