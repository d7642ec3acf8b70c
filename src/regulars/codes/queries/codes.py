"""Reads of the codes of pools: one, a list, and what became of one."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct, structs

from regulars.kernel.codes import code_end
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows

LIST_MAX: Final = 200
_COLUMNS: Final = """
c.id, c.pool_id, p.external_id, p.name, p.kind, c.text, c.state, c.uses, c.customer_id, k.name, c.attached_at,
c.activated_at, c.used_at, p.valid_from, least(c.expires_at, p.valid_until), c.ended_at, c.batch_id
"""
_FROM: Final = """
FROM codes c JOIN code_pools p ON p.id = c.pool_id AND p.chain_id = c.chain_id
LEFT JOIN customers k ON k.id = c.customer_id AND k.chain_id = c.chain_id
"""
_USES: Final = """
SELECT u.order_id, u.holder_id, u.at, u.given_back_at FROM code_uses u
WHERE u.chain_id = %(chain)s AND u.code_id = %(code)s ORDER BY u.id DESC LIMIT %(limit)s
"""


class CodeView(Struct, frozen=True):
    """A code of a pool, with whose it is. Its text is hidden from whoever may only look."""

    id: UUID
    pool_id: UUID
    pool_external_id: str
    pool_name: str
    kind: str
    text: str
    state: str
    uses: int
    customer_id: UUID | None
    customer_name: str | None
    attached_at: datetime | None
    activated_at: datetime | None
    used_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    ended_at: datetime | None
    batch_id: UUID | None

    @property
    def public_id(self) -> str:
        """The id in addresses; never the code itself."""
        return encode("cod", self.id)


class CodeFilter(Struct, frozen=True, kw_only=True):
    """Which codes; everything given must hold."""

    pool_id: UUID | None = None
    state: str = ""
    customer_id: UUID | None = None
    batch_id: UUID | None = None


class CodeUseLine(Struct, frozen=True):
    """An order that used a code, and whether it gave it back."""

    order_id: UUID
    holder_id: UUID | None
    at: datetime
    given_back_at: datetime | None


def access_code(actor: Actor, identifier: str) -> CodeView:
    """The code with this id (`cod_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    code_id = decode("cod", identifier)
    found = find_codes(actor, [code_id]) if code_id else []
    if not found:
        raise Refused(NotFound())
    return found[0]


def find_codes(actor: Actor, ids: list[UUID]) -> list[CodeView]:
    """The codes of the chain with these ids."""
    found = rows(
        f"SELECT {_COLUMNS} {_FROM} WHERE c.chain_id = %(chain)s AND c.id = ANY(%(ids)s::uuid[]) ORDER BY c.id",
        {"chain": actor.chain_id, "ids": ids},
    )
    return [_view(actor, values) for values in found]


def list_codes(actor: Actor, wanted: CodeFilter, *, after: UUID | None = None, limit: int = LIST_MAX) -> list[CodeView]:
    """Codes of a pool or a customer, newest first. Refuses: Forbidden."""
    actor.require("rewards:read")
    conditions = ["c.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": actor.chain_id, "limit": limit}
    for name, column in (("pool_id", "c.pool_id"), ("customer_id", "c.customer_id"), ("batch_id", "c.batch_id")):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"{column} = %({name})s")
            parameters[name] = value
    if wanted.state:
        conditions.append("c.state = %(state)s")
        parameters["state"] = wanted.state
    if after is not None:
        conditions.append("c.id < %(after)s")
        parameters["after"] = after
    found = rows(
        f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(conditions)} ORDER BY c.id DESC LIMIT %(limit)s", parameters
    )
    return [_view(actor, values) for values in found]


def list_uses(actor: Actor, code_id: UUID, *, limit: int = 50) -> list[CodeUseLine]:
    """Which orders used a code, newest first. Refuses: Forbidden."""
    actor.require("rewards:read")
    found = rows(_USES, {"chain": actor.chain_id, "code": code_id, "limit": limit})
    return [CodeUseLine(*values) for values in found]


def may_see_codes(actor: Actor) -> bool:
    """Whether codes are shown whole: to whoever makes them or hands them out. A code is as good as what it opens."""
    return actor.may("promotions:write") or actor.may("rewards:write")


def hidden(text: str) -> str:
    """A code as it is shown to whoever may only look: its end, to tell it from others."""
    return f"…{code_end(text)}"


def _view(actor: Actor, values: tuple[Any, ...]) -> CodeView:
    view = CodeView(*values)
    if may_see_codes(actor):
        return view
    return structs.replace(view, text=hidden(view.text))
