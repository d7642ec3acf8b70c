"""Trigger promotions: what an event other than an order brings or takes (ORD-10, RWD-8).

Each person has it once on each occasion: a birthday's year, a lapse, a registration. What was given stands in
`trigger_uses` with its transaction, written together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.actions.balances.change import (
    CardFacts,
    Posted,
    lock_and_read,
    plan_or_refuse,
    post_all,
    posted_of,
    read_amount,
    refuse_unfit,
)
from regulars.cards.errors import CardNotActive
from regulars.cards.events import CARD_ISSUED
from regulars.customers.events import CUSTOMER_ENTERED
from regulars.kernel.ids import decode, encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.rules.plan import plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.platform.hot import open_cursor
from regulars.programs.errors import ProgramNotActive
from regulars.promotions.actions.limits import Part, take_limits
from regulars.promotions.errors import LoyaltyOff, NoSuchTrigger, NotTriggered
from regulars.promotions.queries.people import (
    Candidate,
    CardHolder,
    find_holder,
    list_birthdays,
    list_lost,
    list_registered,
    pick_card,
)
from regulars.promotions.queries.running import RunningPromotion, running_of
from regulars.promotions.queries.uses import counted, uses_of
from regulars.promotions.rules.birthdays import birthdays_around
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.triggers import EVER, WrongAmount, amount_of, stands_against

SENT: Final = frozenset({"api", "form", "review"})
"""Events that somebody sends; the others the installation sees by itself."""
AT_ONCE: Final = 200
REGISTRATION_KINDS: Final = frozenset({CUSTOMER_ENTERED, CARD_ISSUED})

# Whoever gives the same thing to the same person waits here, whatever they are known by.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%(promotion)s::text || %(key)s, 0))"
HAD: Final = """
SELECT 1 FROM trigger_uses WHERE promotion_id = %(promotion)s AND person_key = ANY(%(keys)s) AND occasion = %(occasion)s
LIMIT 1
"""
USED: Final = """
INSERT INTO trigger_uses (promotion_id, person_key, occasion, chain_id, card_id, transaction_id, at)
SELECT %(promotion)s, one.key, %(occasion)s, %(chain)s, %(card)s, %(transaction)s, %(now)s
FROM unnest(%(keys)s::text[]) AS one (key)
"""


@dataclass(frozen=True, slots=True)
class Send:
    """An amount that somebody sends to a card, or from it: by a promotion, or named with its balance type."""

    card: str
    action: str
    promotion: str = ""
    balance_type: str = ""
    amount: str | int | Decimal | None = None
    external_id: str | None = None
    activates_at: datetime | None = None
    expires_at: datetime | None = None
    location_id: UUID | None = None


def send_to_card(actor: Actor, command: Send, *, now: datetime, explain: Callable[[Reason], str]) -> Posted:
    """Earn on a card or redeem from it without an order (ORD-10).

    Refuses: Forbidden, NotFound, Invalid, UnknownBalanceType, CardNotActive, CardNotAssigned, ProgramNotActive,
    LoyaltyOff, NoSuchTrigger, NotTriggered, InsufficientBalance, BalanceTooLarge, AboveLimit, DuplicateExternalId.
    """
    actor.require("balances:write")
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with unit_of_work(actor.chain_id):
        promotion = _find(actor.chain_id, command) if command.promotion else None
        balance_type = command.balance_type
        if promotion is not None and promotion.trigger is not None:
            balance_type = encode("bal", UUID(promotion.trigger.balance_type))
        _refuse_unclear(command, promotion, balance_type, now=now)
        facts = lock_and_read(open_cursor(), actor, card_id, balance_type, None, now=now)
        holder = find_holder(actor.chain_id, card_id)
        amount = _amount(command, promotion, facts)
        refuse_unfit(facts, amount)
        if facts.status != "active":
            # A blocked card is adjusted by hand, but neither earns nor spends.
            raise Refused(CardNotActive(status_of_card=facts.status))
        if facts.program_state != "active":
            raise Refused(ProgramNotActive(program=facts.program_name, state=facts.program_state))
        if holder.loyalty_is_off:
            raise Refused(LoyaltyOff())
        if promotion is not None:
            reason = _take(actor.chain_id, promotion, holder, abs(amount), now=now)
            if reason is not None:
                raise Refused(NotTriggered(promotion=promotion.name, reason=reason.code, explanation=explain(reason)))
        return _post(actor, facts, amount, promotion=promotion, command=command, now=now)


def _find(chain_id: UUID, command: Send) -> RunningPromotion:
    running = running_of(None, chain_id)
    wanted = decode("prm", command.promotion)
    if command.promotion.startswith("ext:"):
        found = row(
            "SELECT id FROM promotions WHERE chain_id = %s AND external_id = %s",
            [chain_id, command.promotion.removeprefix("ext:")],
        )
        wanted = found[0] if found else None
    promotion = running.triggers.get(str(wanted)) if wanted else None
    if promotion is None or promotion.trigger is None:
        raise Refused(NoSuchTrigger())
    if promotion.trigger.event not in SENT or promotion.trigger.action != command.action:
        raise Refused(NoSuchTrigger())
    return promotion


def _refuse_unclear(command: Send, promotion: RunningPromotion | None, balance_type: str, *, now: datetime) -> None:
    problems: list[FieldProblem] = []
    if promotion is not None and command.balance_type:
        problems.append(FieldProblem("/balance_type", "not_with_promotion", "The promotion says what is counted."))
    if not balance_type:
        problems.append(FieldProblem("/balance_type", "required", "Name a promotion, or a balance type."))
    if promotion is None and command.amount is None:
        problems.append(FieldProblem("/amount", "required", "Say how much."))
    if command.action == "redeem" and (command.activates_at or command.expires_at):
        problems.append(FieldProblem("/expires_at", "only_to_earn", "What is taken has no time of its own."))
    if command.expires_at and command.expires_at <= max(now, command.activates_at or now):
        problems.append(FieldProblem("/expires_at", "out_of_range", "It ends after it begins, and in the future."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def _amount(command: Send, promotion: RunningPromotion | None, facts: CardFacts) -> int:
    asked = None if command.amount is None else read_amount(command.amount, facts.decimals)
    if asked is not None and asked < 0:
        raise Refused(Invalid(errors=(FieldProblem("/amount", "out_of_range", "It cannot be negative."),)))
    if promotion is not None and promotion.trigger is not None:
        found = amount_of(promotion.trigger, asked)
        if isinstance(found, WrongAmount):
            raise Refused(Invalid(errors=(FieldProblem("/amount", found.code, _ERRORS[found.code]),)))
        asked = found
    assert asked is not None
    return asked if command.action == "earn" else -asked


_ERRORS: Final = {
    "required": "Say how much: the promotion leaves it to you.",
    "fixed": "The promotion gives a fixed amount: leave it out.",
    "below_minimum": "This is less than the promotion gives.",
    "above_maximum": "This is more than the promotion gives.",
}


def _take(
    chain_id: UUID, promotion: RunningPromotion, holder: CardHolder, amount: int, *, now: datetime
) -> Reason | None:
    """Take from the limits of a promotion, or say what stands against it."""
    zone = _zone(chain_id)
    local = now.astimezone(zone)
    rule = promotion.rule
    limits = counted([(promotion.id, rule.limits)])
    for _ in range(2):
        uses = uses_of(None, limits, holder_id=holder.id, day=local.date())
        reason = stands_against(rule, Facts(lines=(), at=local, customer=holder.facts, uses=uses))
        if reason is not None:
            return reason
        part = Part(promotion.id, holder.id, local.date(), earned=amount)
        if take_limits(None, chain_id, [(part, rule.limits)]) is None:
            return None
        # What it counts is locked now: what is read again holds.
    return Reason("limit_total", {"limit": rule.limits.total or 0, "used": rule.limits.total or 0})


def _post(
    actor: Actor,
    facts: CardFacts,
    amount: int,
    *,
    promotion: RunningPromotion | None,
    command: Send,
    now: datetime,
    transaction_id: UUID | None = None,
) -> Posted:
    starts_at, ends_at = facts.lot_times(now) if amount > 0 else (None, None)
    plan = plan_or_refuse(
        plan_change(
            facts.account,
            amount,
            now=now,
            activates_at=command.activates_at or starts_at,
            expires_at=command.expires_at or ends_at,
        ),
        facts.decimals,
    )
    posting = Posting(
        kind=command.action,
        source=actor.through,
        at=now,
        legs=(Leg(plan=plan, card_id=facts.card_id, balance_type_id=facts.balance_type_id),),
        staff_id=actor.staff_id,
        key_id=actor.key_id,
        location_id=command.location_id,
        promotion_id=promotion.id if promotion else None,
        external_id=command.external_id,
        reason=promotion.name if promotion else "",
        id=transaction_id or new_id(),
    )
    post_all(open_cursor(), actor, [posting], answer=None, has_goals=facts.has_goals and amount > 0)
    return posted_of(posting, facts)


def welcome_registered(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Give newcomers what registering brings, as soon as they hold a card; each person once, ever (WAL-3)."""
    running = running_of(None, chain_id)
    promotions = [one for one in running.triggers.values() if one.trigger and one.trigger.event == "registered"]
    if not promotions:
        return
    now = events[-1].at
    customers = [found for event in events if (found := decode("cus", str(event.payload.get("customer", ""))))]
    cards = sorted({card for event in events if event.kind == CARD_ISSUED for card in event.card_ids})
    holders = rows("SELECT customer_id FROM cards WHERE id = ANY(%s) AND customer_id IS NOT NULL", [cards])
    wanted = sorted({*customers, *(values[0] for values in holders)})
    asked = {"chain": chain_id, "now": now, "occasion": EVER}
    for promotion in promotions:
        for one in list_registered(promotion, wanted, asked):
            _give(chain_id, promotion, one, now=now)


