"""The promotions that run in a chain, read and compiled once and kept in memory until their stamp changes (DESIGN section 4)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.kernel.ids import decode
from regulars.platform.database import from_json, rows
from regulars.programs.rules import Rounding
from regulars.promotions.queries.names import ChainNames, units_of
from regulars.promotions.rules.conditions.people import InTier
from regulars.promotions.rules.conditions.segments import OrderSegment
from regulars.promotions.rules.definition import read_definition, read_segment
from regulars.promotions.rules.definition.values import Definition, SegmentDefinition, Trigger
from regulars.promotions.rules.promotion import Compiled, Multiplier, Promotion, compile_promotions

logger = logging.getLogger("regulars.promotions")

CHAINS_MAX: Final = 1000
"""So many chains are kept in memory; beyond, all are read anew as they are asked."""

_STAMP: Final = "SELECT stamp FROM rules_stamps WHERE chain_id = %(chain)s"
# One statement, so that the stamp and what it stands for come from one snapshot.
_READ: Final = """
SELECT (SELECT stamp FROM rules_stamps WHERE chain_id = %(chain)s),
    (SELECT currency FROM chains WHERE id = %(chain)s),
    (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'external_id', b.external_id, 'name', b.name, 'kind', b.kind,
        'decimals', b.decimals, 'program', b.program_id, 'rounding', b.rounding, 'rate', b.money_per_unit::text,
        'is_running', g.state = 'active', 'expiry', b.expiry, 'activation_delay_days', b.activation_delay_days))
     FROM balance_types b JOIN programs g ON g.id = b.program_id WHERE b.chain_id = %(chain)s),
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'number', v.number, 'name', p.name, 'program', p.program_id,
        'card_types', to_jsonb(p.card_type_ids), 'content', v.content - 'card_types') ORDER BY p.program_id, p.position, p.id)
     FROM promotions p
     JOIN programs g ON g.id = p.program_id AND g.state = 'active'
     JOIN promotion_versions v ON v.promotion_id = p.id AND v.number = p.published
     WHERE p.chain_id = %(chain)s AND p.state = 'active'),
    (SELECT jsonb_agg(jsonb_build_object('kept', k.id, 'until', k.until, 'id', p.id, 'number', k.number, 'name', v.name,
        'program', p.program_id, 'card_types', v.content -> 'card_types', 'content', v.content - 'card_types',
        'limits', n.content -> 'limits') ORDER BY k.id)
     FROM (SELECT * FROM kept_versions WHERE chain_id = %(chain)s ORDER BY until DESC, id LIMIT 200) k
     JOIN promotions p ON p.id = k.promotion_id
     JOIN programs g ON g.id = p.program_id AND g.state = 'active'
     JOIN promotion_versions v ON v.promotion_id = p.id AND v.number = k.number
     JOIN promotion_versions n ON n.promotion_id = p.id AND n.number = p.published),
    (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'conditions', s.conditions))
     FROM order_segments s WHERE s.chain_id = %(chain)s),
    (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'program', g.program_id,
        'factor', t.multiplier::text) ORDER BY g.position, t.threshold, t.id)
     FROM tiers t
     JOIN tier_groups g ON g.id = t.group_id AND g.archived_at IS NULL
     JOIN programs o ON o.id = g.program_id AND o.state = 'active'
     WHERE t.chain_id = %(chain)s AND t.archived_at IS NULL AND t.multiplier <> 1),
    (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'program', g.program_id,
        'factor', t.kept_multiplier::text, 'until', t.multiplier_kept_until) ORDER BY t.id)
    FROM tiers t
    JOIN tier_groups g ON g.id = t.group_id AND g.archived_at IS NULL
    JOIN programs o ON o.id = g.program_id AND o.state = 'active'
    WHERE t.chain_id = %(chain)s AND t.archived_at IS NULL AND t.kept_multiplier IS NOT NULL)
