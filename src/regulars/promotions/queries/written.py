"""A promotion as it is written, read as the engine has it: what is tried, told and compared."""

from dataclasses import dataclass, replace
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.actor import Actor
from regulars.programs.errors import ProgramNotActive
from regulars.programs.queries import find_program
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import access_promotion, definition_part
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import Definition


@dataclass(frozen=True, slots=True)
class WrittenPromotion:
    """A draft where there is one, else what is published; `number` is the version that it would be."""

    id: UUID
    number: int
    name: str
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    definition: Definition


def written_promotion(actor: Actor, identifier: str) -> WrittenPromotion:
    """The promotion as it is written; needs a unit of work.

    Refuses: Forbidden, NotFound, Invalid (what it names is gone), ProgramNotActive.
    """
    found = access_promotion(actor, identifier)
    program = find_program(actor.chain_id, found.program_id)
    assert program is not None
    if program.state != "active":
        raise Refused(ProgramNotActive(program=program.name, state=program.state))
    definition = read_definition(definition_part(found.content), current_names(actor.chain_id))
    if not isinstance(definition, Definition):
        raise Refused(Invalid(errors=definition))
    card_types = found.content.get("card_types")
    return WrittenPromotion(
        id=found.id,
        number=found.published + 1 if found.has_draft else found.published,
        name=found.name,
        program_id=found.program_id,
        card_type_ids=None if card_types is None else frozenset(_ids(card_types)),
        definition=definition,
    )


def current_names(chain_id: UUID) -> ChainNames:
    """What definitions of this chain may name; ids of what is gone are taken, as in what was published."""
    return replace(names_of(chain_id, get_chain(chain_id).currency_decimals), is_trusting=True)


def _ids(card_types: list[str]) -> list[UUID]:
    return [found for found in (decode("ctp", one) for one in card_types) if found is not None]
