"""Writes of balance types (PRG-2, PRG-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.kernel.amount import AmountProblem, format_amount, parse_amount
from regulars.kernel.fields import check_choice, check_name, external_id_from
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.programs import rules
from regulars.programs.events import BALANCE_TYPE_CHANGED
from regulars.programs.models import BalanceType
from regulars.programs.queries import BalanceTypeView, access_balance_type, view_balance_type
from regulars.programs.rules import BalanceTypeDraft

NOT_FOR_DEPOSIT: Final = ("expiry", "activation_delay_days", "initial_balance", "money_per_unit", "units_per_money")
DELAY_DAYS_MAX: Final = 3650


def insert_balance_types(
    actor: Actor, program_id: UUID, drafts: Sequence[BalanceTypeDraft], *, currency_decimals: int, now: datetime
) -> None:
    """Add checked balance types to a program. A deposit counts money: the currency's decimals, value 1."""
    taken = set(BalanceType.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
    position = BalanceType.objects.filter(program_id=program_id).count()
    for draft in drafts:
        if draft.external_id and draft.external_id in taken:
            raise Refused(ExternalIdTaken(external_id=draft.external_id))
        external_id = draft.external_id or external_id_from(draft.name, frozenset(taken))
        taken.add(external_id)
        is_deposit = draft.kind == "deposit"
        decimals = currency_decimals if is_deposit else draft.decimals or 0
        BalanceType.objects.create(
            chain_id=actor.chain_id,
            program_id=program_id,
            external_id=external_id,
            name=one_line(draft.name),
            kind=draft.kind,
            decimals=decimals,
            initial_balance=0 if is_deposit else parse_amount(draft.initial_balance, decimals),
            activation_delay_days=0 if is_deposit else draft.activation_delay_days,
            rounding=draft.rounding,
            money_per_unit=1 if is_deposit else draft.money_per_unit,
            units_per_money=1 if is_deposit else draft.units_per_money,
            expiry={} if is_deposit else dict(draft.expiry),
            notice_days=draft.notice_days,
            position=position,
            created_at=now,
        )
        position += 1


@dataclass(frozen=True, slots=True)
class BalanceTypeChange:
    """The fields of a balance type to change, by name; those left out stay."""

    name: str | None = None
    rounding: str | None = None
    initial_balance: str | Decimal | int | None = None
    activation_delay_days: int | None = None
    expiry: Mapping[str, Any] | None = None
    others: Mapping[str, Any] | None = None
    """`money_per_unit`, `units_per_money` (Decimal or None) and `notice_days` (int or None), which may be set to None."""


def change_balance_type(
    actor: Actor, identifier: str, change: BalanceTypeChange, *, now: datetime, version: int | None = None
) -> BalanceTypeView:
    """Change a balance type; new units live by it from now on, those that are there keep what they were given.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile (where `version` is given and old).
    """
    with unit_of_work(actor.chain_id):
        return update_balance_type(actor, identifier, change, now=now, version=version)


def update_balance_type(
    actor: Actor, identifier: str, change: BalanceTypeChange, *, now: datetime, version: int | None = None
) -> BalanceTypeView:
    """Change a balance type inside the running unit of work. Refuses what change_balance_type refuses."""
    actor.require("programs:write")
    view = access_balance_type(actor, identifier)
    problems = _problems(change, view)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    found = BalanceType.objects.select_for_update(no_key=True).get(id=view.id)
    if version is not None and version != found.version:
        raise Refused(ChangedMeanwhile())
    before = _facts(found)
    _apply(found, change)
    after = _facts(found)
    if after != before:
        found.version += 1
        found.save()
        record(
            actor,
            verb="balance_type.changed",
            object_kind="balance_type",
            object_id=found.id,
            now=now,
            before=before,
            after=after,
        )
        told = {"program": encode("prg", found.program_id), "balance_type": encode("bal", found.id)}
        announce(actor.chain_id, BALANCE_TYPE_CHANGED, now=now, payload=told)
    return view_balance_type(found)


def _problems(change: BalanceTypeChange, view: BalanceTypeView) -> list[FieldProblem]:
    others = change.others or {}
    problems: list[FieldProblem] = []
    if change.name is not None:
        problems += check_name(change.name, "/name")
    if change.rounding is not None:
        problems += check_choice(change.rounding, rules.ROUNDINGS, "/rounding")
    if change.expiry is not None:
        problems += rules.check_expiry(change.expiry, "/expiry", kind=view.kind)
    problems += rules.check_lots({}, others.get("notice_days"), "", kind=view.kind)
    problems += rules.check_rates(others.get("money_per_unit"), others.get("units_per_money"), "")
    delay = change.activation_delay_days
    if delay is not None and not 0 <= delay <= DELAY_DAYS_MAX:
        problems.append(FieldProblem("/activation_delay_days", "out_of_range", "The delay is 0 to 3650 days."))
    if change.initial_balance is not None:
        try:
            if parse_amount(change.initial_balance, view.decimals) < 0:
                problems.append(FieldProblem("/initial_balance", "out_of_range", "It cannot be negative."))
        except AmountProblem as problem:
            problems.append(FieldProblem("/initial_balance", problem.code, "This is no amount of this balance."))
    if view.kind == "deposit":
        named = {name for name in NOT_FOR_DEPOSIT if getattr(change, name, None) or name in others}
        detail = "A deposit is prepaid money: it begins at zero, is worth what it says and never expires."
        problems += [FieldProblem(f"/{name}", "not_for_deposit", detail) for name in sorted(named)]
    return problems


def _apply(found: BalanceType, change: BalanceTypeChange) -> None:
    if change.name is not None:
        found.name = one_line(change.name)
    found.rounding = change.rounding or found.rounding
    if change.initial_balance is not None:
        found.initial_balance = parse_amount(change.initial_balance, found.decimals)
    if change.activation_delay_days is not None:
        found.activation_delay_days = change.activation_delay_days
    if change.expiry is not None:
        found.expiry = rules.present_expiry(rules.read_expiry(dict(change.expiry)))
    for name, value in (change.others or {}).items():
        assert name in ("money_per_unit", "units_per_money", "notice_days")
        setattr(found, name, value)


def _facts(found: BalanceType) -> dict[str, Any]:
    return {
        "id": encode("bal", found.id),
        "name": found.name,
        "rounding": found.rounding,
        "initial_balance": format_amount(found.initial_balance, found.decimals),
        "activation_delay_days": found.activation_delay_days,
        "expiry": rules.present_expiry(rules.read_expiry(found.expiry)),
        "money_per_unit": _plain(found.money_per_unit),
        "units_per_money": _plain(found.units_per_money),
        "notice_days": found.notice_days,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