"""


class Cursor(Protocol):
    """What runs a statement with named values: the hot cursor, or the running unit of work (`None` in its place)."""

    def rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        ...


@dataclass(frozen=True, slots=True)
class RunningPromotion:
    """An active promotion in its published version; `card_type_ids` None is all cards of its program."""

    id: UUID
    number: int
    name: str
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    rule: Promotion
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class RunningBalance:
    """A balance type of an active program, as far as orders ask.

    `lot_times` holds its `expiry` and its `activation_delay_days`.
    """

    id: UUID
    external_id: str
    name: str
    kind: str
    decimals: int
    program_id: UUID
    rounding: Rounding
    money_per_unit: Decimal | None
    lot_times: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptPromotion:
    """A version that those who were promised it keep until a moment (ORD-13); `id` is the decision, or the tier."""

    id: UUID
    until: datetime
    promotion: RunningPromotion


@dataclass(frozen=True, slots=True)
class Running:
    """All that orders of one chain are priced by, at one stamp.

    `promotions` and `compiled` are those that orders ask, what tiers multiply among them, under the id of the tier; `triggers` wait for other events (ORD-10).
    """

    stamp: int
    promotions: Mapping[str, RunningPromotion]
    compiled: Compiled
    balances: Mapping[UUID, RunningBalance]
    triggers: Mapping[str, RunningPromotion] = field(default_factory=dict)
    kept: tuple[KeptPromotion, ...] = ()
    """What some people keep, while it runs otherwise or no more; the decision made first stands first."""


_kept: Final[dict[UUID, Running]] = {}


def running_of(cursor: Cursor | None, chain_id: UUID, stamp: int | None = None) -> Running:
    """What runs in a chain. With the stamp that the caller has just read, a chain that has not changed costs no query.

    What is read anew carries the stamp of its own snapshot, which may be a later one. `cursor` None is the running
    unit of work.
    """
    kept = _kept.get(chain_id)
    if stamp is None and kept is not None:
        found = rows_of(cursor, _STAMP, {"chain": chain_id})
        stamp = found[0][0] if found else None
    if kept is not None and kept.stamp == stamp:
        return kept
    running = _read(cursor, chain_id)
    if len(_kept) >= CHAINS_MAX:
        _kept.clear()
    _kept[chain_id] = running
    return running


def rows_of(cursor: Cursor | None, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement, over the cursor or in the running unit of work."""
    return rows(statement, parameters) if cursor is None else cursor.rows(statement, parameters)


def _read(cursor: Cursor | None, chain_id: UUID) -> Running:
    (stamp, currency, balances, promotions, kept, segments, tiers, kept_tiers) = rows_of(
        cursor, _READ, {"chain": chain_id}
    )[0]
    decimals = get_currency_precision(currency) if currency else 2
    told = from_json(balances) or []
    names = _names(told, decimals)
    meanings = meanings_of([(one["id"], one["name"], one["conditions"]) for one in from_json(segments) or []], names)
    read = [_running(one, names, meanings) for one in from_json(promotions) or []]
    running = [one for one in read if one is not None]
    asked = {one.rule.id: one for one in running if one.trigger is None}
    asked |= {one.rule.id: one for tier in from_json(tiers) or [] if (one := _multiplying(tier, told)) is not None}
    return Running(
        stamp=stamp or 0,
        promotions=asked,
        compiled=compile_promotions(one.rule for one in asked.values()),
        balances={UUID(one["id"]): _balance(one) for one in told if one["is_running"]},
        triggers={one.rule.id: one for one in running if one.trigger is not None},
        kept=(
            *(found for one in from_json(kept) or [] if (found := _kept_version(one, names, meanings)) is not None),
            *(found for one in from_json(kept_tiers) or [] if (found := _kept_multiplier(one, told)) is not None),
        ),
    )


def _kept_multiplier(tier: dict[str, Any], balances: list[dict[str, Any]]) -> KeptPromotion | None:
    found = _multiplying(tier, balances)
    return KeptPromotion(found.id, datetime.fromisoformat(tier["until"]), found) if found else None


