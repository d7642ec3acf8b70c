"""Reads of programs and balance types; values, scoped to the chain of the running unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.chains.queries import get_chain
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.programs.models import BalanceType, Program
from regulars.programs.rules.expiry import NEVER, ExpiryPolicy, read_expiry
from regulars.programs.rules.lots import lot_times
from regulars.programs.rules.refunds import DEFAULT_REFUNDS, RefundRules, read_refunds


@dataclass(frozen=True, slots=True)
class BalanceTypeView:
    """A balance type; `initial_balance` in its smallest unit."""

    id: UUID
    program_id: UUID
    external_id: str
    name: str
    kind: str
    decimals: int
    initial_balance: int
    activation_delay_days: int
    rounding: str
    money_per_unit: Decimal | None
    units_per_money: Decimal | None
    expiry: ExpiryPolicy = NEVER
    notice_days: int | None = None
    version: int = 1
    lapse_counts_from: datetime | None = None
    """Of a policy over whole balances: nobody's time counts from earlier."""


@dataclass(frozen=True, slots=True)
class ProgramView:
    """A program with its balance types in their order."""

    id: UUID
    external_id: str
    name: str
    description: str
    state: str
    version: int
    balance_types: tuple[BalanceTypeView, ...]
    refunds: RefundRules = DEFAULT_REFUNDS
    earn_when: str = "paid"
    earns_on_points: bool = False

    def find_balance_type(self, name: str) -> BalanceTypeView | None:
        """The balance type with this id or external id."""
        identifier = decode("bal", name)
        for balance_type in self.balance_types:
            if balance_type.id == identifier or balance_type.external_id == name.removeprefix("ext:"):
                return balance_type
        return None


def view_balance_type(row: BalanceType) -> BalanceTypeView:
    """The value of a row."""
    return BalanceTypeView(
        id=row.id,
        program_id=row.program_id,
        external_id=row.external_id,
        name=row.name,
        kind=row.kind,
        decimals=row.decimals,
        initial_balance=row.initial_balance,
        activation_delay_days=row.activation_delay_days,
        rounding=row.rounding,
        money_per_unit=row.money_per_unit,
        units_per_money=row.units_per_money,
        expiry=read_expiry(row.expiry),
        notice_days=row.notice_days,
        version=row.version,
        lapse_counts_from=row.lapse_counts_from,
    )


def list_programs(actor: Actor) -> list[ProgramView]:
    """All programs of the chain, oldest first, in two queries."""
    actor.require("programs:read")
    by_program: dict[UUID, list[BalanceTypeView]] = {}
    for row in BalanceType.objects.filter(chain_id=actor.chain_id).order_by("position", "id"):
        by_program.setdefault(row.program_id, []).append(view_balance_type(row))
    return [
        _view(program, by_program.get(program.id, []))
        for program in Program.objects.filter(chain_id=actor.chain_id).exclude(state="undone").order_by("id")
    ]


def access_program(actor: Actor, identifier: str) -> ProgramView:
    """The program with this id (`prg_…` or `ext:…`). Refuses: NotFound, Forbidden."""
    actor.require("programs:read")
    found = find_program(actor.chain_id, identifier)
    if found is None or found.state == "undone":
        raise Refused(NotFound())
    return found


def find_program(chain_id: UUID, identifier: str | UUID) -> ProgramView | None:
    """The program with this id or external id, or None."""
    rows = Program.objects.filter(chain_id=chain_id)
    if isinstance(identifier, UUID):
        row = rows.filter(id=identifier).first()
    elif identifier.startswith("ext:"):
        row = rows.filter(external_id=identifier.removeprefix("ext:")).first()
    else:
        decoded = decode("prg", identifier)
        row = rows.filter(id=decoded).first() if decoded else None
    return _view(row, list_balance_types(chain_id, row.id)) if row else None


def access_balance_type(actor: Actor, identifier: str) -> BalanceTypeView:
    """The balance type with this id (`bal_…` or `ext:…`). Refuses: NotFound, Forbidden."""
    actor.require("programs:read")
    rows = BalanceType.objects.filter(chain_id=actor.chain_id)
    if identifier.startswith("ext:"):
        row = rows.filter(external_id=identifier.removeprefix("ext:")).first()
    else:
        decoded = decode("bal", identifier)
        row = rows.filter(id=decoded).first() if decoded else None
    if row is None:
        raise Refused(NotFound())
    return view_balance_type(row)


def list_balance_types(chain_id: UUID, program_id: UUID) -> list[BalanceTypeView]:
    """The balance types of one program, in their order."""
    rows = BalanceType.objects.filter(chain_id=chain_id, program_id=program_id).order_by("position", "id")
    return [view_balance_type(row) for row in rows]


def new_lot_times(
    chain_id: UUID, balance_type_ids: Iterable[UUID], *, now: datetime
) -> dict[UUID, tuple[datetime, datetime | None]]:
    """From when to when units of these balance types can be spent that come in now, by balance type."""
    zone = ZoneInfo(get_chain(chain_id).time_zone)
    found = BalanceType.objects.filter(chain_id=chain_id, id__in=list(balance_type_ids))
    return {row.id: lot_times(view_balance_type(row), now, zone) for row in found}


def _view(row: Program, balance_types: list[BalanceTypeView]) -> ProgramView:
    return ProgramView(
        id=row.id,
        external_id=row.external_id,
        name=row.name,
        description=row.description,
        state=row.state,
        version=row.version,
        balance_types=tuple(balance_types),
        refunds=read_refunds(row.refunds),
        earn_when=row.earn_when,
        earns_on_points=row.earns_on_points,
    )


def lives_of_returned_lots(balance_types: Iterable[UUID]) -> dict[UUID, timedelta]:
    """How long units of each balance type live that return to a lot which has expired, as its program says."""
    found = BalanceType.objects.filter(id__in=set(balance_types)).values_list("id", "program__refunds")
    return {balance_type: read_refunds(refunds).returned_lot_life for balance_type, refunds in found}
