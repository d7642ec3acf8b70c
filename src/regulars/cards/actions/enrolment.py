"""A program begins: all present customers get a card, or none (PRG-7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.cards.actions.bulk import BulkIssueCommand, Defer, start_bulk_issue
from regulars.cards.queries.bulk import BulkCount, BulkIssueView, count_bulk_issue
from regulars.cards.queries.types import CardTypeView, access_card_type, list_card_types
from regulars.chains.queries import get_chain
from regulars.customers.queries import CustomerFilter
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import edge_unit_of_work
from regulars.programs.actions import change_program
from regulars.programs.queries import ProgramView, access_program


@dataclass(frozen=True, slots=True)
class Activation:
    """A program that is active now, and the bulk issue that enrols its customers (None: nobody was enrolled)."""

    program: ProgramView
    bulk_issue: BulkIssueView | None


def activate_program(
    actor: Actor,
    program: str,
    *,
    enrols: bool,
    card_type: str = "",
    now: datetime,
    defer: Defer,
    version: int | None = None,
) -> Activation:
    """Make a program active and, where `enrols`, issue a card of it to every present customer in the background.

    Who holds the type gets none; what a card begins with is given once to each person, ever. Both happen or neither.
    Refuses: Forbidden, NotFound, Invalid, StateChangeRefused, ChangedMeanwhile, CardTypeArchived.
    """
    with edge_unit_of_work(actor.chain_id):
        changed = change_program(actor, program, state="active", now=now, version=version)
        if not enrols:
            return Activation(changed, None)
        chosen = choose_type(actor, changed, card_type)
        command = BulkIssueCommand(card_type=encode("ctp", chosen.id))
        return Activation(changed, start_bulk_issue(actor, command, now=now, defer=defer))


def count_enrolment(actor: Actor, program: str, card_type: str = "") -> tuple[CardTypeView, BulkCount]:
    """Which cards all present customers would get, and how many of them. Refuses: Forbidden, NotFound, Invalid."""
    actor.require("customers:read")
    chosen = choose_type(actor, access_program(actor, program), card_type)
    country = get_chain(actor.chain_id).country
    return chosen, count_bulk_issue(actor, chosen.id, wanted=CustomerFilter(), customer_ids=None, country=country)


def choose_type(actor: Actor, program: ProgramView, card_type: str) -> CardTypeView:
    """The card type that is meant: the one named, else the only one of the program. Refuses: NotFound, Invalid."""
    if card_type:
        named = access_card_type(actor, card_type)
        if named.program.id != program.id:
            raise _refused("not_of_program", "This card type belongs to another program.")
        return named
    types = types_of(actor, program.id)
    if len(types) != 1:
        raise _refused("required", "Say which card type the customers get.")
    return types[0]


def types_of(actor: Actor, program_id: UUID) -> list[CardTypeView]:
    """The card types of a program that cards are issued of."""
    return [one for one in list_card_types(actor) if one.program.id == program_id and one.state == "active"]


def _refused(code: str, detail: str) -> Refused:
    return Refused(Invalid(errors=(FieldProblem("/card_type", code, detail),)))