def _kept_version(one: dict[str, Any], names: ChainNames, segments: Mapping[str, OrderSegment]) -> KeptPromotion | None:
    """A version that some keep, under the limits that all orders share as they are now: they share them."""
    card_types = one["card_types"]
    known = {**one, "card_types": None if card_types is None else [str(decode("ctp", name)) for name in card_types]}
    promotion = _running(known, names, segments)
    if promotion is None or promotion.trigger is not None:
        return None
    together = {name: limit for name, limit in (one["limits"] or {}).items() if name in ("total", "discount", "units")}
    shared = read_definition({"limits": together}, names)
    limits = promotion.rule.limits
    if isinstance(shared, Definition):
        now = shared.limits
        limits = replace(limits, total=now.total, discount=now.discount, units=now.units)
    rule = replace(promotion.rule, limits=limits)
    return KeptPromotion(UUID(one["kept"]), datetime.fromisoformat(one["until"]), replace(promotion, rule=rule))


def _names(balances: list[dict[str, Any]], currency_decimals: int) -> ChainNames:
    units = {one["id"]: units_of(one["decimals"], one["rounding"], _rate(one), currency_decimals) for one in balances}
    by_text = {("balance_type", one["id"]): one["id"] for one in balances}
    return ChainNames(currency_decimals, units, by_text, {}, is_trusting=True)


def _rate(balance: dict[str, Any]) -> Decimal | None:
    return None if balance["rate"] is None else Decimal(balance["rate"])


def meanings_of(segments: list[tuple[str, str, Any]], names: ChainNames) -> dict[str, OrderSegment]:
    """What order segments mean, by the names of the engine; one that cannot be read holds no order."""
    meanings = {}
    for identifier, name, conditions in segments:
        read = read_segment(conditions, names)
        if isinstance(read, SegmentDefinition):
            meanings[identifier] = OrderSegment(name, read.conditions)
        else:
            logger.error("The order segment %s cannot be read: %s", identifier, read)
    return meanings


def _running(one: dict[str, Any], names: ChainNames, segments: Mapping[str, OrderSegment]) -> RunningPromotion | None:
    """The promotion, or None where its version cannot be read any more: the others go on."""
    definition = read_definition(one["content"], names)
    if not isinstance(definition, Definition):
        logger.error("Version %s of the promotion %s cannot be read: %s", one["number"], one["id"], definition)
        return None
    card_types = one["card_types"]
    return RunningPromotion(
        id=UUID(one["id"]),
        number=one["number"],
        name=one["name"],
        program_id=UUID(one["program"]),
        card_type_ids=None if card_types is None else frozenset(map(UUID, card_types)),
        rule=definition.rule(one["id"], segments),
        trigger=definition.trigger,
    )


def _multiplying(tier: dict[str, Any], balances: list[dict[str, Any]]) -> RunningPromotion | None:
    """What a tier brings, as a promotion of its program for those who are in it, under the tier's id (PRG-6)."""
    points = [one["id"] for one in balances if one["program"] == tier["program"] and one["kind"] == "points"]
    if not points:
        return None
    return RunningPromotion(
        id=UUID(tier["id"]),
        number=0,
        name=tier["name"],
        program_id=UUID(tier["program"]),
        card_type_ids=None,
        rule=Promotion(
            id=tier["id"],
            conditions=(InTier(frozenset({tier["id"]})),),
            multipliers=tuple(Multiplier(one, Decimal(tier["factor"])) for one in points),
        ),
    )


def _balance(one: dict[str, Any]) -> RunningBalance:
    return RunningBalance(
        id=UUID(one["id"]),
        external_id=one["external_id"],
        name=one["name"],
        kind=one["kind"],
        decimals=one["decimals"],
        program_id=UUID(one["program"]),
        rounding=one["rounding"],
        money_per_unit=_rate(one),
        lot_times={"expiry": one["expiry"], "activation_delay_days": one["activation_delay_days"]},
    )