def run_triggers(chain_id: UUID, now: datetime) -> int:
    """Give what birthdays and long absence bring today (RWD-8); how many got something. Each person in a transaction."""
    with unit_of_work(chain_id):
        promotions = list(running_of(None, chain_id).triggers.values())
        zone = _zone(chain_id) if promotions else None
    given = 0
    for promotion in promotions:
        assert zone is not None
        after = UUID(int=0)
        while True:
            with unit_of_work(chain_id):
                found = _due(chain_id, promotion, now=now, zone=zone, after=after)
            for one in found:
                with unit_of_work(chain_id):
                    given += _give(chain_id, promotion, one, now=now)
            if len(found) < AT_ONCE:
                break
            after = found[-1].customer_id
    return given


def _due(chain_id: UUID, promotion: RunningPromotion, *, now: datetime, zone: ZoneInfo, after: UUID) -> list[Candidate]:
    # Whom a condition stands against stays in the list until tomorrow, so it goes on behind the last one.
    trigger = promotion.trigger
    assert trigger is not None
    asked: dict[str, Any] = {"chain": chain_id, "now": now, "zone": zone.key, "limit": AT_ONCE, "after": after}
    today = now.astimezone(zone).date()
    match trigger.event:
        case "birthday":
            window = birthdays_around(today, days_before=trigger.days_before, days_after=trigger.days_after)
            days = [month * 100 + day for month, day in window.days]
            return list_birthdays(promotion, days, [str(year) for year in window.years], asked)
        case "win_back":
            assert trigger.after_days is not None
            return list_lost(promotion, asked | {"lost_before": now - timedelta(days=trigger.after_days)})
        case _:
            return []


