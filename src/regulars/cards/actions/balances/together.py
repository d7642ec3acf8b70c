"""Changes of balances by hand that arrive at the same moment, in one transaction (ADR 18). A hot path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.balances.asked import Asked
from regulars.cards.actions.balances.change import (
    CardFacts,
    Posted,
    answer_of,
    plan_or_refuse,
    posted_of,
    read_amount,
    read_facts,
    refuse_unfit,
)
from regulars.kernel.ids import decode
from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.rules.chained import after
from regulars.ledger.rules.plan import AccountState, Plan, Short, plan_change
from regulars.ledger.rules.posting import Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, StoredAnswer
from regulars.platform.hot import HotCursor, hot_unit_of_work
from regulars.platform.hot_wire import Texts

READ_ALL: Final = """
SELECT asked.place, found.*
FROM (
    SELECT * FROM unnest(%(cards)s::uuid[], %(names)s::text[], %(types)s::uuid[], %(keys)s::text[], %(lots)s::int[])
        WITH ORDINALITY AS one (card, name, type, key, lots, place)
    -- Whoever locks several accounts takes them in one order: ids of accounts go as those of their cards do.
    ORDER BY card, place
) AS asked
CROSS JOIN LATERAL regulars_read_for_change(%(chain)s, asked.card, asked.name, asked.type, %(staff)s, %(holder)s,
    %(route)s, asked.key, %(now)s, asked.lots) AS found
"""


class _NeedsMoreLots(Exception):
    """The lots that were read do not decide it."""


@dataclass(slots=True)
class _Party:
    """What is to be written for all of them, while they are decided one after another."""

    accounts: dict[UUID, AccountState] = field(default_factory=dict)
    opened: set[UUID] = field(default_factory=set)
    postings: list[Posting] = field(default_factory=list)
    askers: dict[UUID, Actor] = field(default_factory=dict)
    answers: list[StoredAnswer] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def plan(self, facts: CardFacts, amount: int, *, now: datetime) -> Plan:
        """Plan a change on what the ones before it leave. Refuses: InsufficientBalance, BalanceTooLarge."""
        account = self.accounts.get(facts.account.id, facts.account)
        starts_at, ends_at = facts.lot_times(now) if amount > 0 else (None, None)
        outcome = plan_change(account, amount, now=now, activates_at=starts_at, expires_at=ends_at)
        if not account.has_all_lots and (
            isinstance(outcome, Short)
            # Between the lots that were read and one that was opened just now others may lie, to be spent before it.
            or (isinstance(outcome, Plan) and not self.opened.isdisjoint(draw.lot_id for draw in outcome.draws))
        ):
            raise _NeedsMoreLots
        return plan_or_refuse(outcome, facts.decimals)

    def add(self, one: Asked, facts: CardFacts, plan: Plan, *, now: datetime) -> Posted:
        """Take a change in that was planned."""
        posting = one.posting(facts, plan, now=now)
        posted = posted_of(posting, facts)
        account = self.accounts.get(facts.account.id, facts.account)
        lot_id = posting.legs[0].lot_id
        self.accounts[account.id] = after(account, plan, lot_id)
        self.opened.add(lot_id)
        self.postings.append(posting)
        self.askers[posting.id] = one.actor
        if (answer := answer_of(one.claim, one.present, posted)) is not None:
            self.answers.append(answer)
        return posted


def adjust_together(asked: Sequence[Asked], *, now: datetime) -> dict[int, Posted | Refusal | Answered]:
    """Change balances of one chain for one key in one transaction; what is not in the answer has to be changed alone.

    Each is planned on what the ones before it leave. Raises what a transaction may fail with; then nothing is changed.
    """
    results: dict[int, Posted | Refusal | Answered] = {}
    party = _Party()
    actor = asked[0].actor
    lots = _lots_of(asked)
    with hot_unit_of_work(actor.chain_id) as cursor:
        found = _read_all(cursor, asked, lots, now=now)
        for at, one in enumerate(asked):
            if one.claim is not None and one.claim.key in party.keys:
                # The same request once more, while the first is under way: alone it finds what that was answered.
                continue
            if one.claim is not None:
                party.keys.add(one.claim.key)
            try:
                facts = read_facts(
                    found.get(at), one.card_id, one.command.balance_type, one.claim, lots_max=lots[one.card_id]
                )
                amount = read_amount(one.command.amount, facts.decimals)
                refuse_unfit(facts, amount)
                if facts.has_goals and amount > 0:
                    # What stamps lead to is found and written alone.
                    continue
                plan = party.plan(facts, amount, now=now)
                results[at] = party.add(one, facts, plan, now=now)
            except Refused as refused:
                results[at] = refused.refusal
            except Answered as answered:
                results[at] = answered
            except _NeedsMoreLots:
                continue
        if party.postings:
            post(cursor, actor, party.postings, answers=party.answers, askers=party.askers, and_commit=True)
    return results


def _lots_of(asked: Sequence[Asked]) -> dict[UUID, int]:
    """How many lots are read of the account that is asked for, by card: as many as the one that needs most."""
    lots: dict[UUID, int] = {}
    for one in asked:
        lots[one.card_id] = max(lots.get(one.card_id, 0), one.lots_max)
    return lots


def _read_all(
    cursor: HotCursor, asked: Sequence[Asked], lots: Mapping[UUID, int], *, now: datetime
) -> dict[int, tuple[Any, ...]]:
    """Lock the accounts and read what each change depends on, in one round trip."""
    claim = asked[0].claim
    names = [one.command.balance_type for one in asked]
    found = cursor.call(
        READ_ALL,
        {
            "chain": asked[0].actor.chain_id,
            "staff": asked[0].actor.staff_id,
            "holder": claim.holder_id if claim else None,
            "route": claim.route if claim else None,
            "now": now,
            "cards": [one.card_id for one in asked],
            "names": Texts(name.removeprefix("ext:") for name in names),
            "types": [decode("bal", name) for name in names],
            "keys": Texts(one.claim.key if one.claim else None for one in asked),
            "lots": [lots[one.card_id] for one in asked],
        },
    )
    return {values[0] - 1: values[1:] for values in found}
