"""The terms of a chain, read once and kept in the memory of the process while the stamp of its rules stays (DESIGN section 4)."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from regulars.kernel.ids import encode
from regulars.orders.rules.terms import (
    NO_LIMITS,
    AutomaticIssue,
    BalanceTerms,
    BaseTier,
    CardTypeTerms,
    KeptTerms,
    Place,
    ProgramTerms,
    PromotionTerms,
    SpendLimits,
    Terms,
)
from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.programs.rules import LotTerms, read_expiry
from regulars.promotions.queries.running import Running, RunningPromotion, running_of
from regulars.promotions.queries.written import WrittenPromotion

CHAINS_MAX: Final = 1_000
"""How many chains a process keeps in memory; the one asked longest ago goes first."""

_kept: OrderedDict[UUID, Terms] = OrderedDict()
_lock = threading.Lock()


def kept_terms(chain_id: UUID) -> Terms | None:
    """The terms of a chain as this process last read them; the reading under way says whether they still hold."""
    with _lock:
        found = _kept.get(chain_id)
        if found is not None:
            _kept.move_to_end(chain_id)
        return found


def read_terms(cursor: HotCursor, chain_id: UUID) -> Terms:
    """Read the terms of a chain anew and keep them."""
    stamp = int(_one(cursor, "SELECT stamp FROM rules_stamps WHERE chain_id = %(chain)s", chain_id)[0])
    running = running_of(cursor, chain_id, stamp)
    terms = _terms(cursor, chain_id, stamp, running)
    with _lock:
        _kept[chain_id] = terms
        _kept.move_to_end(chain_id)
        while len(_kept) > CHAINS_MAX:
            _kept.popitem(last=False)
    return terms


def current_terms(chain_id: UUID) -> Terms:
    """The terms to tell an order by: those it was just decided by, or read now."""
    found = kept_terms(chain_id)
    if found is not None:
        return found
    with hot_unit_of_work(chain_id) as cursor:
        return read_terms(cursor, chain_id)


def forget_terms() -> None:
    """Forget what is kept: for tests, whose chains are rolled back."""
    with _lock:
        _kept.clear()


CHAIN: Final = """
SELECT currency, country, time_zone, prices_include_tax, EXISTS (SELECT FROM products WHERE chain_id = %(chain)s)
FROM chains WHERE id = %(chain)s
"""
PLACES: Final = """
SELECT id, name, external_id, time_zone FROM locations WHERE chain_id = %(chain)s
"""
CARD_TYPES: Final = """
SELECT id, program_id, name, location_ids, spend_limits::text FROM card_types WHERE chain_id = %(chain)s
"""
AUTOMATIC: Final = """
SELECT t.program_id, CASE WHEN t.automatic_issue = 'locations' THEN t.issue_location_ids END
FROM card_types t JOIN programs p ON p.id = t.program_id
WHERE t.chain_id = %(chain)s AND t.state = 'active' AND p.state = 'active' AND t.automatic_issue <> 'never'
"""
PROGRAMS: Final = """
SELECT id, name, state, earn_when, earns_on_points FROM programs WHERE chain_id = %(chain)s
"""
BALANCES: Final = """
SELECT b.id, b.external_id, b.name, b.kind, b.decimals, b.program_id, b.money_per_unit, b.expiry::text,
    b.activation_delay_days, p.state = 'active'