def _give(chain_id: UUID, promotion: RunningPromotion, one: Candidate, *, now: datetime) -> bool:
    """Give one person what the promotion brings; False where they have had it or something stands against it."""
    trigger = promotion.trigger
    assert trigger is not None
    holder = find_holder(chain_id, one.card_id)
    had: dict[str, Any] = {"promotion": promotion.id, "keys": list(holder.keys), "occasion": one.occasion}
    for key in holder.keys:
        rows(LOCK, {"promotion": promotion.id, "key": key})
    if row(HAD, had | {"keys": [*holder.keys, holder.left_key]}) is not None:
        return False
    actor = system_actor(chain_id, through="scenario")
    balance_type = encode("bal", UUID(trigger.balance_type))
    facts = lock_and_read(open_cursor(), actor, one.card_id, balance_type, None, now=now)
    amount = amount_of(trigger, None)
    if isinstance(amount, WrongAmount) or facts.status != "active" or facts.program_state != "active":
        return False
    signed = amount if trigger.action == "earn" else -min(amount, facts.account.balance - facts.account.held)
    if signed == 0 or _take(chain_id, promotion, holder, amount, now=now) is not None:
        return False
    command = Send(card="", action=trigger.action)
    posted = _post(actor, facts, signed, promotion=promotion, command=command, now=now)
    execute(
        USED,
        had | {"chain": chain_id, "card": one.card_id, "transaction": posted.transaction_id, "now": now},
    )
    return True


@dataclass(frozen=True, slots=True)
class Given:
    """What a customer got, and on which card."""

    card_id: UUID
    transaction_id: UUID
    amount: int


def give_for(chain_id: UUID, promotion: RunningPromotion, customer_id: UUID, *, now: datetime) -> Given | Reason:
    """Give a customer what a promotion brings on an occasion that the caller has made sure is new, or say why not."""
    trigger = promotion.trigger
    assert trigger is not None
    card_id = pick_card(promotion, customer_id, {"chain": chain_id, "now": now})
    if card_id is None:
        return Reason("no_card")
    holder = find_holder(chain_id, card_id)
    if holder.loyalty_is_off:
        return Reason("loyalty_off")
    actor = system_actor(chain_id, through="scenario")
    facts = lock_and_read(open_cursor(), actor, card_id, encode("bal", UUID(trigger.balance_type)), None, now=now)
    amount = amount_of(trigger, None)
    if isinstance(amount, WrongAmount) or facts.status != "active" or facts.program_state != "active":
        return Reason("no_card")
    reason = _take(chain_id, promotion, holder, amount, now=now)
    if reason is not None:
        return reason
    posted = _post(actor, facts, amount, promotion=promotion, command=Send(card="", action="earn"), now=now)
    return Given(card_id, posted.transaction_id, amount)


def _zone(chain_id: UUID) -> ZoneInfo:
    found = row("SELECT time_zone FROM chains WHERE id = %s", [chain_id])
    assert found is not None
    return ZoneInfo(found[0])
