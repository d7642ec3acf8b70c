"""A scanner read what is no card: the code space is asked once, for whatever has codes (API.md, /cards/scan)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.codes.actions.lookup import find_code_owner, refuse_guessers
from regulars.codes.errors import UnknownCode
from regulars.codes.queries.space import find_owner
from regulars.codes.rules.space import CodeOwner, could_be_generated, may_be_code
from regulars.kernel.codes import RANDOM_LETTERS_MIN, code_key
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.api.scanning import Scanner
from regulars.platform.database import unit_of_work

Show = Callable[[Actor, UUID, datetime], dict[str, Any] | None]
"""A feature's part: its thing with this id, under its name (`{"voucher": …}`), inside a unit of work; None where there is none."""


def scanner_of(kinds: Mapping[str, Show]) -> Scanner:
    """A scanner that finds things of these kinds by their code, for those who may see them. It refuses: TooManyAttempts.

    Only what could be a code is counted as a wrong one: tills scan numbers of cards, receipts and goods all day.
    """

    def scan(actor: Actor, payload: str, now: datetime) -> dict[str, Any] | None:
        if not actor.may("rewards:read"):
            return None
        owner = _owner_of(actor, payload, now=now)
        if owner is None or owner.owner_id is None or owner.kind not in kinds:
            return None
        with unit_of_work(actor.chain_id):
            return kinds[owner.kind](actor, owner.owner_id, now)

    return scan


def _owner_of(actor: Actor, payload: str, *, now: datetime) -> CodeOwner | None:
    if could_be_generated(payload):
        try:
            return find_code_owner(actor, payload, now=now)
        except Refused as refused:
            if not isinstance(refused.refusal, UnknownCode):
                raise
            return None
    if not may_be_code(payload) or len(code_key(payload)) < RANDOM_LETTERS_MIN:
        return None
    # A long number may have been chosen as a code; most are of cards of another business, or of goods.
    refuse_guessers(actor, now=now)
    with unit_of_work(actor.chain_id):
        return find_owner(actor.chain_id, payload)
