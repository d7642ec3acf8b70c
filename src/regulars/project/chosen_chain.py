"""Which business a command is about."""

from __future__ import annotations

from uuid import UUID

from regulars.chains.queries import list_chain_ids, list_chain_names
from regulars.kernel.ids import decode


class NoSuchChain(RuntimeError):
    """The command does not say which business; the message names those that there are."""


def choose_chain(named: str | None) -> UUID:
    """The business with this id (`chn_…`) or name; without either the only one, the sample left aside. Raises NoSuchChain."""
    chains = list_chain_names(list_chain_ids())
    names = ", ".join(sorted(chain.name for chain in chains)) or "none"
    if named:
        wanted = decode("chn", named)
        found = [chain.id for chain in chains if chain.id == wanted or (wanted is None and chain.name == named)]
        if len(found) == 1:
            return found[0]
        detail = "Several businesses have" if found else "No business has"
        raise NoSuchChain(f"{detail} the name or id {named!r}. There are: {names}.")
    own = [chain.id for chain in chains if not chain.is_sample] or [chain.id for chain in chains]
    if len(own) == 1:
        return own[0]
    raise NoSuchChain(f"Say which business with --chain. There are: {names}.")