FROM balance_types b JOIN programs p ON p.id = b.program_id
WHERE b.chain_id = %(chain)s ORDER BY b.position, b.id
"""


# Stamps of card types with goals, and whether a card of one of them has a last round (RWD-1).
GOALS: Final = """
SELECT b.id, bool_or(s.rounds IS NOT NULL)
FROM card_types t
JOIN balance_types b ON b.program_id = t.program_id AND b.kind = 'stamps'
LEFT JOIN stamp_rules s ON s.card_type_id = t.id
WHERE t.chain_id = %(chain)s AND t.has_goals
GROUP BY b.id
"""
TIERS: Final = """
SELECT id, name FROM tiers WHERE chain_id = %(chain)s AND archived_at IS NULL
"""


# Everybody with a card of the program is in the tier that asks for nothing, before anybody has reckoned it (PRG-6).
BASE_TIERS: Final = """
SELECT g.program_id, t.id, ARRAY(SELECT o.id FROM tiers o WHERE o.group_id = g.id AND o.archived_at IS NULL)
FROM tiers t JOIN tier_groups g ON g.id = t.group_id AND g.archived_at IS NULL
WHERE t.chain_id = %(chain)s AND t.threshold = 0 AND t.archived_at IS NULL AND t.closes_at IS NULL
"""


def _one(cursor: HotCursor, statement: str, chain_id: UUID) -> tuple[Any, ...]:
    found = cursor.row(statement, {"chain": chain_id})
    assert found is not None
    return found


def _terms(cursor: HotCursor, chain_id: UUID, stamp: int, running: Running) -> Terms:
    currency, country, time_zone, includes_tax, has_products = _one(cursor, CHAIN, chain_id)
    decimals = get_currency_precision(currency)
    every = {"chain": chain_id}
    places: dict[str, Place] = {}
    names: dict[UUID, str] = {}
    for place_id, name, external_id, zone in cursor.rows(PLACES, every):
        place = Place(place_id, name, ZoneInfo(zone))
        names[place_id] = name
        places[encode("loc", place_id)] = place
        if external_id:
            places[f"ext:{external_id}"] = place
    found = cursor.rows(BALANCES, every)
    goals = cursor.rows(GOALS, every)
    balances = {values[0]: _balance(values) for values in found if values[9]}
    promotions = {name: promotion_terms(one) for name, one in running.promotions.items()}
    kept = tuple(KeptTerms(one.id, one.until, promotion_terms(one.promotion)) for one in running.kept)
    costing = [*promotions.values(), *(one.promotion for one in kept)]
    return Terms(
        stamp=stamp,
        currency=currency,
        currency_decimals=decimals,
        country=country,
        zone=ZoneInfo(time_zone),
        prices_include_tax=includes_tax,
        places=places,
        place_names=names,
        card_types={
            type_id: CardTypeTerms(
                id=type_id,
                program_id=program_id,
                name=name,
                location_ids=None if location_ids is None else frozenset(location_ids),
                spend=read_spend_limits(from_json(limits), decimals),
            )
            for type_id, program_id, name, location_ids, limits in cursor.rows(CARD_TYPES, every)
        },
        programs={
            program_id: ProgramTerms(program_id, name, state == "active", earn_when == "completed", earns_on_points)
            for program_id, name, state, earn_when, earns_on_points in cursor.rows(PROGRAMS, every)
        },
        balances=balances,
        resting={values[0]: _balance(values) for values in found if not values[9]},
        promotions=promotions,
        compiled=running.compiled,
        tier_names=dict(cursor.rows(TIERS, every)),
        base_tiers=tuple(
            BaseTier(program_id, str(tier_id), frozenset(map(str, others)))
            for program_id, tier_id, others in cursor.rows(BASE_TIERS, every)
        ),
        counted={one.id: one.rule.limits for one in promotions.values() if one.rule.limits.is_counted},
        costing=tuple({UUID(one.rule.cost[0]) for one in costing if one.rule.cost}),
        carrying=tuple(one.id for one in promotions.values() if one.carries),
        kept=kept,
        automatic=tuple(
            AutomaticIssue(program_id, None if issue_at is None else frozenset(issue_at))
            for program_id, issue_at in cursor.rows(AUTOMATIC, every)
        ),
        has_products=has_products,
        goal_types=frozenset(type_id for type_id, _ in goals),
        limited_types=frozenset(type_id for type_id, is_limited in goals if is_limited),
        balance_names={
            name: one.id
            for one in balances.values()
            for name in (encode("bal", one.id), one.external_id, f"ext:{one.external_id}")
        },
    )


def promotion_terms(one: RunningPromotion | WrittenPromotion) -> PromotionTerms:
    """A promotion as orders ask, whether it runs or is only written."""
    return PromotionTerms(
        id=one.id,
        number=one.number,
        name=one.name,
        program_id=one.program_id,
        card_type_ids=one.card_type_ids,
        rule=one.rule,
    )


def _balance(values: Sequence[Any]) -> BalanceTerms:
    balance_id, external_id, name, kind, decimals, program_id, money_per_unit, expiry, delay_days, _ = values
    return BalanceTerms(
        id=balance_id,
        external_id=external_id,
        name=name,
        kind=kind,
        decimals=decimals,
        program_id=program_id,
        money_per_unit=money_per_unit,
        lots=LotTerms(read_expiry(from_json(expiry)), delay_days),
    )


def read_spend_limits(stored: Mapping[str, Any], currency_decimals: int) -> SpendLimits:
    """The limits as a card type keeps them: money as decimal text, kinds as `any`, `none` or a list of categories."""
    if not stored:
        return NO_LIMITS

    def choice(value: Any) -> frozenset[str] | None:
        if value in (None, "any"):
            return None
        return frozenset() if value == "none" else frozenset(value)

    def money(value: Any) -> int:
        # Kept in the currency's decimals; one that had more of them when it was written loses what it no longer has.
        return int(Decimal(value).scaleb(currency_decimals))

    return SpendLimits(
        percent=Decimal(stored["percent"]) if stored.get("percent") is not None else None,
        amount=money(stored["amount"]) if stored.get("amount") is not None else None,
        minimum_order=money(stored.get("minimum_order") or "0"),
        goods=choice(stored.get("goods")),
        services=choice(stored.get("services")),
        block=int(stored.get("block") or 1),
    )
