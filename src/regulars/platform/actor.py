"""Who acts: one frozen value that every action and query takes first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast
from uuid import UUID

from regulars.kernel.refusal import Forbidden, Refused

Role = Literal["owner", "manager", "marketer", "cashier", "analyst"]
Through = Literal["page", "api", "import", "command", "scenario", "public"]

NOUNS: Final = (
    "customers",
    "programs",
    "cards",
    "balances",
    "orders",
    "promotions",
    "rewards",
    "imports",
    "exports",
    "reports",
    "settings",
)
ALL_RIGHTS: Final = frozenset(
    {f"{noun}:{verb}" for noun in NOUNS for verb in ("read", "write")} | {"cards:delete", "staff:write", "keys:write"}
)
_READ: Final = frozenset(f"{noun}:read" for noun in NOUNS)

RIGHTS_OF_ROLE: Final[dict[Role, frozenset[str]]] = {
    "owner": ALL_RIGHTS,
    "manager": ALL_RIGHTS - {"keys:write"},
    "marketer": (_READ | {"customers:write", "cards:write", "promotions:write", "exports:write", "imports:write"}),
    "cashier": frozenset(
        {"customers:read", "customers:write", "programs:read", "cards:read", "cards:write", "balances:read"}
        | {"balances:write", "orders:read", "orders:write", "rewards:read", "rewards:write"}
    ),
    "analyst": _READ - {"settings:read"},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff login, an API key or the system, inside one chain, with the rights it has there.

    `location_ids` is None for staff of the whole chain, else the locations that the login is limited to.
    """

    chain_id: UUID
    rights: frozenset[str]
    through: Through
    staff_id: UUID | None = None
    login_id: UUID | None = None
    key_id: UUID | None = None
    location_ids: frozenset[UUID] | None = None
    address: str = ""
    request_id: str = ""
    language: str = "en"

    def may(self, right: str) -> bool:
        """Whether this actor has the right."""
        return right in self.rights

    def acting_with(self, right: str) -> "Actor":
        """The same actor with one right more: for what a right to something else brings with it."""
        return self if self.may(right) else replace(self, rights=self.rights | {right})

    def require(self, right: str) -> None:
        """Refuse with Forbidden where the right is missing."""
        if not self.may(right):
            raise Refused(Forbidden(needs=right))


def rights_of(role: str, added: Iterable[str] | None, removed: Iterable[str] | None) -> frozenset[str]:
    """The rights of a role with what was given and taken apart from it; an unknown role has none of its own."""
    known = cast("dict[str, frozenset[str]]", RIGHTS_OF_ROLE).get(role, frozenset())
    return frozenset((known | set(added or ())) - set(removed or ()))


def system_actor(chain_id: UUID, *, through: Through = "command") -> Actor:
    """The installation itself, acting in one chain with every right: commands, the demo, background work."""
    return Actor(chain_id=chain_id, rights=ALL_RIGHTS, through=through)
