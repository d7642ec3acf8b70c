"""A promotion as it is written, read as the engine has it: what is tried, told and compared."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows
from regulars.programs.errors import ProgramNotActive
from regulars.programs.queries import find_program
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import access_promotion, definition_part
from regulars.promotions.queries.running import meanings_of
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.segments import OrderSegment
from regulars.promotions.rules.definition import read_definition, read_segment
from regulars.promotions.rules.definition.values import Definition, SegmentDefinition
from regulars.promotions.rules.promotion import Promotion


@dataclass(frozen=True, slots=True)
class WrittenPromotion:
    """A draft where there is one, else what is published; `number` is the version that it would be."""

    id: UUID
    number: int
    name: str
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    definition: Definition
    rule: Promotion


def written_promotion(actor: Actor, identifier: str) -> WrittenPromotion:
    """The promotion as it is written; needs a unit of work.

    Refuses: Forbidden, NotFound, Invalid (what it names is gone), ProgramNotActive.
    """
    found = access_promotion(actor, identifier)
    program = find_program(actor.chain_id, found.program_id)
    assert program is not None
    if program.state != "active":
        raise Refused(ProgramNotActive(program=program.name, state=program.state))
    names = current_names(actor.chain_id)
    definition = read_definition(definition_part(found.content), names)
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
        rule=definition.rule(str(found.id), segment_meanings(actor.chain_id, names)),
    )


def current_names(chain_id: UUID) -> ChainNames:
    """What definitions of this chain may name; ids of what is gone are taken, as in what was published."""
    return replace(names_of(chain_id, get_chain(chain_id).currency_decimals), is_trusting=True)


def segment_meanings(chain_id: UUID, names: ChainNames) -> dict[str, OrderSegment]:
    """What the order segments of a chain mean now, by the names of the engine."""
    found = rows("SELECT id, name, conditions FROM order_segments WHERE chain_id = %s", [chain_id])
    return meanings_of([(str(one[0]), one[1], from_json(one[2])) for one in found], names)


def segment_conditions(chain_id: UUID, conditions: list[Any]) -> tuple[Condition, ...]:
    """The conditions of a segment as the engine has them. Refuses: Invalid (what they name is gone)."""
    read = read_segment(conditions, current_names(chain_id))
    if not isinstance(read, SegmentDefinition):
        raise Refused(Invalid(errors=read))
    return read.conditions


def _ids(card_types: list[str]) -> list[UUID]:
    return [found for found in (decode("ctp", one) for one in card_types) if found is not None]
