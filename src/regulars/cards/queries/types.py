"""Reads of card types."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.cards.models import CardType
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import kept_rows, row, rows
from regulars.programs.queries import BalanceTypeView, ProgramView, find_program, list_programs


@dataclass(frozen=True, slots=True)
class CardTypeView:
    """A card type with its program."""

    id: UUID
    external_id: str
    name: str
    state: str
    version: int
    program: ProgramView
    number_format: str
    goal: int | None
    several_per_customer: bool
    location_ids: tuple[UUID, ...] | None
    automatic_issue: str
    issue_location_ids: tuple[UUID, ...]
    take_over_days: int
    valid_days: int | None
    shown_balance_id: UUID | None
    spend_limits: dict[str, Any]
    background: str
    foreground: str
    icon: str
    created_at: datetime

    @property
    def balance_types(self) -> tuple[BalanceTypeView, ...]:
        """The balances that its cards have."""
        return self.program.balance_types

    @property
    def shown_balance(self) -> str | None:
        """The external id of the balance that was chosen to stand for a card."""
        return next((one.external_id for one in self.balance_types if one.id == self.shown_balance_id), None)


def list_card_types(actor: Actor, *, with_archived: bool = True) -> list[CardTypeView]:
    """All card types of the chain, oldest first, in three queries."""
    actor.require("cards:read")
    programs = {program.id: program for program in list_programs(actor)}
    found = CardType.objects.filter(chain_id=actor.chain_id).exclude(state="undone").order_by("id")
    if not with_archived:
        found = found.filter(state="active")
    return [_view(one, programs[one.program_id]) for one in found]


def access_card_type(actor: Actor, identifier: str) -> CardTypeView:
    """The card type with this id (`ctp_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    found = find_card_type(actor.chain_id, identifier)
    if found is None or found.state == "undone":
        raise Refused(NotFound())
    return found


def find_card_type(chain_id: UUID, identifier: str | UUID) -> CardTypeView | None:
    """The card type with this id or external id, or None."""
    rows = CardType.objects.filter(chain_id=chain_id)
    if isinstance(identifier, UUID):
        one = rows.filter(id=identifier).first()
    elif identifier.startswith("ext:"):
        one = rows.filter(external_id=identifier.removeprefix("ext:")).first()
    else:
        decoded = decode("ctp", identifier)
        one = rows.filter(id=decoded).first() if decoded else None
    if one is None:
        return None
    program = find_program(chain_id, one.program_id)
    assert program is not None
    return _view(one, program)


def has_cards(chain_id: UUID, card_type_id: UUID) -> bool:
    """Whether any card of this type was ever issued."""
    return (
        row("SELECT 1 FROM cards WHERE chain_id = %s AND card_type_id = %s LIMIT 1", [chain_id, card_type_id])
        is not None
    )


def _view(one: CardType, program: ProgramView) -> CardTypeView:
    return CardTypeView(
        id=one.id,
        external_id=one.external_id,
        name=one.name,
        state=one.state,
        version=one.version,
        program=program,
        number_format=one.number_format,
        goal=one.goal,
        several_per_customer=one.several_per_customer,
        location_ids=None if one.location_ids is None else tuple(one.location_ids),
        automatic_issue=one.automatic_issue,
        issue_location_ids=tuple(one.issue_location_ids),
        take_over_days=one.take_over_days,
        valid_days=one.valid_days,
        shown_balance_id=one.shown_balance_id,
        spend_limits=one.spend_limits,
        background=one.background,
        foreground=one.foreground,
        icon=one.icon,
        created_at=one.created_at,
    )


def count_cards_by_type(actor: Actor) -> dict[UUID, int]:
    """How many live cards each type has, in one query."""
    actor.require("cards:read")
    found = rows(
        "SELECT card_type_id, count(*) FROM cards WHERE chain_id = %s AND status NOT IN ('deleted', 'undone')"
        " GROUP BY card_type_id",
        [actor.chain_id],
    )
    return {values[0]: values[1] for values in found}


def list_types_valid_at(chain_id: UUID, location_id: UUID) -> list[UUID]:
    """The card types whose cards are valid at a location, everywhere or there (TYP-1)."""
    found = rows(
        "SELECT id FROM card_types WHERE chain_id = %s AND state <> 'undone'"
        " AND (location_ids IS NULL OR %s = ANY(location_ids)) ORDER BY id",
        [chain_id, location_id],
    )
    return [type_id for (type_id,) in found]


def list_types_of(chain_id: UUID, *, program_id: UUID | None = None) -> list[UUID]:
    """The card types of a program, or all of the chain, archived ones too: people have cards of them."""
    found = rows(
        "SELECT id FROM card_types WHERE chain_id = %(chain)s AND state <> 'undone'"
        " AND (%(program)s::uuid IS NULL OR program_id = %(program)s::uuid) ORDER BY id",
        {"chain": chain_id, "program": program_id},
    )
    return [type_id for (type_id,) in found]


def list_valid_points(chain_id: UUID, card_type_id: UUID) -> list[tuple[UUID, str, float, float]]:
    """The open locations where the cards of a type are valid that have a place on the earth, by name: id, name, latitude, longitude."""
    found = kept_rows(
        "SELECT l.id, l.name, l.latitude, l.longitude FROM card_types t"
        " JOIN locations l ON l.chain_id = t.chain_id AND (t.location_ids IS NULL OR l.id = ANY(t.location_ids))"
        " WHERE t.chain_id = %s AND t.id = %s AND l.archived_at IS NULL AND l.latitude IS NOT NULL ORDER BY l.name, l.id",
        [chain_id, card_type_id],
    )
    return [(place, name, latitude, longitude) for place, name, latitude, longitude in found]


def find_valid_places(chain_id: UUID, card_type_id: UUID) -> dict[UUID, str] | None:
    """Where the cards of a type are valid, by id and name; None for everywhere (TYP-1)."""
    found = rows(
        "SELECT l.id, l.name FROM card_types t LEFT JOIN locations l ON l.id = ANY(t.location_ids)"
        " WHERE t.chain_id = %s AND t.id = %s AND t.location_ids IS NOT NULL",
        [chain_id, card_type_id],
    )
    return {place_id: name for place_id, name in found if place_id} if found else None
